"""Events about institutions add up to how each of them stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.institutions import Institutions, Status
from schemas.records import (
    AdmittedBy,
    ClockTicked,
    DelegationGranted,
    DelegationRevoked,
    InstitutionAdmitted,
    InstitutionEvent,
    InstitutionKeyRotated,
    InstitutionKind,
    InstitutionRemoved,
    InstitutionResumed,
    InstitutionSuspended,
    TokenIssued,
    TokenRevoked,
    TokenScope,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADMITTED = InstitutionAdmitted("dlut", "大连理工大学", None, InstitutionKind.UNIVERSITY, None, AdmittedBy.OPERATOR, NOW)


def after(*events: InstitutionEvent) -> Institutions:
    found = Institutions()
    for offset, event in enumerate(events):
        found.take(event, offset + 1)
    return found


def test_an_institution_that_nobody_admitted_has_no_status() -> None:
    assert after().status("dlut") is None
    assert after().position == 0


def test_a_suspension_ends_with_a_resumption() -> None:
    suspended = after(ADMITTED, InstitutionSuspended("dlut", "key leaked", NOW))
    assert (suspended.status("dlut"), suspended.known["dlut"].reason) == (Status.SUSPENDED, "key leaked")
    suspended.take(InstitutionResumed("dlut", NOW), 3)
    assert (suspended.status("dlut"), suspended.position) == (Status.ADMITTED, 3)


def test_a_new_description_does_not_end_a_suspension() -> None:
    found = after(ADMITTED, InstitutionSuspended("dlut", "key leaked", NOW), ADMITTED)
    assert found.status("dlut") is Status.SUSPENDED


def test_a_new_admission_ends_a_removal_and_brings_no_key_back() -> None:
    gone = (ADMITTED, InstitutionKeyRotated("dlut", "ab12", NOW), InstitutionRemoved("dlut", "merged", NOW))
    assert after(*gone).status("dlut") is Status.REMOVED
    back = after(*gone, ADMITTED)
    assert (back.status("dlut"), back.known["dlut"].key_hash) == (Status.ADMITTED, None)


def test_an_institution_is_admitted_since_its_last_removal_however_often_it_is_described() -> None:
    later, last = (replace(ADMITTED, admitted_at=NOW + timedelta(days=days)) for days in (1, 2))
    assert after(ADMITTED, later).known["dlut"].admitted_at == NOW
    assert after(ADMITTED, InstitutionRemoved("dlut", "merged", NOW), later, last).known["dlut"].admitted_at == (
        later.admitted_at
    )


def test_tokens_stand_beside_one_another_until_they_are_revoked() -> None:
    first, second = (TokenIssued("dlut", name, name, (TokenScope.READ,), "", None, NOW) for name in ("ab", "cd"))
    found = after(ADMITTED, first, second)
    assert found.known["dlut"].tokens == {"ab": first, "cd": second}
    found.take(TokenRevoked("dlut", "ab", NOW), 4)
    assert found.known["dlut"].tokens == {"cd": second}


def test_a_removal_takes_the_tokens_away() -> None:
    token = TokenIssued("dlut", "ab", "ab", (TokenScope.READ,), "", None, NOW)
    assert after(ADMITTED, token, InstitutionRemoved("dlut", "merged", NOW), ADMITTED).known["dlut"].tokens == {}


def test_a_grant_stands_until_the_end_of_its_last_day() -> None:
    found = after(ADMITTED, DelegationGranted("dlut", "broker", date(2026, 3, 2), NOW))
    assert found.is_granted("dlut", "broker", date(2026, 3, 2))
    assert not found.is_granted("dlut", "broker", date(2026, 3, 3))
    assert not found.is_granted("broker", "dlut", date(2026, 3, 2))


def test_whoever_spoke_once_is_remembered_when_the_grant_is_gone() -> None:
    found = after(ADMITTED, DelegationGranted("dlut", "broker", None, NOW), DelegationRevoked("dlut", "broker", NOW))
    assert not found.is_granted("dlut", "broker", date(2026, 3, 2))
    assert found.speakers["dlut"] == {"broker"}


def test_another_record_is_no_event_of_institutions() -> None:
    with pytest.raises(TypeError, match="ClockTicked"):
        Institutions().take(ClockTicked(NOW), 1)
