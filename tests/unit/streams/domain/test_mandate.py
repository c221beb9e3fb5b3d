"""For whom an inbox speaks, by what is known of institutions at that moment."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from schemas.institutions import Institutions
from schemas.records import (
    DelegationGranted,
    DelegationRevoked,
    InstitutionEvent,
    InstitutionRemoved,
    InstitutionResumed,
    InstitutionSuspended,
)
from streams.domain.mandate import Mandate, mandate
from tests.unit.streams.making import NOW, admitted

ADMITTED = (admitted("neusoft"), admitted("office"))
GRANTED = (*ADMITTED, DelegationGranted("neusoft", "office", date(2026, 3, 1), NOW))


def asked(*events: InstitutionEvent, inbox: str = "office", claimed: str = "neusoft", at: datetime = NOW) -> Mandate:
    standing = Institutions()
    for offset, event in enumerate(events):
        standing.take(event, offset + 1)
    return mandate(standing, inbox, claimed, at)


def test_whom_nobody_knows_speaks_for_itself() -> None:
    assert asked(claimed="office") == Mandate()


def test_without_a_grant_nobody_is_taken_for_another() -> None:
    assert asked(*ADMITTED) == Mandate()
    assert asked(*GRANTED, DelegationRevoked("neusoft", "office", NOW)) == Mandate()
    assert asked(*GRANTED, inbox="neusoft", claimed="office") == Mandate()


def test_with_a_grant_an_office_speaks_for_an_enterprise_and_still_for_itself() -> None:
    assert asked(*GRANTED) == Mandate("neusoft")
    assert asked(*GRANTED, claimed="office") == Mandate()


def test_the_last_day_of_a_grant_ends_at_midnight_in_china() -> None:
    assert asked(*GRANTED, at=datetime.fromisoformat("2026-03-01T23:59:59+08:00")) == Mandate("neusoft")
    assert asked(*GRANTED, at=datetime.fromisoformat("2026-03-02T00:00:00+08:00")) == Mandate()


@pytest.mark.parametrize("barred", ["neusoft", "office"])
def test_nothing_is_said_by_or_for_whoever_is_suspended(barred: str) -> None:
    suspended = InstitutionSuspended(barred, "key leaked", NOW)
    found = asked(*GRANTED, suspended).barred
    assert found is not None
    assert (found.field, found.rule, found.value) == ("institution_id", "institution-suspended", barred)
    assert "key leaked" in found.repair
    assert asked(*GRANTED, suspended, InstitutionResumed(barred, NOW)) == Mandate("neusoft")


def test_nothing_is_said_by_whoever_was_removed() -> None:
    found = asked(*ADMITTED, InstitutionRemoved("office", "closed", NOW), claimed="office").barred
    assert found is not None
    assert (found.rule, found.value) == ("institution-removed", "office")
