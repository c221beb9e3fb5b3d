"""Makes shards anew in the background while those that serve go on.

    governing record ──▶ Shard.decide ──▶ wanted ──▶ successor
                                                         │
      sources, up to the lane's position ────────────────┤ a thread reads them back
      records that the lane decided since then ──────────┤
                                                         ▼
      one transaction: what ``hand_over`` tells, and the position after the governing record

So the position in a governing topic says under which of its words all was told that was told. After a crash, at any
moment, the record that was not followed yet is heard again.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence

from infra import metrics
from infra.reading import Place
from streams.lane.background import Begin, in_a_thread
from streams.lane.plan import Input, LanePlan, Output, Renewing, Shard
from streams.lane.restore import GivenUp

log = logging.getLogger(__name__)

#: Gives a fresh shard all that the sources of its key hold up to positions, as long as it is wanted.
Fill = Callable[[str, Shard, Mapping[Place, int], Callable[[], bool]], None]
#: Seconds after which a successor that failed is tried again.
_RETRY_AFTER = 30.0


class _Build:
    """A successor on its way."""

    def __init__(self, name: str, successor: Shard, began: float, word: Mapping[Place, int]) -> None:
        self.name = name
        self.began = began
        self.successor = successor
        #: The position after the governing record that it follows.
        self.word = word
        #: What the lane decided since the positions that the sources are read to.
        self.tail: deque[Input] = deque()
        self.is_wanted = True
        self.is_ready = False
        self.failed_at: float | None = None

    def catch_up(self) -> None:
        """Take in what came meanwhile."""
        while self.tail and self.is_wanted:
            self.successor.load(self.tail.popleft())
        self.successor.restored()


class Renewals:
    """The successors that one worker's share of a lane is making. All but the work itself is for the lane's thread."""

    def __init__(
        self, plan: LanePlan, fill: Fill, begin: Begin = in_a_thread, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._plan = plan
        self._fill = fill
        self._begin = begin
        self._clock = clock
        self._builds: dict[str, _Build] = {}
        #: Positions after the last records of governing topics, and after those that shards began to follow.
        self._heard: dict[Place, int] = {}
        self._followed: dict[Place, int] = {}

    @property
    def are_ready(self) -> bool:
        """Whether any successor can take its place."""
        return any(build.is_ready for build in self._builds.values())

    def take_over(self, shards: MutableMapping[str, Shard]) -> Iterator[Output]:
        """Put successors that are ready in their places in ``shards``; what follows from that."""
        for key in [key for key, build in self._builds.items() if build.is_ready]:
            build, former = self._builds.pop(key), shards[key]
            assert isinstance(former, Renewing)
            build.catch_up()
            yield from former.hand_over(build.successor)
            shards[key] = build.successor
            self._followed.update(build.word)
            self._count("done")
            metrics.LANE_RENEWAL_SECONDS.labels(self._plan.name).observe(self._clock() - build.began)
            log.info("lane %s: shard %s follows %s", self._plan.name, key, build.name)

    def holds(self, record: Input) -> bool:
        """Whether the position of ``record`` is to wait until its shard follows what it says."""
        if record.topic not in self._plan.governing:
            return False
        self._heard[record.topic, record.partition] = record.offset + 1
        return True

    def released(self, shards: Mapping[str, Shard]) -> dict[Place, int]:
        """Positions in governing topics up to which shards follow what was heard, each told once."""
        positions, self._followed = self._followed, {}
        for place in [place for place in self._heard if _wanted(shards[self._plan.shard_of(*place)]) is None]:
            positions[place] = self._heard.pop(place)
        return positions

    def committed(
        self, decided: Sequence[Input], shards: Mapping[str, Shard], positions: Mapping[Place, int]
    ) -> None:  # fmt: skip
        """What the lane decided up to ``positions``; successors that are wanted from here on begin."""
        for record in decided if self._builds else ():
            build = self._builds.get(self._plan.shard_of(record.topic, record.partition))
            if build is not None and build.failed_at is None and record.topic not in self._plan.governing:
                build.tail.append(record)
        renewing = {key: shard for key, shard in shards.items() if isinstance(shard, Renewing)}
        for key, shard in renewing.items():
            self._look(key, shard, positions)
        if self._plan.governing:
            behind = sum(not shard.is_current for shard in renewing.values())
            metrics.LANE_SHARDS_BEHIND.labels(self._plan.name).set(behind)

    def keep(self, keys: set[str]) -> None:
        """Give up what is made for any other shard."""
        for key in self._builds.keys() - keys:
            self._give_up(key)
        self._heard = self._of(keys)
        self._followed.clear()

    def _look(self, key: str, shard: Renewing, positions: Mapping[Place, int]) -> None:
        wanted, build = shard.wanted, self._builds.get(key)
        if build is not None:
            is_done_with = build.failed_at is not None and self._clock() - build.failed_at > _RETRY_AFTER
            if build.name == wanted and not is_done_with:
                return
            self._give_up(key)
        if wanted is not None:
            build = _Build(wanted, shard.successor(), self._clock(), self._of({key}))
            self._start(key, build, dict(positions))

    def _of(self, keys: set[str]) -> dict[Place, int]:
        return {place: end for place, end in self._heard.items() if self._plan.shard_of(*place) in keys}

    def _start(self, key: str, build: _Build, positions: Mapping[Place, int]) -> None:
        log.info("lane %s: shard %s is made anew to follow %s", self._plan.name, key, build.name)
        self._builds[key] = build

        def work() -> None:
            try:
                self._fill(key, build.successor, positions, lambda: build.is_wanted)
                while build.tail and build.is_wanted:
                    build.catch_up()
                build.is_ready = build.is_wanted
            except GivenUp:
                log.info("lane %s: shard %s need not follow %s any more", self._plan.name, key, build.name)
            except Exception:
                # The shard that serves goes on: that its successor failed must not end it.
                log.exception(
                    "lane %s: shard %s cannot follow %s; it is tried again in %.0f s",
                    self._plan.name, key, build.name, _RETRY_AFTER,
                )  # fmt: skip
                metrics.LANE_FAILURES.labels(self._plan.name, "renewal").inc()
                self._count("failed")
                build.failed_at = self._clock()
                build.tail.clear()

        self._begin(work)

    def _give_up(self, key: str) -> None:
        build = self._builds.pop(key)
        build.is_wanted = False
        if build.failed_at is None:
            self._count("replaced")

    def _count(self, result: str) -> None:
        metrics.LANE_RENEWALS.labels(self._plan.name, result).inc()


def _wanted(shard: Shard) -> str | None:
    return shard.wanted if isinstance(shard, Renewing) else None
