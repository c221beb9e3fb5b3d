"""What an institution is in deals of others: by what the operator said of it, never by its own word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.faults import fault
from schemas.institutions import Institutions, Status
from schemas.records import DealRole, Fault, InstitutionKind, Move
from streams.domain.stages import MAY

#: Kinds of institutions that have a part in deals of others.
OF_KIND: Mapping[InstitutionKind, DealRole] = {
    InstitutionKind.BROKER: DealRole.BROKER,
    InstitutionKind.DISTRICT_OFFICE: DealRole.DISTRICT_OFFICE,
    InstitutionKind.REGISTRAR: DealRole.REGISTRAR,
}
_NAMED = {
    "a broker": DealRole.BROKER, "a district office": DealRole.DISTRICT_OFFICE, "a registrar": DealRole.REGISTRAR,
}  # fmt: skip


def role(values: Mapping[str, Any], institutions: Institutions) -> DealRole | None:
    """What the speaker of a move is; ``None`` for one of the two sides, and for whoever has no part in it."""
    if is_side(values):
        return None
    return OF_KIND.get(kind_of(institutions, values["institution_id"]))


def objections(values: Mapping[str, Any], institutions: Institutions, on_behalf_of: str | None) -> list[Fault]:
    """What speaks against a move by what its speaker is, and by what the broker is that it names.

    Nothing where nobody but the two sides makes such a move: then the move itself says who may (``schemas.roles``).
    """
    if is_side(values):
        return _about_broker(values, institutions)
    speaker, move, found = values["institution_id"], Move(values["move"]), role(values, institutions)
    kinds = [name for name, one in _NAMED.items() if one in MAY[move]]
    if not kinds:
        return []
    if found is None or found not in MAY[move]:
        others = " or ".join(kinds)
        repair = f"of those who are no party of a deal only {others} makes {move}: the operator describes institutions"
        return [fault("institution_id", "institution-kind", speaker, repair)]
    if on_behalf_of is not None:
        repair = f"nobody speaks for {speaker} in deals of others: submit it through the inbox of {speaker} itself"
        return [fault("institution_id", "speaks-for-itself", speaker, repair)]
    return _about_district(values, institutions) if found is DealRole.DISTRICT_OFFICE else []


def is_side(values: Mapping[str, Any]) -> bool:
    """Whether the speaker of a move is one of its deal's two sides."""
    sides = values["achievement_institution_id"], values["demand_institution_id"]
    return values["institution_id"] in sides


def kind_of(institutions: Institutions, name: str) -> InstitutionKind:
    """What the operator said of an institution; ``UNKNOWN`` of one that nobody described."""
    known = institutions.known.get(name)
    return InstitutionKind.UNKNOWN if known is None else known.admitted.kind


def _about_broker(values: Mapping[str, Any], institutions: Institutions) -> list[Fault]:
    """Only a broker can be appointed, and only one that may submit."""
    broker = values["broker"]
    if broker is None:
        return []
    is_broker = kind_of(institutions, broker) is InstitutionKind.BROKER
    if is_broker and institutions.status(broker) is Status.ADMITTED:
        return []
    repair = "name a broker that the operator has admitted as one, see `techdock institution list`"
    return [fault("broker", "institution-kind", broker, repair)]


def _about_district(values: Mapping[str, Any], institutions: Institutions) -> list[Fault]:
    """An office speaks for the enterprises of its own district."""
    office, seeker = values["institution_id"], values["demand_institution_id"]
    mine, theirs = _district(institutions, office), _district(institutions, seeker)
    if mine is not None and mine == theirs:
        return []
    repair = (
        f"a district office contacts for institutions of its own district: {office} is of {mine or 'no district'}, "
        f"{seeker} of {theirs or 'no district'}, by what the operator said of them"
    )
    return [fault("demand_institution_id", "institution-kind", seeker, repair)]


def _district(institutions: Institutions, name: str) -> str | None:
    known = institutions.known.get(name)
    return None if known is None else known.admitted.district
