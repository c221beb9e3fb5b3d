"""What a lane is: its inputs, the shards it decides in, and where their state comes from."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

Headers = Sequence[tuple[str, bytes | str | None]]


class Input(NamedTuple):
    """One record as a decision sees it. ``timestamp`` is in milliseconds since 1970 (UTC)."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Output(NamedTuple):
    """One record to write.

    ``then`` makes further outputs once the partition and offset of this one are known. They are written after all
    outputs of the batch, in the order of the decisions; ``is_late`` puts an output among them. Without headers it gets
    the attributes of an event, unless ``is_copy``: another output of the same decision tells the event.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    timestamp: int
    partition: int = -1
    headers: Headers = ()
    then: Callable[[tuple[int, int]], Iterable[Output]] | None = None
    is_late: bool = False
    is_copy: bool = False


class Until(enum.Enum):
    """How far a source is read while restoring."""

    #: To what has been written by now; for topics that the lane itself writes.
    END = enum.auto()
    #: To the lane's own committed position; for inputs that are themselves the state.
    COMMITTED = enum.auto()


@dataclass(frozen=True, slots=True)
class Source:
    """One partition that a shard's state is restored from."""

    topic: str
    partition: int
    until: Until
    #: Read only this many of the last records; ``None`` reads all.
    last: int | None = None


class Shard(Protocol):
    """What must be decided in one place, with its state.

    ``decide`` is given every record once and in order. It may raise: then nothing of this record counts, the state
    is restored and the record is tried again.
    """

    def load(self, record: Input) -> None:
        """Take in a record of a source, while restoring."""

    def restored(self) -> None:
        """All sources are read."""

    def decide(self, record: Input) -> Iterable[Output]:
        """What follows from ``record``."""

    def settle(self) -> Iterable[Output]:
        """What follows from all records since the last call; called before each commit."""


@runtime_checkable
class Renewing(Shard, Protocol):
    """A shard that gives its place to a successor when a governing topic says that records mean something else.

    What such a topic says is given to ``decide`` and changes nothing at once, except what is wanted.
    """

    @property
    def wanted(self) -> str | None:
        """The name of what it should follow and does not yet; ``None`` where it follows the latest word."""

    @property
    def is_current(self) -> bool:
        """Whether it follows the latest word there is; not where there has been none."""

    def successor(self) -> Shard:
        """A shard that follows what is wanted, without any record as yet."""

    def hand_over(self, successor: Shard) -> Iterable[Output]:
        """What follows when ``successor`` takes its place; both have taken in the same records."""


@runtime_checkable
class Lasting(Shard, Protocol):
    """A shard whose state may be kept on this machine, so that it need not be read back whole."""

    def image(self) -> object:
        """The state as it is between two transactions, which later changes leave alone; it can be pickled."""

    def recall(self, image: object) -> None:
        """Take on a state that was kept, made under the same governing records."""


@dataclass(frozen=True, slots=True)
class LanePlan:
    """A lane as data. Topics that start with ``^`` are patterns."""

    name: str
    inputs: tuple[str, ...]
    shard_of: Callable[[str, int], str]
    sources: Callable[[str], Sequence[Source]]
    shard: Callable[[str], Shard]
    #: Inputs that say what the others mean: read first while restoring, and loaded into no successor. The lane's
    #: position moves past a record of theirs when the shard follows it. Shards of such a lane are ``Renewing``.
    governing: frozenset[str] = frozenset()
    #: Topics of the lane's own that only shorten the way back: read before the facts, by shards of which nothing was
    #: kept. What they say must never make another state.
    hints: frozenset[str] = frozenset()
    #: Inputs of which only the last record counts.
    passing: frozenset[str] = frozenset()
    #: Topics of one partition that each worker hears whole, and what takes their records in: before each batch up to
    #: their ends at that time. What is decided must not depend on how much more was heard, or say how far that was.
    hears: tuple[str, ...] = ()
    hear: Callable[[Input], None] | None = None
    #: Most records in one transaction.
    batch: int = 1000
    #: Seconds to wait for more records once there is one: fewer, larger transactions are what the broker likes. As
    #: long at most, what is decided waits for more to be sent with it, but for the last of a transaction.
    linger: float = 0.04
    #: How often a record that cannot be decided is tried before it goes to quarantine.
    tries: int = 5
    #: Seconds before the second try; doubled for each further one.
    backoff: float = 0.2
    #: Records one run may send to quarantine before it stops for a person to look.
    quarantine_limit: int = 10_000
    #: What took longest of late, told by ``techdock status``: ids have no place in a metric.
    slowest: Callable[[], Sequence[Mapping[str, object]]] | None = None

    def of_shard(self, key: str, positions: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], int]:
        """Those of ``positions``, by topic and partition, that belong to a shard."""
        return {place: position for place, position in positions.items() if self.shard_of(*place) == key}


def by_partition(_topic: str, partition: int) -> str:
    """Shards of lanes that join topics: partition *p* of each input is decided in one place."""
    return str(partition)


def by_topic(topic: str, partition: int) -> str:
    """Shards of lanes whose inputs are independent of one another."""
    return f"{topic}:{partition}"
