"""For whom an inbox speaks: itself, one that lets it, or nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.days import CHINA
from schemas.faults import fault
from schemas.institutions import Institutions, Status
from schemas.records import Fault


@dataclass(frozen=True, slots=True)
class Mandate:
    """``on_behalf_of`` names the institution a delegation lets speak for, ``None`` where it speaks for itself.

    With ``barred`` it may say nothing now, whatever it says.
    """

    on_behalf_of: str | None = None
    barred: Fault | None = None


_ITS_OWN = Mandate()


def mandate(institutions: Institutions, inbox: str, claimed: str, arrived_at: datetime) -> Mandate:
    """For whom the inbox of an institution speaks that ``claimed`` to be another, or itself.

    An institution that was never admitted speaks for itself. Nobody is taken for another without a grant that stands
    on the day of arrival in China.
    """
    if (barred := _barred(institutions, inbox)) is not None:
        return Mandate(barred=barred)
    if claimed == inbox or not institutions.is_granted(claimed, inbox, arrived_at.astimezone(CHINA).date()):
        return _ITS_OWN
    if (barred := _barred(institutions, claimed)) is not None:
        return Mandate(barred=barred)
    return Mandate(claimed)


def _barred(institutions: Institutions, name: str) -> Fault | None:
    found = institutions.known.get(name)
    if found is None or found.status is Status.ADMITTED:
        return None
    if found.status is Status.SUSPENDED:
        repair = f"{name} is suspended ({found.reason}): send this again under a new submission id once it is resumed"
        return fault("institution_id", "institution-suspended", name, repair)
    repair = f"{name} was removed ({found.reason}): ask the operator of this market to admit it again"
    return fault("institution_id", "institution-removed", name, repair)
