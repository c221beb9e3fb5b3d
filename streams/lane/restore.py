"""Reads the state of shards back from their sources."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence

from confluent_kafka import OFFSET_BEGINNING, Message

from infra import metrics, reading
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
        message.headers() or (),
    )


class GivenUp(BaseException):
    """Nobody wants the shard any more; not an error, so nothing that catches errors sees it."""


class Restorer:
    """Restores shards of one lane."""

    def __init__(self, bootstrap: str, plan: LanePlan, snapshots: Snapshots | None = None) -> None:
        self._bootstrap = bootstrap
        self._plan = plan
        self._snapshots = snapshots
        self._set_aside: frozenset[Origin] | None = None

    def restore(self, keys: Sequence[str], committed: Mapping[Place, int]) -> dict[str, Shard]:
        """Fresh shards for ``keys`` with all that their sources hold. Raises ``Unavailable``."""
        shards = {key: self._plan.shard(key) for key in keys}
        if not shards:
            return {}
        with metrics.LANE_RESTORE_SECONDS.labels(self._plan.name).time():
            self._read(shards, self._sources(keys, is_governing=True), committed, {}, lambda: True)
            known = self._recalled(shards, committed)
            self._read(shards, self._sources(keys, is_governing=False), committed, known, lambda: True)
            for shard in shards.values():
                shard.restored()
        return shards

    def fill(self, key: str, successor: Shard, committed: Mapping[Place, int], is_wanted: Callable[[], bool]) -> None:
        """Give ``successor`` all that the sources of ``key`` hold, but for what governs them.

        Raises ``Unavailable``, and ``GivenUp`` once it is not wanted any more.
        """
        self._read({key: successor}, self._sources([key], is_governing=False), committed, {}, is_wanted)
        successor.restored()

    def _recalled(self, shards: Mapping[str, Shard], committed: Mapping[Place, int]) -> dict[Place, int]:
        """How far shards know the log already, from what was kept of them."""
        known: dict[Place, int] = {}
        for key, shard in shards.items() if self._snapshots is not None else ():
            assert self._snapshots is not None
            known.update(self._snapshots.recall(key, shard, committed))
        return known

    def _sources(self, keys: Sequence[str], is_governing: bool) -> dict[Place, tuple[str, Source]]:
        return {
            (source.topic, source.partition): (key, source)
            for key in keys
            for source in self._plan.sources(key)
            if (source.topic in self._plan.governing) == is_governing
        }

    def _read(
        self, shards: Mapping[str, Shard], sources: Mapping[Place, tuple[str, Source]],
        committed: Mapping[Place, int], known: Mapping[Place, int], is_wanted: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._set_aside = None
        restored = metrics.LANE_RESTORED.labels(self._plan.name)
        spans = self._spans({place: source for place, (_, source) in sources.items()}, committed, known)
        for message in reading.records(self._bootstrap, spans):
            if not is_wanted():
                raise GivenUp
            key, source = sources[message.topic(), message.partition()]
            self._load(shards[key], source, as_input(message))
            restored.inc()

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
            found = (origin(message.headers() or ()) for message in self._quarantine())
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
