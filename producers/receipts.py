"""Waits for the receipts of what was sent."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition

from infra import clients
from schemas import codec, topics
from schemas.errors import Unavailable
from schemas.records import Fault, Receipt, SubmissionAccepted

#: How long nothing may come before the wait is given up, in seconds.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A row that was sent and has no receipt yet."""

    line: int
    subject_id: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The receipt of a row: accepted without faults, or refused with all of them."""

    line: int
    subject_id: str
    faults: tuple[Fault, ...]


class ReceiptLog:
    """The receipts of one institution, one after the other: from now on, or from the first one."""

    def __init__(self, bootstrap: str, institution_id: str, *, from_start: bool = False) -> None:
        self.topic = topics.receipts(institution_id).name
        self._consumer: KafkaConsumer = clients.consumer(bootstrap, group_id=None)
        partition = TopicPartition(self.topic, 0)
        self._consumer.assign([partition])
        if from_start:
            self._consumer.seek_to_beginning(partition)
        else:
            self._consumer.seek(partition, self._consumer.end_offsets([partition])[partition])

    def read(self, timeout: float = 0.0) -> Iterator[Receipt]:
        """Receipts that are there now, or come within ``timeout`` seconds."""
        for records in self._consumer.poll(timeout_ms=int(timeout * 1000), max_records=2000).values():
            for record in records:
                receipt = codec.decode(record.value)
                if isinstance(receipt, Receipt):
                    yield receipt

    def close(self) -> None:
        """Let Kafka go."""
        self._consumer.close()


class Receipts:
    """The receipts of one institution from now on: make it before anything is sent."""

    def __init__(self, bootstrap: str, institution_id: str, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._pending: dict[uuid.UUID, list[Sent]] = {}
        self._log = ReceiptLog(bootstrap, institution_id)

    def __enter__(self) -> Receipts:
        return self

    def __exit__(self, *reason: object) -> None:
        self._log.close()

    @property
    def waiting(self) -> int:
        """Submissions without a receipt."""
        return len(self._pending)

    def expect(self, submission_id: uuid.UUID, sent: Sent) -> None:
        """Waits for this one too; rows with one id share one receipt."""
        self._pending.setdefault(submission_id, []).append(sent)

    def arrived(self, timeout: float = 0.0) -> Iterator[Answered]:
        """Receipts that are there now, or come within ``timeout`` seconds."""
        for receipt in self._log.read(timeout):
            faults = () if isinstance(receipt, SubmissionAccepted) else receipt.faults
            for sent in self._pending.pop(receipt.submission_id, ()):
                yield Answered(sent.line, sent.subject_id, faults)

    def rest(self) -> Iterator[Answered]:
        """All that are still awaited; raises ``Unavailable`` when none came for a minute."""
        deadline = self._monotonic() + PATIENCE
        while self._pending:
            for answered in self.arrived(0.2):
                deadline = self._monotonic() + PATIENCE
                yield answered
            if self._monotonic() > deadline:
                raise Unavailable(
                    f"{len(self._pending):,} receipts did not come: none for {PATIENCE:.0f} s on {self._log.topic}; is "
                    "admission running? (`techdock status`) What was sent is kept; the same import again does no harm"
                )
