"""A program submits, hears what became of it, and tries again without harm."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType

import pytest

from producers.client import PATIENCE, Client
from schemas.errors import Unavailable
from schemas.records import AchievementRegistered, Receipt, Submission, SubmissionAccepted, SubmissionKind, Text

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Kafka:
    """An inbox and its receipts; admission answers what it has not answered, and again what it has."""

    def __init__(self, failures: int = 0, answers: bool = True) -> None:
        self.sent: list[Submission] = []
        self.answered = 0
        self.failures = failures
        self.answers = answers
        self.time = 0.0

    def client(self) -> Client:
        return Client(
            "nowhere:9092", "dlut", sender=lambda _: Sender(self), receipts=lambda _, __: Receipts(self),
            monotonic=self.clock, pause=self.pause,
        )  # fmt: skip

    def clock(self) -> float:
        self.time += 1.0
        return self.time

    def pause(self, seconds: float) -> None:
        self.time += seconds


class Sender:
    """Fails at a flush as often as it is told to, after everything has arrived."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    def send(self, submission: Submission) -> None:
        self._kafka.sent.append(submission)

    def flush(self) -> None:
        if self._kafka.failures:
            self._kafka.failures -= 1
            raise Unavailable("no broker answers")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing to let go."""


class Receipts:
    """Two receipts at a time."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    def read(self, timeout: float = 0.0) -> Iterator[Receipt]:
        assert timeout > 0
        kafka = self._kafka
        if kafka.answers:
            for submission in kafka.sent[kafka.answered : kafka.answered + 2]:
                kafka.answered += 1
                assert isinstance(submission, AchievementRegistered)
                yield SubmissionAccepted(
                    submission.submission_id, "dlut", SubmissionKind.ACHIEVEMENT_REGISTERED,
                    submission.achievement_id, 1, "techdock.achievements.v1", 0, kafka.answered, NOW, None, None,
                )  # fmt: skip

    def close(self) -> None:
        """Nothing to let go."""


def _achievement(number: int) -> AchievementRegistered:
    return AchievementRegistered(uuid.UUID(int=number), "dlut", f"A{number}", 1, NOW, None, Text("pump"))


def test_a_submission_gets_its_receipt() -> None:
    with Kafka().client() as client:
        assert client.submit(_achievement(1)).subject_id == "A1"


def test_many_get_theirs_in_their_order() -> None:
    kafka = Kafka()
    with kafka.client() as client:
        told = list(client.submit_all(_achievement(number) for number in range(2_500)))
    assert [receipt.submission_id.int for _, receipt in told] == list(range(2_500))
    assert all(submission.submission_id == receipt.submission_id for submission, receipt in told)
    assert len(kafka.sent) == 2_500


def test_after_a_failure_the_same_ids_go_again() -> None:
    kafka = Kafka(failures=2)
    with kafka.client() as client:
        told = list(client.submit_all(map(_achievement, range(3))))
    assert [receipt.submission_id.int for _, receipt in told] == [0, 1, 2]
    assert [submission.submission_id.int for submission in kafka.sent] == [0, 1, 2] * 3


def test_one_id_twice_gets_its_receipt_twice() -> None:
    with Kafka().client() as client:
        told = [receipt.submission_id.int for _, receipt in client.submit_all(map(_achievement, (1, 2, 1)))]
    assert told == [1, 2, 1]


def test_all_goes_through_its_own_inbox() -> None:
    made = Client("nowhere:9092", "district-210204", receipts=lambda _, __: Receipts(Kafka()))._make_sender
    assert isinstance(made, functools.partial)
    assert made.keywords == {"through": "district-210204"}


def test_what_stays_away_is_told_in_the_end() -> None:
    silent = Kafka(answers=False)
    with silent.client() as client, pytest.raises(Unavailable, match="is admission running"):
        client.submit(_achievement(1))
    assert silent.time > PATIENCE
    with Kafka(failures=1_000).client() as client, pytest.raises(Unavailable, match="no broker"):
        client.submit(_achievement(1))
