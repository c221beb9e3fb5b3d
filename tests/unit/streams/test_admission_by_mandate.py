"""Inboxes that may not speak, or speak for others: what is registered, in which order, and what receipts say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from schemas import codec, topics
from schemas.errors import Unavailable, Unreadable
from schemas.records import (
    ClockTicked,
    DelegationGranted,
    DelegationRevoked,
    InstitutionEvent,
    InstitutionResumed,
    InstitutionSuspended,
    Receipt,
    Record,
    SubmissionAccepted,
    SubmissionRefused,
)
from streams.admission import Hall, Inbox
from streams.lane import Input
from tests.unit.streams.making import NOW, achievement, admitted, entered, no_achievement

ADMITTED = (admitted("neusoft"), admitted("office"), admitted("broker"))
GRANTED = (*ADMITTED, DelegationGranted("neusoft", "office", None, NOW))


class Worker:
    """A worker of admission that holds some inboxes."""

    def __init__(self, *events: InstitutionEvent, inboxes: Sequence[str] = ("neusoft", "office", "broker")) -> None:
        self.hall = Hall()
        self.inboxes = {name: Inbox(name, hall=self.hall) for name in inboxes}
        self.receipts: dict[str, list[bytes]] = {name: [] for name in inboxes}
        self.said(*events)

    def said(self, *events: Record) -> None:
        for event in events:
            place = self.hall.institutions.position
            self.hall.hear(entered(event, topics.INSTITUTIONS.name, place))

    def decided(self, inbox: str, record: Record) -> Receipt:
        """The receipt of what is submitted."""
        found = list(self.inboxes[inbox].decide(_submitted(inbox, record)))
        receipts = [*(output for output in found if output.then is None), *_followed(found)]
        (receipt,) = [one.value for one in receipts if one.topic == topics.receipts(inbox).name]
        assert receipt is not None
        self.receipts[inbox].append(receipt)
        made = codec.decode(receipt)
        assert isinstance(made, SubmissionAccepted | SubmissionRefused)
        return made

    def restarted(self, *events: InstitutionEvent) -> Worker:
        """Another worker that reads the receipts of this one, and has heard ``events``."""
        made = Worker(*events, inboxes=list(self.inboxes))
        for name, receipts in self.receipts.items():
            for receipt in receipts:
                made.inboxes[name].load(entered(receipt, topics.receipts(name).name))
        return made


def _submitted(inbox: str, record: Record) -> Input:
    return entered(record, topics.inbox(inbox).name)


def _followed(outputs: Sequence[Any]) -> list[Any]:
    return [late for output in outputs if output.then is not None for late in output.then((0, 0))]


def _rules(receipt: Receipt) -> list[str]:
    return [] if isinstance(receipt, SubmissionAccepted) else [fault.rule for fault in receipt.faults]


def test_every_receipt_says_how_far_institutions_were_heard() -> None:
    worker = Worker(*ADMITTED)
    assert worker.decided("office", achievement(institution_id="office")).institutions_position == 3
    worker.said(DelegationGranted("neusoft", "office", None, NOW))
    assert worker.decided("office", achievement(institution_id="dlut")).institutions_position == 4


def test_a_suspended_institution_gets_one_fault_whatever_else_is_wrong() -> None:
    worker = Worker(*ADMITTED, InstitutionSuspended("office", "key leaked", NOW))
    assert _rules(worker.decided("office", achievement(zh=None, maturity=0))) == ["institution-suspended"]
    worker.said(InstitutionResumed("office", NOW))
    assert _rules(worker.decided("office", achievement(institution_id="office"))) == []


def test_what_was_answered_before_a_suspension_is_answered_the_same_in_it() -> None:
    worker = Worker(*ADMITTED)
    record = achievement(institution_id="office")
    before = worker.decided("office", record)
    worker.said(InstitutionSuspended("office", "key leaked", NOW))
    assert worker.decided("office", record) == before


def test_an_office_speaks_for_an_enterprise_while_a_grant_stands() -> None:
    worker = Worker(*GRANTED)
    receipt = worker.decided("office", achievement(institution_id="neusoft"))
    assert isinstance(receipt, SubmissionAccepted)
    assert (receipt.institution_id, receipt.on_behalf_of) == ("office", "neusoft")
    assert _rules(worker.decided("broker", achievement(institution_id="neusoft"))) == ["speaks-for-itself"]
    worker.said(DelegationRevoked("neusoft", "office", NOW))
    refused = worker.decided("office", achievement(version=2, institution_id="neusoft"))
    assert (_rules(refused), refused.on_behalf_of) == (["speaks-for-itself"], None)


def test_a_delegated_record_is_registered_under_the_one_it_speaks_for() -> None:
    worker = Worker(*GRANTED)
    outputs = list(worker.inboxes["office"].decide(_submitted("office", achievement(institution_id="neusoft"))))
    assert {output.key for output in outputs} == {b"neusoft/A1"}


def test_versions_are_in_one_order_through_whichever_inbox_they_come() -> None:
    worker = Worker(*GRANTED)
    named = {"institution_id": "neusoft"}
    assert _rules(worker.decided("neusoft", achievement(version=1, **named))) == []
    assert _rules(worker.decided("office", achievement(version=1, **named))) == ["newer"]
    assert _rules(worker.decided("office", achievement(version=5, **named))) == []
    assert _rules(worker.decided("neusoft", achievement(version=5, **named))) == ["newer"]
    assert _rules(worker.decided("neusoft", no_achievement(version=6, **named))) == []


def test_an_office_keeps_its_own_records_apart_from_those_it_speaks_for() -> None:
    worker = Worker(*GRANTED)
    assert _rules(worker.decided("office", achievement(version=7, institution_id="neusoft"))) == []
    assert _rules(worker.decided("office", achievement(version=1, institution_id="office"))) == []


def test_what_was_registered_by_a_grant_counts_after_it_is_revoked_and_after_a_restart() -> None:
    worker = Worker(*GRANTED)
    worker.decided("office", achievement(version=5, institution_id="neusoft"))
    revoked = DelegationRevoked("neusoft", "office", NOW)
    again = worker.restarted(*GRANTED, revoked)
    assert _rules(again.decided("neusoft", achievement(version=5, institution_id="neusoft"))) == ["newer"]


def test_an_inbox_that_is_not_with_this_worker_is_waited_for() -> None:
    worker = Worker(*GRANTED, inboxes=["office"])
    with pytest.raises(Unavailable, match="not with this worker"):
        worker.inboxes["office"].decide(_submitted("office", achievement(institution_id="neusoft")))
    # Its own records need nobody else.
    assert _rules(worker.decided("office", achievement(institution_id="office"))) == []


def test_nothing_is_decided_by_less_than_was_heard_before() -> None:
    worker = Worker(*GRANTED)
    worker.decided("office", achievement(institution_id="office"))
    behind = worker.restarted(*ADMITTED)
    with pytest.raises(Unavailable, match="was heard up to 4, and ends at 3"):
        behind.inboxes["office"].decide(_submitted("office", achievement("A2", institution_id="office")))


def test_an_event_that_this_release_cannot_read_stops_the_worker() -> None:
    worker = Worker()
    with pytest.raises(Unreadable):
        worker.hall.hear(entered(b"garbage", topics.INSTITUTIONS.name))
    with pytest.raises(TypeError):
        worker.said(ClockTicked(NOW))
