"""A fact is verified by an office or a broker, never by the owner, and of a version that is registered."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from schemas import codec, topics
from schemas.errors import Unavailable
from schemas.records import (
    DelegationGranted,
    FactKind,
    FactRetracted,
    FactVerified,
    InstitutionKind,
    InstitutionRemoved,
    SubmissionAccepted,
    SubmissionRefused,
)
from schemas.rules import faults
from streams.domain.admission import answered
from tests.unit.streams.making import NOW, achievement, admitted, no_achievement
from tests.unit.streams.test_admission_by_mandate import Worker

OFFICE, BROKER = InstitutionKind.DISTRICT_OFFICE, InstitutionKind.BROKER
MARKET = (admitted("dlut"), admitted("office", OFFICE), admitted("broker", BROKER), admitted("neusoft"))


def _worker() -> Worker:
    worker = Worker(*MARKET, inboxes=("dlut", "office", "broker", "neusoft"))
    worker.decided("dlut", achievement(version=2))
    return worker


def _fact(version: int = 1, by: str = "office", **changes: Any) -> FactVerified:
    made = FactVerified(
        uuid.uuid4(), by, "F1", version, NOW, "dlut", "A1", 2, FactKind.MATURITY, "TRL 7", "report LN-42"
    )  # fmt: skip
    return replace(made, **changes)


def _told(worker: Worker, inbox: str, record: Any) -> list[tuple[str, str]]:
    receipt = worker.decided(inbox, record)
    return [(one.field, one.rule) for one in receipt.faults] if isinstance(receipt, SubmissionRefused) else []


@pytest.mark.parametrize("by", ["office", "broker"])
def test_an_office_and_a_broker_verify_what_is_registered(by: str) -> None:
    receipt = _worker().decided(by, _fact(by=by))
    assert isinstance(receipt, SubmissionAccepted)
    assert (receipt.register_topic, receipt.subject_id, receipt.version) == (topics.FACTS.name, "F1", 1)


def test_nobody_else_verifies_and_nobody_its_own() -> None:
    assert _told(_worker(), "neusoft", _fact(by="neusoft")) == [("institution_id", "verifier")]
    assert _told(_worker(), "dlut", _fact(by="dlut")) == [
        ("achievement_institution_id", "verifier"), ("institution_id", "verifier"),
    ]  # fmt: skip
    worker = _worker()
    worker.decided("office", achievement("A1", version=2, institution_id="office"))
    own = _fact(achievement_institution_id="office")
    assert _told(worker, "office", own) == [("achievement_institution_id", "verifier")]


def test_who_was_never_admitted_verifies_nothing() -> None:
    worker = Worker(admitted("dlut"), inboxes=("dlut", "office"))
    worker.decided("dlut", achievement(version=2))
    assert _told(worker, "office", _fact()) == [("institution_id", "verifier")]


def test_a_fact_is_of_a_version_that_is_registered() -> None:
    assert _told(_worker(), "office", _fact(achievement_version=3)) == [("achievement_version", "known")]
    assert _told(_worker(), "office", _fact(achievement_id="A9")) == [("achievement_id", "known")]
    worker = _worker()
    worker.decided("dlut", achievement(version=5))
    # A revision keeps the facts that were stated before, and they may be stated of the version before.
    assert _told(worker, "office", _fact(achievement_version=2)) == []


def test_an_owner_that_nobody_knows_is_told_and_holds_nobody_up() -> None:
    assert _told(_worker(), "office", _fact(achievement_institution_id="nobody")) == [("achievement_id", "known")]


def test_whoever_may_not_verify_is_refused_whatever_inbox_is_missing() -> None:
    worker = Worker(*MARKET, inboxes=("office", "neusoft"))
    assert _told(worker, "neusoft", _fact(by="neusoft")) == [("institution_id", "verifier")]
    assert _told(worker, "neusoft", _fact(by="office")) == [("institution_id", "speaks-for-itself")]


def test_a_removed_owner_without_an_inbox_holds_nobody_up_and_what_others_registered_for_it_counts() -> None:
    gone = (DelegationGranted("dlut", "broker", None, NOW), InstitutionRemoved("dlut", "merged", NOW))
    assert _told(Worker(*MARKET, gone[1], inboxes=("office",)), "office", _fact()) == [("achievement_id", "known")]
    # While both are with this worker, the office hears of what its broker had registered before.
    both = Worker(*MARKET, gone[0], inboxes=("dlut", "office", "broker"))
    both.decided("broker", achievement("A2", version=1))
    later = both.restarted(*MARKET, *gone)
    del later.inboxes["dlut"]
    assert _told(later, "office", _fact(achievement_id="A2", achievement_version=1)) == []


def test_while_the_owners_inbox_is_elsewhere_nothing_is_decided() -> None:
    worker = Worker(*MARKET, inboxes=("office",))
    with pytest.raises(Unavailable, match="is not with this worker yet"):
        worker.decided("office", _fact())


def test_what_an_office_registered_for_an_owner_is_verified_by_another() -> None:
    worker = Worker(*MARKET, DelegationGranted("dlut", "broker", None, NOW), inboxes=("dlut", "office", "broker"))
    worker.decided("broker", achievement("A1", version=2))
    assert _told(worker, "office", _fact()) == []


def test_a_fact_is_taken_back_by_whoever_stated_it_and_may_be_stated_anew() -> None:
    worker = _worker()
    back = FactRetracted(uuid.uuid4(), "office", "F1", 1, NOW, "report withdrawn")
    assert _told(worker, "office", back) == [("fact_id", "known")]
    assert _told(worker, "office", _fact(1)) == []
    assert _told(worker, "office", _fact(1)) == [("version", "newer")]
    assert _told(worker, "broker", replace(back, submission_id=uuid.uuid4(), institution_id="broker", version=2)) == [
        ("fact_id", "known")
    ]
    assert _told(worker, "office", replace(back, submission_id=uuid.uuid4(), version=2)) == []
    assert _told(worker.restarted(*MARKET), "office", _fact(2)) == [("version", "newer")]
    assert _told(worker, "office", _fact(3)) == []


def test_a_withdrawn_achievement_keeps_its_facts_and_may_get_more() -> None:
    worker = _worker()
    worker.decided("dlut", no_achievement(version=3))
    assert _told(worker, "office", _fact()) == []
    # The version of the withdrawal is none of the achievement's.
    for each in (worker, worker.restarted(*MARKET)):
        assert _told(each, "office", _fact(2, achievement_version=3)) == [("achievement_version", "known")]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"kind": FactKind.UNKNOWN}, "kind", "unknown-value"),
        ({"statement": " "}, "statement", "blank"),
        ({"evidence": ""}, "evidence", "blank"),
        ({"achievement_version": 0}, "achievement_version", "range"),
        ({"version": 0}, "version", "range"),
        ({"fact_id": " F1"}, "fact_id", "space-at-an-end"),
    ],
)
def test_each_rule_of_facts_is_told_where_it_is_broken(changes: dict[str, Any], field: str, code: str) -> None:
    _, values = codec.decode_fields(codec.encode(_fact(**changes)))
    assert [(one.field, one.rule) for one in faults("FactVerified", values)] == [(field, code)]


def test_a_fact_is_taken_back_with_a_reason() -> None:
    record = FactRetracted(uuid.uuid4(), "office", "F1", 2, NOW, " ")
    _, values = codec.decode_fields(codec.encode(record))
    assert [(one.field, one.rule) for one in faults("FactRetracted", values)] == [("reason", "reason-missing")]


def test_a_receipt_of_a_fact_is_about_that_fact() -> None:
    receipt = _worker().decided("office", _fact())
    assert answered(receipt.kind, receipt.subject_id, receipt.version).family == "fact"
