"""Reads the state of shards back from their sources."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from confluent_kafka import OFFSET_BEGINNING, Message

from infra import metrics, reading
from infra.headers import headers_of
from infra.reading import Place
from schemas.topics import QUARANTINE
from streams.lane.plan import Input, LanePlan, Shard, Source, Until
from streams.lane.quarantine import Origin, origin
from streams.lane.snapshots import Snapshots

log = logging.getLogger(__name__)


def as_input(message: Message) -> Input:
    """A message of librdkafka as the value our decisions take."""
    return Input(
        message.topic(),
        message.partition(),
        message.offset(),
        message.timestamp()[1],
        message.key(),
        message.value(),
        headers_of(message),
    )


class GivenUp(BaseException):
    """Nobody wants the shard any more; not an error, so nothing that catches errors sees it."""


class Restoration:
    """Shards of a lane on their way back, for as long as they are wanted; ``go_on`` brings them further."""

    def __init__(
        self, shards: dict[str, Shard], committed: Mapping[Place, int], steps: Iterator[None], lane: str
    ) -> None:  # fmt: skip
        self.shards = shards
        #: The positions that they are restored to.
        self.committed = committed
        self._steps = steps
        self._lane = lane
        self._began = time.monotonic()

    def go_on(self, seconds: float) -> bool:
        """Work for about so long; whether all is done. Raises ``Unavailable``."""
        until = time.monotonic() + seconds
        for _ in self._steps:
            if time.monotonic() > until:
                return False
        metrics.LANE_RESTORE_SECONDS.labels(self._lane).observe(time.monotonic() - self._began)
        return True


class Restorer:
    """Restores shards of one lane."""

    def __init__(self, bootstrap: str, plan: LanePlan, snapshots: Snapshots | None = None) -> None:
        self._bootstrap = bootstrap
        self._plan = plan
        self._snapshots = snapshots
        self._set_aside: frozenset[Origin] | None = None

    def begin(self, keys: Iterable[str], committed: Mapping[Place, int]) -> Restoration:
        """Fresh shards for ``keys`` on their way to all that their sources hold."""
        shards = {key: self._plan.shard(key) for key in sorted(keys)}
        return Restoration(shards, committed, self._steps(shards, committed), self._plan.name)

    def fill(self, key: str, successor: Shard, committed: Mapping[Place, int], is_wanted: Callable[[], bool]) -> None:
        """Give ``successor`` all that the sources of ``key`` hold, but for what governs them and for hints.

        Raises ``Unavailable``, and ``GivenUp`` once it is not wanted any more.
        """
        for _ in self._read({key: successor}, self._sources([key], self._is_fact), committed, {}):
            if not is_wanted():
                raise GivenUp
        successor.restored()

    def _steps(self, shards: Mapping[str, Shard], committed: Mapping[Place, int]) -> Iterator[None]:
        """Restores ``shards`` record by record; one that is taken out meanwhile is spared the rest."""
        plan = self._plan
        yield from self._read(shards, self._sources([*shards], plan.governing.__contains__), committed, {})
        known = self._recalled(shards, committed)
        fresh = [key for key in shards if not plan.of_shard(key, known)]
        yield from self._read(shards, self._sources(fresh, plan.hints.__contains__), committed, {})
        yield from self._read(shards, self._sources([*shards], self._is_fact), committed, known)
        for shard in [*shards.values()]:
            shard.restored()
            yield

    def _recalled(self, shards: Mapping[str, Shard], committed: Mapping[Place, int]) -> dict[Place, int]:
        """How far shards know the log already, from what was kept of them."""
        known: dict[Place, int] = {}
        for key, shard in shards.items() if self._snapshots is not None else ():
            assert self._snapshots is not None
            known.update(self._snapshots.recall(key, shard, committed))
        return known

    def _is_fact(self, topic: str) -> bool:
        return topic not in self._plan.governing | self._plan.hints

    def _sources(self, keys: Iterable[str], are_meant: Callable[[str], bool]) -> dict[Place, tuple[str, Source]]:
        return {
            (source.topic, source.partition): (key, source)
            for key in keys
            for source in self._plan.sources(key)
            if are_meant(source.topic)
        }

    def _read(
        self, shards: Mapping[str, Shard], sources: Mapping[Place, tuple[str, Source]],
        committed: Mapping[Place, int], known: Mapping[Place, int],
    ) -> Iterator[None]:  # fmt: skip
        self._set_aside = None
        restored = metrics.LANE_RESTORED.labels(self._plan.name)
        spans = self._spans({place: source for place, (_, source) in sources.items()}, committed, known)
        for message in reading.records(self._bootstrap, spans):
            key, source = sources[message.topic(), message.partition()]
            if key in shards:
                self._load(shards[key], source, as_input(message))
                restored.inc()
            yield

    def _load(self, shard: Shard, source: Source, record: Input) -> None:
        try:
            shard.load(record)
        except Exception as error:
            if source.until is Until.END:
                raise
            if not self._was_set_aside(record):
                # It was decided once, so it counts: going on without it would make another state of the same facts.
                log.error(
                    "lane %s: %s[%d] at %d was decided and cannot be taken in any more: this release does not "
                    "understand what a former one did", self._plan.name, record.topic, record.partition, record.offset,
                )  # fmt: skip
                raise
            metrics.LANE_LEFT_OUT.labels(self._plan.name).inc()
            log.warning(
                "lane %s: %s[%d] at %d is left out of the state, as it was when it went to quarantine: %r",
                self._plan.name, record.topic, record.partition, record.offset, error,
            )  # fmt: skip

    def _was_set_aside(self, record: Input) -> bool:
        if self._set_aside is None:
            found = (origin(headers_of(message)) for message in self._quarantine())
            self._set_aside = frozenset(one for one in found if one is not None)
        return (self._plan.name, record.topic, record.partition, record.offset) in self._set_aside

    def _quarantine(self) -> Iterator[Message]:
        return reading.committed_records(self._bootstrap, [QUARANTINE.name])

    def _spans(
        self, sources: Mapping[Place, Source], committed: Mapping[Place, int], known: Mapping[Place, int]
    ) -> dict[Place, tuple[int, int]]:  # fmt: skip
        ends = reading.ends(self._bootstrap, [place for place, source in sources.items() if source.until is Until.END])
        spans = {}
        for place, source in sources.items():
            end = ends.get(place, committed.get(place, 0))
            start = max(known.get(place, 0), 0 if source.last is None else end - source.last)
            if start < end:
                spans[place] = (start or OFFSET_BEGINNING, end)
        return spans
