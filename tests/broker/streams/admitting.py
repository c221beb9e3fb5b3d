"""Admission at work over some institutions of a test's own, on the broker that all share."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from infra.reading import committed_records
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.quarantine import History, told
from schemas.records import Receipt
from streams.admission import plan
from streams.lane import Lane, Seat
from tests.broker.streams import lanes


def until(outcome: Callable[[], bool], seconds: float = 30.0) -> None:
    """Waits for an outcome."""
    deadline = time.monotonic() + seconds
    while not outcome():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.05)


@dataclass
class Admitting:
    """Institutions with their inboxes, and what became of what they said."""

    bootstrap: str
    group: str
    institutions: Sequence[str]
    failed: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        wanted = [topics.QUARANTINE, topics.QUARANTINE_ACTS, topics.ACHIEVEMENTS, topics.NEGOTIATIONS]
        wanted += [topics.INSTITUTIONS]
        wanted += [make(one) for one in self.institutions for make in (topics.inbox, topics.receipts)]
        with KafkaCluster(self.bootstrap) as cluster:
            known = cluster.topics()
            cluster.create([topic for topic in wanted if topic.name not in known])
        self._producer = Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 5})
        self._asking = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.group})

    def say(self, institution_id: str, value: bytes, key: str = "A1", **headers: bytes) -> None:
        """A record in an inbox, sooner or later; see ``flush``."""
        topic = topics.inbox(institution_id).name
        self._producer.produce(topic, value, key.encode(), headers=list(headers.items()))

    def flush(self) -> None:
        assert self._producer.flush(30) == 0

    def wait(self, seconds: float) -> None:
        """Lets time pass while records go out."""
        self._producer.poll(seconds)

    def position(self, institution_id: str) -> int:
        """Up to where admission has worked off an inbox; -1 while the broker does not know."""
        try:
            (found,) = self._asking.committed([TopicPartition(topics.inbox(institution_id).name, 0)], 30)
        except KafkaException as error:
            # A group that is new has no coordinator for a moment.
            if error.args[0].code() not in (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE):
                raise
            return -1
        return int(found.offset)

    def close(self) -> None:
        self._asking.close()

    def registered(self) -> dict[str, list[int]]:
        """The versions of each achievement by its reference, in the order of the register."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for message in committed_records(self.bootstrap, [topics.ACHIEVEMENTS.name]):
            if message.key().decode().partition("/")[0] in self.institutions:
                _, values = codec.decode_fields(message.value())
                found[message.key().decode()].append(values["version"])
        return dict(found)

    def receipts(self, institution_id: str) -> list[Receipt]:
        read = committed_records(self.bootstrap, [topics.receipts(institution_id).name])
        return [one for message in read if isinstance(one := codec.decode(message.value()), Receipt)]

    def quarantined(self, institution_id: str) -> list[tuple[History, bytes | None]]:
        """What of an institution lies in quarantine, in order."""
        found = []
        for message in committed_records(self.bootstrap, [topics.QUARANTINE.name]):
            history, _ = told(message.headers() or ())
            if history is not None and history.topic == topics.inbox(institution_id).name:
                found.append((history, message.value()))
        return found


@contextmanager
def admitting(
    bootstrap: str, *names: str, schema_by_id: codec.SchemaById | None = None, run_folder: Path | None = None
) -> Iterator[Admitting]:
    """Admission over institutions of these names, made unique; one worker in a thread."""
    unique = f"q{uuid.uuid4().hex[:8]}"
    made = Admitting(bootstrap, f"techdock.{unique}", [f"{unique}-{name}" for name in names])
    with worker(made, schema_by_id, run_folder):
        try:
            yield made
        finally:
            made.close()


@contextmanager
def worker(
    made: Admitting, schema_by_id: codec.SchemaById | None = None, run_folder: Path | None = None
) -> Iterator[None]:
    """Admission over these institutions for as long as the block runs; the next one goes on where it stopped."""
    unique = made.group.rpartition(".")[2]
    mine = replace(plan(schema_by_id), inputs=(rf"^techdock\.inbox\.{unique}-[a-z0-9]+\.v1$",))
    lane = Lane(mine, Seat(made.bootstrap, unique, made.group, run_folder))
    with lanes.at_work(lane, made.failed):
        yield
