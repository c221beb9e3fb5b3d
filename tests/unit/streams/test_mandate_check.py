"""Receipts against what admission had heard: each one that should have been another is named."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from schemas.codec import plain
from schemas.records import (
    DelegationGranted,
    DelegationRevoked,
    Fault,
    InstitutionEvent,
    InstitutionRemoved,
    InstitutionResumed,
    InstitutionSuspended,
    Receipt,
    SubmissionAccepted,
    SubmissionKind,
    SubmissionRefused,
)
from streams.mandate_check import MandateCheck
from tests.unit.streams.making import NOW, admitted

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
