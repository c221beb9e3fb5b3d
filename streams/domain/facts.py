"""What may be stated of an achievement: by whom it is not, of a version that is registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.faults import fault
from schemas.records import Fault, InstitutionKind

FAMILY = "fact"
#: Who verifies.
VERIFIERS = frozenset({InstitutionKind.DISTRICT_OFFICE, InstitutionKind.BROKER})


def objections(values: Mapping[str, Any], verifier: InstitutionKind | None, registered: int | None) -> list[Fault]:
    """What speaks against a fact that an institution of kind ``verifier`` states; ``None`` where it is not known.

    ``registered`` is the last version of the achievement, ``None`` where there is none.
    """
    found: list[Fault] = []
    if values["institution_id"] == values["achievement_institution_id"]:
        repair = "nobody verifies its own achievement: let a district office or a broker do it"
        found.append(fault("achievement_institution_id", "verifier", values["achievement_institution_id"], repair))
    if verifier not in VERIFIERS:
        repair = "only a district office or a broker verifies; the operator describes institutions"
        found.append(fault("institution_id", "verifier", values["institution_id"], repair))
    if registered is None:
        repair = "no such achievement is registered: check the institution and the id"
        found.append(fault("achievement_id", "known", values["achievement_id"], repair))
    elif registered < values["achievement_version"]:
        repair = f"version {registered} is the last one that is registered: name the version that was verified"
        found.append(fault("achievement_version", "known", values["achievement_version"], repair))
    return found
