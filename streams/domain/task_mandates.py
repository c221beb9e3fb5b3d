"""Which moves in tasks only some kinds of institutions make, and what a move may name: what is registered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from schemas.faults import fault
from schemas.records import Fault, InstitutionKind, LifeTask, TaskMove
from streams.domain import facts

FAMILY = "task"
#: Moves that only some kinds of institutions make, as the operator has described them.
_OFFICES = frozenset({InstitutionKind.DISTRICT_OFFICE})
_GO_BETWEENS = _OFFICES | {InstitutionKind.BROKER}
_KINDS: Mapping[tuple[LifeTask, TaskMove], frozenset[InstitutionKind]] = {
    (LifeTask.EVALUATION, TaskMove.REQUEST): _GO_BETWEENS,
    (LifeTask.MARKET_PLAYERS, TaskMove.INVITE): _GO_BETWEENS,
    (LifeTask.INTERMEDIARY, TaskMove.QUALIFY): _OFFICES,
    (LifeTask.INTERMEDIARY, TaskMove.SUSPEND): _OFFICES,
    (LifeTask.POLICY, TaskMove.OPEN): _OFFICES,
    (LifeTask.MINING, TaskMove.OPEN): _GO_BETWEENS | {InstitutionKind.UNIVERSITY, InstitutionKind.INSTITUTE},
}
#: Of these the institution whose achievement it is about makes them as well, whatever its kind: in this field.
_OWNERS: Mapping[tuple[LifeTask, TaskMove], str] = {
    (LifeTask.EVALUATION, TaskMove.REQUEST): "subject_institution_id",
    (LifeTask.MARKET_PLAYERS, TaskMove.INVITE): "achievement_institution_id",
}
#: Tasks whose subject is an achievement or a demand of the register: which, as admission remembers it.
_REGISTERED: Mapping[str, str] = {
    LifeTask.EVALUATION: facts.REGISTRATION,
    LifeTask.APPLICATION: facts.REGISTRATION,
    LifeTask.MARKET_PLAYERS: "demand",
}


class Named(NamedTuple):
    """What a move names: in which field, of what kind and institution, under which id."""

    field: str
    what: str
    owner: str
    local_id: str

    @property
    def name(self) -> tuple[str, str]:
        """What admission remembers its last version under."""
        return self.what, self.local_id


def about_kind(values: Mapping[str, Any], kind: InstitutionKind | None) -> list[Fault]:
    """What speaks against an institution of this ``kind`` that makes a move; ``None`` where it is not known."""
    made = values["task"], values["move"]
    wanted, owner = _KINDS.get(made), _OWNERS.get(made)
    if wanted is None or kind in wanted or (owner is not None and values[owner] == values["institution_id"]):
        return []
    told = " or ".join(sorted(wanted) + ["the owner of the achievement"] * (owner is not None))
    repair = f"{values['move']} is for {told}; the operator describes institutions"
    return [fault("institution_id", "verifier", values["institution_id"], repair)]


def named(values: Mapping[str, Any]) -> Iterator[Named]:
    """What has to be registered for a move to make sense."""
    if (what := _REGISTERED.get(values["task"])) is not None:
        yield Named("subject_id", what, values["subject_institution_id"], values["subject_id"])
    if values["achievement_institution_id"] is not None and values["achievement_id"] is not None:
        owner, local_id = values["achievement_institution_id"], values["achievement_id"]
        yield Named("achievement_id", facts.REGISTRATION, owner, local_id)


def unknown(one: Named) -> Fault:
    """Nothing of this name was registered."""
    what = "demand" if one.what == "demand" else "achievement"
    repair = f"no such {what} is registered: check the institution and the id"
    return fault(one.field, "known", one.local_id, repair)
