"""Imported files land in the inbox of their institution, and their receipts are counted."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from infra import clients
from producers import admittance, import_run, outlets
from producers.import_run import Job, Summary
from producers.publisher import Publisher
from producers.receipts import Receipts, Sent
from producers.reports import CollectedReport
from schemas import codec, topics
from schemas.errors import Unavailable
from schemas.records import (
    AchievementRegistered,
    Fault,
    Record,
    SubmissionAccepted,
    SubmissionKind,
    SubmissionRefused,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = "id,title\n" + "".join(f"{number},pump {number}\n" for number in range(1200))


class Unshown:
    """A step that nobody looks at."""

    def at(self, done: int, total: int) -> None:
        assert done <= total


class Clock:
    """A clock that jumps with every look at it."""

    def __init__(self, step: float) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def institution() -> str:
    """An institution of this test's own."""
    return f"importer-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def imported(bootstrap: str, institution: str, file: Path, wait: bool) -> Summary:
    prepared = import_run.prepared(Job(file, "achievements", institution, NOW))
    admittance.admit_unknown(bootstrap, [institution], NOW)
    with Publisher(bootstrap) as publisher:
        if not wait:
            return import_run.run(prepared, CollectedReport(Unshown()), outlets.Inbox(publisher, None))
        with Receipts(bootstrap, institution, Clock(0.01)) as receipts:
            return import_run.run(prepared, CollectedReport(Unshown()), outlets.Inbox(publisher, receipts))


def read(bootstrap: str, topic: str, count: int) -> list[Record]:
    with_partition = TopicPartition(topic, 0)
    consumer: KafkaConsumer = clients.consumer(bootstrap, group_id=None)
    consumer.assign([with_partition])
    consumer.seek_to_beginning(with_partition)
    found: list[Record] = []
    while len(found) < count:
        batches = consumer.poll(timeout_ms=30_000)
        assert batches, f"only {len(found)} of {count} records came"
        found += [codec.decode(record.value) for records in batches.values() for record in records]
    consumer.close()
    return found


def receipt(submission: AchievementRegistered) -> SubmissionAccepted | SubmissionRefused:
    kind, ref = SubmissionKind.ACHIEVEMENT_REGISTERED, submission.achievement_id
    if submission.achievement_id == "17":
        fault = Fault("version", "older-version", "1", "raise the version")
        return SubmissionRefused(
            submission.submission_id,
            submission.institution_id,
            kind,
            ref,
            submission.version,
            (fault,),
            NOW,
            None,
            0,
        )
    return SubmissionAccepted(
        submission.submission_id,
        submission.institution_id,
        kind,
        ref,
        submission.version,
        "register",
        0,
        0,
        NOW,
        None,
        0,
    )


@contextmanager
def admission(bootstrap: str, institution: str) -> Iterator[None]:
    """Someone who answers everything in the inbox from now on."""
    inbox, answers = topics.inbox(institution).name, topics.receipts(institution).name
    stop = threading.Event()
    consumer: KafkaConsumer = clients.consumer(bootstrap, group_id=None)
    consumer.assign([TopicPartition(inbox, 0)])
    consumer.seek_to_beginning()
    producer = clients.producer(bootstrap)

    def answer() -> None:
        while not stop.is_set():
            for records in consumer.poll(timeout_ms=100).values():
                for record in records:
                    submission = codec.decode(record.value)
                    assert isinstance(submission, AchievementRegistered)
                    producer.send(answers, value=codec.encode(receipt(submission)), key=record.key)
            producer.flush()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        consumer.close()
        producer.close()


def test_an_unknown_institution_is_admitted_once(bootstrap: str, institution: str) -> None:
    assert admittance.admit_unknown(bootstrap, [institution], NOW) == [institution]
    assert not admittance.admit_unknown(bootstrap, [institution], NOW)


def test_every_row_lands_in_the_inbox_in_the_order_of_the_file(bootstrap: str, institution: str, file: Path) -> None:
    summary = imported(bootstrap, institution, file, wait=False)
    records = read(bootstrap, topics.inbox(institution).name, summary.sent)

    assert summary.sent == 1200
    assert [record.achievement_id for record in records if isinstance(record, AchievementRegistered)] == [
        str(number) for number in range(1200)
    ]


def test_who_waits_is_told_of_every_receipt_and_again_when_it_is_imported_again(
    bootstrap: str, institution: str, file: Path
) -> None:
    admittance.admit_unknown(bootstrap, [institution], NOW)
    with admission(bootstrap, institution):
        first = imported(bootstrap, institution, file, wait=True)
        again = imported(bootstrap, institution, file, wait=True)

    assert (first.rows, first.accepted, first.refused) == (1200, 1199, 1)
    assert again == first


def test_receipts_that_never_come_are_not_waited_for_without_end(bootstrap: str, institution: str) -> None:
    admittance.admit_unknown(bootstrap, [institution], NOW)
    with Receipts(bootstrap, institution, Clock(31.0)) as receipts:
        receipts.expect(uuid.uuid4(), Sent(2, "1"))
        with pytest.raises(Unavailable, match="1 receipts did not come"):
            list(receipts.rest())
