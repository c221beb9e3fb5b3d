"""What may be stated of an achievement: by whom it is not, of a version that is registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.faults import fault
from schemas.records import Fault, InstitutionKind

FAMILY = "fact"
#: What is remembered of an achievement beside its last version, which may be that of a withdrawal.
REGISTRATION = "achievement-registration"
#: Who verifies.
VERIFIERS = frozenset({InstitutionKind.DISTRICT_OFFICE, InstitutionKind.BROKER})


def about_verifier(values: Mapping[str, Any], verifier: InstitutionKind | None) -> list[Fault]:
    """What speaks against an institution of kind ``verifier`` that states a fact; ``None`` where it is not known."""
    found: list[Fault] = []
    if values["institution_id"] == values["achievement_institution_id"]:
        repair = "nobody verifies its own achievement: let a district office or a broker do it"
        found.append(fault("achievement_institution_id", "verifier", values["achievement_institution_id"], repair))
    if verifier not in VERIFIERS:
        repair = "only a district office or a broker verifies; the operator describes institutions"
        found.append(fault("institution_id", "verifier", values["institution_id"], repair))
    return found


def about_version(values: Mapping[str, Any], registered: int | None) -> list[Fault]:
    """What speaks against the version that a fact names; ``registered`` is the last one, ``None`` without any."""
    if registered is None:
        repair = "no such achievement is registered: check the institution and the id"
        return [fault("achievement_id", "known", values["achievement_id"], repair)]
    if registered < values["achievement_version"]:
        repair = f"version {registered} is the last one that is registered: name the version that was verified"
        return [fault("achievement_version", "known", values["achievement_version"], repair)]
    return []
