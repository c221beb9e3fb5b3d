"""Receipts against what admission had heard: each one that should have been another is named."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from schemas.codec import plain
from schemas.records import (
    AdmittedBy,
    DealRole,
    DelegationGranted,
    DelegationRevoked,
    Fault,
    InstitutionAdmitted,
    InstitutionEvent,
    InstitutionKind,
    InstitutionRemoved,
    InstitutionResumed,
    InstitutionSuspended,
    Move,
    Receipt,
    SubmissionAccepted,
    SubmissionKind,
    SubmissionRefused,
)
from streams.mandate_check import MandateCheck
from tests.unit.streams.making import NOW, admitted, move

EVENTS: tuple[InstitutionEvent, ...] = (
    admitted("neusoft"),
    admitted("office"),
    InstitutionSuspended("office", "key leaked", NOW),
    InstitutionResumed("office", NOW),
    DelegationGranted("neusoft", "office", date(2026, 3, 1), NOW),
    DelegationRevoked("neusoft", "office", NOW),
    InstitutionRemoved("neusoft", "merged", NOW),
    admitted("neusoft"),
)


def accepted(position: int | None, **changes: Any) -> SubmissionAccepted:
    values = {"institution_id": "office", "on_behalf_of": None, "submitted_at": NOW, **changes}
    return SubmissionAccepted(
        uuid.uuid4(), kind=SubmissionKind.ACHIEVEMENT_REGISTERED, subject_id="A1", version=1, register_topic="t",
        register_partition=0, register_offset=0, institutions_position=position, **values,
    )  # fmt: skip


def refused(position: int, *faults: tuple[str, str], inbox: str = "office") -> SubmissionRefused:
    told = tuple(Fault("institution_id", rule, value, "") for rule, value in faults)
    return SubmissionRefused(
        uuid.uuid4(), inbox, SubmissionKind.ACHIEVEMENT_REGISTERED, "A1", 1, told, NOW, None, position
    )  # fmt: skip


def differences(*receipts: Receipt) -> list[str]:
    check = MandateCheck(enumerate(EVENTS))
    for receipt in receipts:
        check.take(type(receipt).__name__, plain(receipt))
    return [str(one["found"]) for one in check.differences]


def test_receipts_that_follow_from_what_was_heard_are_fine() -> None:
    assert differences(
        accepted(None), accepted(0), accepted(2), refused(3, ("institution-suspended", "office")), accepted(4),
        accepted(5, on_behalf_of="neusoft"), refused(6, ("speaks-for-itself", "neusoft")), accepted(8),
        refused(7, ("institution-removed", "neusoft"), inbox="neusoft"), accepted(8, institution_id="neusoft"),
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("receipt", "found"),
    [
        (accepted(3), "accepted while office was suspended"),
        (refused(3, ("range", "12")), "the refusal does not say that alone"),
        (refused(3, ("institution-suspended", "office"), ("range", "12")), "the refusal does not say that alone"),
        (refused(4, ("institution-suspended", "office")), "was not barred"),
        (accepted(4, on_behalf_of="neusoft"), "without a grant"),
        (accepted(6, on_behalf_of="neusoft"), "without a grant"),
        (accepted(7, on_behalf_of="neusoft"), "accepted while neusoft was removed"),
        (accepted(5, on_behalf_of="neusoft", submitted_at=NOW + timedelta(days=1)), "without a grant"),
    ],
)
def test_a_receipt_that_does_not_follow_is_named(receipt: Receipt, found: str) -> None:
    (difference,) = differences(receipt)
    assert found in difference


def test_an_inbox_that_heard_less_than_before_is_named() -> None:
    (difference,) = differences(accepted(8), accepted(5))
    assert "5 after 8" in difference


def test_a_receipt_that_comes_again_is_no_step_back_and_a_later_one_is_left_for_the_next_check() -> None:
    first = accepted(2)
    assert differences(first, accepted(8), first) == []
    assert differences(accepted(9, on_behalf_of="neusoft")) == []


def _described(name: str, kind: InstitutionKind, district: str) -> InstitutionAdmitted:
    return InstitutionAdmitted(name, None, name, kind, district, AdmittedBy.OPERATOR, NOW)


_MARKET = (
    _described("district-210202", InstitutionKind.DISTRICT_OFFICE, "210202"),
    _described("broker", InstitutionKind.BROKER, "210202"),
    _described("office", InstitutionKind.DISTRICT_OFFICE, "210202"),
    _described("elsewhere", InstitutionKind.DISTRICT_OFFICE, "210204"),
    _described("broker", InstitutionKind.ENTERPRISE, "210202"),
)


@pytest.mark.parametrize(
    ("inbox", "position", "changes", "word"),
    [
        ("broker", 4, {"role": DealRole.BROKER}, ""),
        ("broker", 5, {"role": DealRole.BROKER}, "was none of these"),
        ("broker", 4, {"role": DealRole.REGISTRAR}, "as REGISTRAR, and was BROKER"),
        ("broker", 4, {"role": None}, "as a side, and was BROKER"),
        ("stranger", 4, {"role": None}, "as a side, and was none of these"),
        ("office", 4, {"role": DealRole.DISTRICT_OFFICE}, ""),
        ("elsewhere", 4, {"role": DealRole.DISTRICT_OFFICE}, "of 210204 contacted for district-210202 of 210202"),
        ("office", 4, {"role": DealRole.BROKER, "institution_id": "broker"}, "spoke for broker in a deal of others"),
        ("dlut", 4, {"move": Move.APPOINT, "broker": "broker"}, ""),
        ("dlut", 5, {"move": Move.APPOINT, "broker": "broker"}, "broker was appointed, and was no broker"),
        ("dlut", 4, {"role": DealRole.BROKER}, "as BROKER, and was none of these"),
    ],
)
def test_a_move_of_somebody_else_is_held_against_what_the_operator_said(
    inbox: str, position: int, changes: dict[str, Any], word: str
) -> None:
    check = MandateCheck(enumerate(_MARKET))
    made = move(changes.pop("move", Move.CONTACT), 1, **{"institution_id": inbox, **changes})
    check.take("SubmissionAccepted", plain(accepted(position, institution_id=inbox)), plain(made))
    assert [word in str(one["found"]) for one in check.differences] == ([True] if word else [])
