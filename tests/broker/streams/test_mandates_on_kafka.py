"""Admission on a real broker while an operator speaks of institutions: what was said first is heard first."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from infra import reading
from infra.topics import KafkaCluster
from producers import institutions
from producers.admittance import admit_described
from producers.institution_log import say
from producers.institutions import Decision, Description
from schemas import codec, topics
from schemas.errors import Unavailable
from schemas.records import InstitutionKind, Receipt, Record, SubmissionAccepted, SubmissionRefused
from streams import admission
from streams.lane import Lane, Seat
from streams.lane.hearing import Hearing
from tests.unit.streams.making import NOW, achievement, admitted


def until(outcome: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not outcome():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.02)


@dataclass
class Office:
    """An operator, three institutions of one test's own, and what they submit."""

    bootstrap: str
    prefix: str = field(default_factory=lambda: f"m{uuid.uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        self._reader = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": f"reader-{self.prefix}",
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
            }
        )

    def read(self) -> None:
        """From now on there are receipts to read."""
        self._reader.assign(
            [TopicPartition(topics.receipts(self.name(one)).name, 0, 0) for one in ("neusoft", "office")]
        )

    def close(self) -> None:
        self._reader.close()

    def name(self, short: str) -> str:
        return f"{self.prefix}-{short}"

    def admit(self, short: str, kind: InstitutionKind) -> None:
        admit_described(self.bootstrap, Description(self.name(short), None, short, kind, None), NOW)

    def say(self, decide: Decision) -> None:
        assert say(self.bootstrap, decide)

    def submit(self, inbox: str, record: Record) -> None:
        producer = Producer({"bootstrap.servers": self.bootstrap, "acks": "all"})
        producer.produce(topics.inbox(self.name(inbox)).name, codec.encode(record))
        assert producer.flush(30) == 0

    def receipt(self, inbox: str, record: Record) -> Receipt:
        """What a submission is answered; it is the only one on its way."""
        self.submit(inbox, record)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for message in self._reader.consume(1, 1.0):
                if message.error() is None:
                    found = codec.decode(message.value())
                    assert isinstance(found, SubmissionAccepted | SubmissionRefused)
                    return found
        raise AssertionError(f"no receipt for {record}")

    def answered(self, inbox: str, record: Record) -> list[str]:
        """The rules that a submission breaks, once it has its receipt."""
        receipt = self.receipt(inbox, record)
        return [fault.rule for fault in receipt.faults] if isinstance(receipt, SubmissionRefused) else []

    def lane(self, process: str) -> Lane:
        plan = replace(admission.plan(), inputs=(rf"^techdock\.inbox\.{self.prefix}-[a-z]+\.v1$",))
        return Lane(plan, Seat(self.bootstrap, f"{self.prefix}-{process}", f"techdock.{self.prefix}"))

    @contextmanager
    def worker(self, process: str = "one") -> Iterator[Lane]:
        """A worker of admission; it is ready."""
        lane, ready = self.lane(process), threading.Event()
        thread = threading.Thread(target=lane.run, args=(ready.set,))
        thread.start()
        try:
            assert ready.wait(60)
            yield lane
        finally:
            lane.stop()
            thread.join(60)
            assert not thread.is_alive()


@pytest.fixture
def office(bootstrap: str) -> Iterator[Office]:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create(topics.CATALOGUE)
    made = Office(bootstrap)
    made.admit("neusoft", InstitutionKind.ENTERPRISE)
    made.admit("office", InstitutionKind.DISTRICT_OFFICE)
    made.read()
    yield made
    made.close()


def test_a_submission_after_a_word_of_the_operator_is_decided_by_it(office: Office) -> None:
    neusoft, speaker = office.name("neusoft"), office.name("office")
    named = {"institution_id": neusoft}
    with office.worker():
        assert office.answered("neusoft", achievement(version=1, **named)) == []
        for _ in range(2):
            office.say(institutions.suspend(neusoft, "looked into", NOW))
            assert office.answered("neusoft", achievement(version=2, **named)) == ["institution-suspended"]
            office.say(institutions.resume(neusoft, NOW))
            # Accepted once; the others come too late, and for no other reason.
            assert office.answered("neusoft", achievement(version=2, **named)) in ([], ["newer"])
        assert office.answered("office", achievement(version=3, **named)) == ["speaks-for-itself"]
        office.say(institutions.grant(neusoft, speaker, None, NOW))
        receipt = office.receipt("office", achievement(version=3, **named))
        assert isinstance(receipt, SubmissionAccepted)
        assert (receipt.institution_id, receipt.on_behalf_of) == (speaker, neusoft)
        office.say(institutions.revoke(neusoft, speaker, NOW))
        assert office.answered("office", achievement(version=4, **named)) == ["speaks-for-itself"]


def test_another_worker_goes_on_by_what_was_registered_for_others(office: Office) -> None:
    neusoft = office.name("neusoft")
    office.say(institutions.grant(neusoft, office.name("office"), None, NOW))
    with office.worker("one"):
        assert office.answered("office", achievement(version=5, institution_id=neusoft)) == []
    with office.worker("two"):
        assert office.answered("neusoft", achievement(version=5, institution_id=neusoft)) == ["newer"]
        assert office.answered("neusoft", achievement(version=6, institution_id=neusoft)) == []


def test_all_inboxes_are_with_one_worker_however_many_there_are(office: Office) -> None:
    neusoft = office.name("neusoft")
    office.say(institutions.grant(neusoft, office.name("office"), None, NOW))
    with office.worker("one") as one, office.worker("two") as two:

        def held() -> list[int]:
            return sorted(len(lane._assignment._positions) if lane._assignment._held else 0 for lane in (one, two))

        until(lambda: held() == [0, 2])
        assert office.answered("office", achievement(version=2, institution_id=neusoft)) == []
        assert office.answered("neusoft", achievement(version=2, institution_id=neusoft)) == ["newer"]


def test_a_writer_that_died_in_the_middle_holds_nobody_up(office: Office) -> None:
    neusoft = office.name("neusoft")
    dead = Producer(
        {"bootstrap.servers": office.bootstrap, "transactional.id": office.prefix, "transaction.timeout.ms": 60_000}
    )
    dead.init_transactions(30)
    dead.begin_transaction()
    dead.produce(topics.INSTITUTIONS.name, codec.encode(admitted("nobody")))
    dead.flush(30)
    with office.worker():
        receipt = office.receipt("neusoft", achievement(institution_id=neusoft))
        assert isinstance(receipt, SubmissionAccepted)
        assert receipt.institutions_position, "the admission was heard"
    # Only a transaction that is still open can be given up: nobody waited for its timeout.
    dead.abort_transaction(30)


def test_a_topic_that_is_not_there_is_waited_for_with_what_to_do(bootstrap: str) -> None:
    hearing = Hearing(bootstrap, replace(admission.plan(), hears=("techdock.nowhere.v1",)))
    with pytest.raises(Unavailable, match="techdock topics apply"):
        hearing.catch_up()
    hearing.close()


def test_what_is_heard_is_heard_once_and_to_the_end(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create([topics.INSTITUTIONS])
    heard: list[int] = []
    plan = replace(admission.plan(), hear=lambda record: heard.append(record.offset))
    hearing = Hearing(bootstrap, plan)
    for _ in range(3):
        assert say(bootstrap, institutions.admit_senders([f"m{uuid.uuid4().hex[:8]}" for _ in range(700)], NOW))
        hearing.catch_up()
        hearing.catch_up()
        told = reading.committed_records(bootstrap, [topics.INSTITUTIONS.name])
        assert heard == [message.offset() for message in told]
    hearing.close()


def test_operators_at_the_same_time_say_everything_once(bootstrap: str) -> None:
    name = f"m{uuid.uuid4().hex[:8]}"
    said: list[int] = []

    def admit() -> None:
        said.append(len(say(bootstrap, institutions.admit_senders([name], datetime.now(UTC)))))

    threads = [threading.Thread(target=admit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(said) == [0, 0, 0, 1]
