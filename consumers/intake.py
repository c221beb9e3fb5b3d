"""The records of many partitions, from positions that are kept elsewhere.

Kafka's group shares the partitions out and shows the lag; where to read from is never asked of it. A partition that
was just assigned stands still until it is told its position. A position outside the log raises ``Misconfigured``
instead of starting somewhere else unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import ConsumerRebalanceListener
from kafka.errors import KafkaError, OffsetOutOfRangeError
from kafka.structs import OffsetAndMetadata

from consumers.readers import reader
from consumers.store import Place
from schemas.errors import Misconfigured, Unavailable

Records = Mapping[Place, Sequence[Any]]
#: Milliseconds until a new institution's topic is noticed.
_NOTICED_WITHIN = 1000


@dataclass(frozen=True, slots=True)
class Sources:
    """What to read: topics by pattern, and which of them carries bytes that are nobody's records."""

    pattern: str
    quarantine: str
    group: str


class Intake:
    """A member of a consumer group whose positions are given to it."""

    def __init__(self, bootstrap: str, sources: Sources, largest: int = 2000) -> None:
        self._consumer = reader(
            bootstrap,
            group_id=sources.group,
            metadata_max_age_ms=_NOTICED_WITHIN,
            # The least that brokers allow: how long a member that was killed keeps its partitions.
            session_timeout_ms=6_000,
            max_poll_records=largest,
        )
        self._listener = _Listener(self._consumer)
        self._consumer.subscribe(pattern=sources.pattern, listener=self._listener)

    @property
    def waiting(self) -> frozenset[Place]:
        """The partitions held, once after each assignment: they stand still until ``start_at``."""
        return self._listener.waiting

    def start_at(self, positions: Mapping[Place, int]) -> None:
        """Goes on from these positions, and shows them to the group."""
        held = self._consumer.assignment()
        for partition in held:
            at = positions.get(Place(*partition))
            if at is not None:
                self._consumer.seek(partition, at)
                self._consumer.resume(partition)
        self._listener.waiting = frozenset(Place(*partition) for partition in held) - set(positions)
        self.show(positions)

    def again(self) -> frozenset[Place]:
        """Stops all partitions held, to be told their positions again; returns them."""
        self._listener.on_partitions_assigned(self._consumer.assignment())
        return self._listener.waiting

    def read(self, seconds: float) -> Records:
        """The next records, as soon as there are any; none once ``seconds`` have passed.

        Raises ``Unavailable`` or ``Misconfigured``.
        """
        try:
            records: Records = self._consumer.poll(timeout_ms=int(seconds * 1000))
        except OffsetOutOfRangeError as error:
            raise Misconfigured(
                [f"the log does not hold these positions: {error.args}; `python -m consumers rebuild` starts again"]
            ) from error
        except KafkaError as error:
            raise Unavailable(f"Kafka does not answer: {error!r}") from error
        return {Place(*partition): batch for partition, batch in records.items()}

    def show(self, positions: Mapping[Place, int]) -> None:
        """Tells the group where we are, for whoever measures lag; nobody reads on from it."""
        held = {Place(*partition): partition for partition in self._consumer.assignment()}
        shown = {held[place]: OffsetAndMetadata(at, "", -1) for place, at in positions.items() if place in held}
        if shown:
            self._consumer.commit_async(shown)

    def lag(self) -> Mapping[Place, int]:
        """Offsets that wait, in each partition that has been read from."""
        found: dict[Place, int] = {}
        for partition in self._consumer.assignment() - self._consumer.paused():
            end = self._consumer.highwater(partition)
            if end is not None:
                found[Place(*partition)] = max(0, end - (self._consumer.position(partition, timeout_ms=100) or 0))
        return found

    def close(self) -> None:
        """Leaves the group, so that others go on at once."""
        self._consumer.close(autocommit=False, timeout_ms=1000)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Holds every partition that comes still. It runs inside the client, which swallows errors: no IO here."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self.waiting: frozenset[Place] = frozenset()

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        gone = {Place(*partition) for partition in revoked}
        self.waiting -= gone

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        partitions = list(assigned)
        for partition in partitions:
            self._consumer.pause(partition)
            # Any position will do while it is paused; without one the client would ask the group for it.
            self._consumer.seek(partition, 0)
        self.waiting = frozenset(Place(*partition) for partition in partitions)
