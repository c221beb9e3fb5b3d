"""How many records wait for TechDock's consumer groups, told exactly also where transactions leave their markers.

A transactional topic ends with a marker that is an offset but no record, so a group that has read everything may
stand before the end. Whether a record lies between is not computed but read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.reach import reach
from infra.security import access
from schemas.errors import Unavailable
from schemas.topics import CLOCK

PREFIX = "techdock."
#: The name under which records wait that no group has taken notice of yet.
NOBODY = "(nobody yet)"
_TIMEOUT = 10.0

Lag = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a group stands in a partition.

    ``stable`` is the end of what is decided: it stays before ``end`` while a transaction is open.
    """

    group: str
    topic: str
    partition: int
    committed: int
    end: int
    stable: int


#: Those of the positions behind which at least one committed record lies.
WithRecords = Callable[[Sequence[Position]], set[Position]]


def lag(positions: Iterable[Position], with_records: WithRecords) -> Lag:
    """Offsets that wait, by group and topic; 0 where nothing but markers lies between a group and the end."""
    all_positions = tuple(positions)
    behind = [position for position in all_positions if position.committed < position.end]
    # An open transaction may still commit: whoever stands before it is not done.
    undecided = {position for position in behind if position.stable < position.end}
    waiting = undecided | with_records([position for position in behind if position not in undecided])
    counted: dict[str, dict[str, int]] = {}
    for position in all_positions:
        topics = counted.setdefault(position.group, {})
        offsets = position.end - position.committed if position in waiting else 0
        topics[position.topic] = topics.get(position.topic, 0) + offsets
    return counted


def is_drained(measured: Lag) -> bool:
    """Whether nothing waits anywhere."""
    return not any(offsets for topics in measured.values() for offsets in topics.values())


class KafkaLag:
    """The lag of a real cluster."""

    def __init__(self, bootstrap: str) -> None:
        from confluent_kafka import Consumer
        from confluent_kafka.admin import AdminClient

        reach(bootstrap)
        self._admin = AdminClient({**access.librdkafka(bootstrap), "log_level": 0})
        self._reader = Consumer(
            {
                **access.librdkafka(bootstrap),
                "group.id": "techdock-lag",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                # One record answers the question; do not fetch a megabyte for it. The back-offs default to a second.
                "queued.min.messages": 1,
                "fetch.message.max.bytes": 4096,
                "fetch.wait.max.ms": 10,
                "fetch.error.backoff.ms": 10,
                "fetch.queue.backoff.ms": 10,
                "log_level": 0,
            }
        )

    def __enter__(self) -> KafkaLag:
        return self

    def __exit__(self, *reason: object) -> None:
        self._reader.close()

    def positions(self) -> tuple[Position, ...]:
        """Every partition of every topic that a group of ours has committed in or is assigned.

        Raises ``Unavailable`` where the cluster does not answer.
        """
        from confluent_kafka import KafkaException

        try:
            return self._positions()
        except KafkaException as error:
            raise Unavailable(f"Kafka does not answer: {error.args[0].str()}") from error

    def measure(self) -> Lag:
        """The lag of every group now."""
        return lag(self.positions(), self.with_records)

    def measure_with_size(self) -> tuple[Lag, int]:
        """The same, and a number that moves whenever one of the topics grows."""
        positions = self.positions()
        return lag(positions, self.with_records), sum(position.end for position in positions)

    def with_records(self, positions: Sequence[Position]) -> set[Position]:
        """Reads on from each position until a record or the end of the partition comes."""
        # A consumer can stand at one place of a partition at a time; groups that stand at the same one share an answer.
        rounds: list[dict[tuple[str, int], list[Position]]] = []
        for position in positions:
            at = (position.topic, position.partition)
            fitting = (r for r in rounds if at not in r or r[at][0].committed == position.committed)
            one = next(fitting, None)
            if one is None:
                one = {}
                rounds.append(one)
            one.setdefault(at, []).append(position)
        found: set[Position] = set()
        for one in rounds:
            for first in self._with_records([standing[0] for standing in one.values()]):
                found.update(one[first.topic, first.partition])
        return found

    def _with_records(self, positions: Sequence[Position]) -> set[Position]:
        from confluent_kafka import KafkaError, TopicPartition

        open_questions = {(position.topic, position.partition): position for position in positions}
        self._reader.assign([TopicPartition(p.topic, p.partition, p.committed) for p in positions])
        found: set[Position] = set()
        deadline = time.monotonic() + _TIMEOUT
        while open_questions and time.monotonic() < deadline:
            message = self._reader.poll(0.2)
            if message is None:
                continue
            at = (message.topic(), message.partition())
            problem = message.error()
            if problem is None and at in open_questions:
                found.add(open_questions.pop(at))
            elif problem is not None and problem.code() == KafkaError._PARTITION_EOF:
                open_questions.pop(at, None)
        self._reader.unassign()
        # What was not answered in time counts as waiting.
        return found | set(open_questions.values())

    def _positions(self) -> tuple[Position, ...]:
        committed = {group: self._committed(group) for group in self._groups()}
        sizes = {
            name: len(topic.partitions) for name, topic in self._admin.list_topics(timeout=_TIMEOUT).topics.items()
        }
        noticed = {topic for offsets in committed.values() for topic, _ in offsets}
        committed[NOBODY] = {
            (name, 0): -1 for name in sizes if name.startswith(f"{PREFIX}inbox.") and name not in noticed
        }
        wanted = {
            (topic, partition)
            for offsets in committed.values()
            for topic in {topic for topic, _ in offsets}
            for partition in range(sizes.get(topic, 0))
        }
        first, stable, end = (self._offsets(wanted, which) for which in ("first", "stable", "end"))
        return tuple(
            Position(
                group, *at, max(offsets.get(at, -1), first[at]), end[at], stable[at]
            )
            for group, offsets in committed.items()
            for at in sorted(wanted)
            if at[0] in {topic for topic, _ in offsets}
        )  # fmt: skip

    def _groups(self) -> list[str]:
        listed = self._admin.list_consumer_groups(request_timeout=_TIMEOUT).result()
        return sorted(group.group_id for group in listed.valid if group.group_id.startswith(PREFIX))

    def _committed(self, group: str) -> dict[tuple[str, int], int]:
        """The group's offsets; -1 where a member holds a partition and nothing has been committed."""
        from confluent_kafka import ConsumerGroupTopicPartitions

        (described,) = self._admin.describe_consumer_groups([group], request_timeout=_TIMEOUT).values()
        held = [at for member in described.result().members for at in member.assignment.topic_partitions]
        (listed,) = self._admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group)], request_timeout=_TIMEOUT
        ).values()
        offsets = {(at.topic, at.partition): -1 for at in held}
        offsets.update({(at.topic, at.partition): at.offset for at in listed.result().topic_partitions})
        # The clock ticks for ever: nobody can be done with it, and nobody waits for that.
        return {at: offset for at, offset in offsets.items() if at[0] != CLOCK.name}

    def _offsets(self, wanted: Iterable[tuple[str, int]], which: str) -> dict[tuple[str, int], int]:
        from confluent_kafka import IsolationLevel, TopicPartition
        from confluent_kafka.admin import OffsetSpec

        spec = OffsetSpec.earliest() if which == "first" else OffsetSpec.latest()
        isolation = IsolationLevel.READ_COMMITTED if which == "stable" else IsolationLevel.READ_UNCOMMITTED
        question: dict[Any, Any] = {TopicPartition(*at): spec for at in wanted}
        if not question:
            return {}
        answers = self._admin.list_offsets(question, isolation_level=isolation, request_timeout=_TIMEOUT)
        return {(at.topic, at.partition): answer.result().offset for at, answer in answers.items()}


def wait_until_drained(
    measure: Callable[[], tuple[Lag, int]], deadline: float, calm: float = 1.0, pause: float = 0.2
) -> Lag:
    """Waits until nothing waits and nothing new comes for ``calm`` seconds; returns the last measurement.

    ``measure`` gives the lag and a number that moves whenever a topic grows; ``deadline`` is in monotonic seconds.
    Raises ``Unavailable`` with what still waits when the time is over.
    """
    calm_since: float | None = None
    last_size: int | None = None
    while True:
        measured, size = measure()
        now = time.monotonic()
        if not is_drained(measured) or size != last_size:
            calm_since = None
        if is_drained(measured):
            calm_since = now if calm_since is None else calm_since
            if now - calm_since >= calm:
                return measured
        last_size = size
        if now > deadline:
            raise Unavailable(f"records still wait: {_waiting(measured)}", 10.0)
        time.sleep(pause)


def _waiting(measured: Lag) -> str:
    return ", ".join(
        f"{group} {offsets} in {topic}"
        for group, topics in measured.items()
        for topic, offsets in topics.items()
        if offsets
    )
