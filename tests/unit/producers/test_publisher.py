"""What the publisher sends, and that a record that did not arrive is never passed over."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError

from producers.publisher import Publisher, addressed
from schemas import codec
from schemas.errors import Unavailable, Unreadable
from schemas.records import (
    SUBMISSIONS,
    AchievementRegistered,
    CooperationMode,
    DemandPosted,
    Money,
    Move,
    NegotiationUpdated,
    Submission,
    Terms,
    Text,
)
from tests.contract.schemas.examples import loaded, paths
from tests.unit.schemas.framed import CONFLUENT, adopting

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACHIEVEMENT = AchievementRegistered(uuid.UUID(int=1), "dlut", "A/1", 1, NOW, zh=Text("膜电极"))
DEMAND = DemandPosted(uuid.UUID(int=2), "district-210202", "D1", 1, NOW, zh=Text("需要膜电极"))
MOVE = NegotiationUpdated(
    uuid.UUID(int=3), "district-210202", "dlut", "A/1", "district-210202", "D1", 1, Move.OFFER, NOW,
    Terms(CooperationMode.EQUITY, Money(Decimal("1.00"), "CNY")),
)  # fmt: skip


class Future:
    """A send whose end the test decides."""

    def __init__(self) -> None:
        self.fail: Callable[[BaseException], None]

    def add_errback(self, fail: Callable[[BaseException], None]) -> None:
        self.fail = fail


class Producer:
    """A Kafka producer that keeps what it is given."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.futures: list[Future] = []
        self.flushes = 0

    def send(self, topic: str, **record: Any) -> Future:
        if self.error is not None:
            raise self.error
        self.sent.append((topic, record))
        self.futures.append(Future())
        return self.futures[-1]

    def flush(self, timeout: float) -> None:
        assert timeout > 0
        self.flushes += 1
        if self.error is not None:
            raise self.error

    def close(self, timeout: float) -> None:
        assert timeout >= 0


@pytest.mark.parametrize(
    ("submission", "topic", "key"),
    [
        (ACHIEVEMENT, "techdock.inbox.dlut.v1", b"A/1"),
        (DEMAND, "techdock.inbox.district-210202.v1", b"D1"),
        (MOVE, "techdock.inbox.district-210202.v1", b"dlut/A/1"),
    ],
)
def test_a_submission_goes_to_its_speakers_inbox_under_its_subject(
    submission: Submission, topic: str, key: bytes
) -> None:
    producer = Producer()
    with Publisher("", producer) as publisher:
        publisher.send(submission)

    (sent_to, record), name = producer.sent[0], type(submission).__name__
    assert (sent_to, record["key"], codec.decode(record["value"])) == (topic, key, submission)
    assert producer.flushes == 1
    assert dict(record["headers"]) == {
        "ce_specversion": b"1.0",
        "ce_id": str(submission.submission_id).encode(),
        "ce_source": f"/institutions/{submission.institution_id}".encode(),
        "ce_type": f"techdock.{name}.v1".encode(),
        "ce_time": b"2026-03-01T12:00:00Z",
        "content-type": b"application/avro",
    }


@pytest.mark.parametrize("submission", [ACHIEVEMENT, DEMAND, MOVE])
def test_plain_values_are_sent_as_their_record_is(submission: Submission) -> None:
    producer = Producer()
    name, values = codec.decode_fields(codec.encode(submission))
    with Publisher("", producer) as publisher:
        publisher.send(submission)
        publisher.send_fields(name, values)

    assert producer.sent[0] == producer.sent[1]


def test_where_a_registry_is_in_use_a_submission_has_its_frame_and_is_the_same_event() -> None:
    producer = Producer()
    with Publisher("", producer) as publisher:
        publisher.send(ACHIEVEMENT)
    with adopting(CONFLUENT), Publisher("", producer) as publisher:
        publisher.send(ACHIEVEMENT)

    (_, bare), (_, framed) = producer.sent
    assert framed["value"][:1] + framed["value"][5:] == b"\0" + bare["value"][10:]
    assert {**framed, "value": b""} == {**bare, "value": b""}


def test_a_record_that_did_not_arrive_is_told_at_the_next_send_and_at_the_flush() -> None:
    producer = Producer()
    publisher = Publisher("", producer)
    publisher.send(ACHIEVEMENT)
    producer.futures[0].fail(KafkaTimeoutError("too late"))

    with pytest.raises(Unavailable, match="too late"):
        publisher.send(DEMAND)
    with pytest.raises(Unavailable, match="too late"):
        publisher.flush()
    assert len(producer.sent) == 1


def test_a_broker_that_is_away_is_told_in_one_sentence() -> None:
    publisher = Publisher("", Producer(KafkaTimeoutError("no metadata")))

    with pytest.raises(Unavailable, match="techdock status"):
        publisher.send(ACHIEVEMENT)
    with pytest.raises(Unavailable):
        publisher.flush()


def test_a_record_that_is_too_large_is_its_own_fault() -> None:
    with pytest.raises(Unreadable, match="largest"):
        Publisher("", Producer(MessageSizeTooLargeError())).send(ACHIEVEMENT)


def test_after_an_error_nothing_is_waited_for() -> None:
    producer = Producer()
    with pytest.raises(ZeroDivisionError), Publisher("", producer):
        raise ZeroDivisionError
    assert producer.flushes == 0


def test_an_office_sends_the_records_of_another_through_its_own_inbox() -> None:
    producer = Producer()
    with Publisher("nowhere", producer, through="office") as publisher:
        publisher.send(ACHIEVEMENT)
    ((topic, record),) = producer.sent
    assert topic == "techdock.inbox.office.v1"
    assert codec.decode(record["value"]) == ACHIEVEMENT


@pytest.mark.parametrize("name", sorted(SUBMISSIONS))
def test_every_submission_has_a_key_and_says_when_it_happened(name: str) -> None:
    path = next(each for each in paths() if each.parent.name == name)
    key, headers = addressed(*loaded(path))
    assert key
    assert {"ce_time", "ce_source"} <= {header for header, _ in headers}
