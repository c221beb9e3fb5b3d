"""Duplicates: achievements of two institutions that may be one and the same are suspected, and matched once.

    achievements ──▶ duplicates ──▶ achievement-sketches ─┐   sketched where they lie, by partition
                                                          │
                 ┌────────────────────────────────────────┘
                 ▼
    sketches, decisions ──▶ duplicates ──▶ duplicates         suspected and retracted, with the evidence
                               │    └────▶ representations    who stands for whom in matches
                         [MatchedOnce]                        rebuilt from the same topics

Any two achievements may be the same, so all sketches meet in one partition; making them is what takes time, and is
shared out. Suspicions are told by every event, representation once per batch, for what changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from infra import metrics
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import (
    AchievementRegistered,
    AchievementSketched,
    AchievementWithdrawn,
    DuplicateResolved,
    DuplicateRetracted,
    DuplicateSuspected,
    Record,
    RepresentationChanged,
)
from streams.domain.duplicates import Evidence, Pair, sketched
from streams.domain.matched_once import MatchedOnce
from streams.lane import Input, LanePlan, Output, Source, Until

#: Between both references in a key: no id holds a control character.
_SEPARATOR = "\x1f"
#: The shard in which all sketches meet.
_MEETING = "meeting"


class SketchingShard:
    """The achievements of one partition on their way to where all meet; it remembers nothing."""

    def load(self, record: Input) -> None:
        """Nothing to remember."""

    def restored(self) -> None:
        """Nothing to do."""

    def decide(self, record: Input) -> Iterable[Output]:
        """The sketch of an achievement, or its withdrawal."""
        match fact := codec.decode(record.value):
            case AchievementRegistered():
                data = codec.encode(sketched(fact))
                yield Output(topics.SKETCHES.name, record.key, data, record.timestamp)
            case AchievementWithdrawn():
                data = codec.encode(fact)
                yield Output(topics.SKETCHES.name, record.key, data, record.timestamp, is_copy=True)
            case _:
                raise Unreadable("value", f"{type(fact).__name__} is no fact for duplicates")

    def settle(self) -> Iterable[Output]:
        """Every fact is answered at once."""
        return ()


class MeetingShard:
    """All achievements, what is suspected of them, and who stands for whom."""

    def __init__(self) -> None:
        self._once = MatchedOnce()
        self._latest = 0

    def load(self, record: Input) -> None:
        """Take in a sketch or a decision, as in ``decide``."""
        self._taken(record)

    def restored(self) -> None:
        """What was told before is what follows from the sketches and decisions so far."""
        self._once.changes()
        self._count()

    def decide(self, record: Input) -> Iterable[Output]:
        """What is suspected otherwise than before; who stands for whom is told by ``settle``."""
        for both, found in self._taken(record).items():
            told: Record = _retracted(both, record) if found is None else _suspected(both, found)
            key = _SEPARATOR.join(both).encode()
            yield Output(topics.DUPLICATES.name, key, codec.encode(told), record.timestamp)

    def settle(self) -> Iterable[Output]:
        """Who stands for whom otherwise than before this batch."""
        outputs = [self._changed(ref, by) for ref, by in self._once.changes().items()]
        self._count()
        return outputs

    def _taken(self, record: Input) -> dict[Pair, Evidence | None]:
        self._latest = max(self._latest, record.timestamp)
        match fact := codec.decode(record.value):
            case AchievementSketched():
                return self._once.register(fact, record.timestamp)
            case AchievementWithdrawn():
                return self._once.withdraw(fact.ref)
            case DuplicateResolved():
                self._once.decide(fact.pair, fact.outcome)
                return {}
            case _:
                raise Unreadable("value", f"{type(fact).__name__} is no sketch and no decision")

    def _changed(self, ref: str, by: str | None) -> Output:
        by_institution, by_achievement = (None, None) if by is None else _parts(by)
        told = RepresentationChanged(*_parts(ref), by_institution, by_achievement, _moment(self._latest))
        return Output(topics.REPRESENTATIONS.name, ref.encode(), codec.encode(told), self._latest)

    def _count(self) -> None:
        metrics.DUPLICATES_OPEN.set(self._once.undecided())


def _suspected(both: Pair, found: Evidence) -> DuplicateSuspected:
    (one, first), (other, second) = map(_parts, both)
    version, other_version = found.versions
    return DuplicateSuspected(
        one, first, version, other, second, other_version, found.numbers, found.similarity, found.by_text,
        _moment(found.evident),
    )  # fmt: skip


def _retracted(both: Pair, record: Input) -> DuplicateRetracted:
    return DuplicateRetracted(*_parts(both[0]), *_parts(both[1]), _moment(record.timestamp))


def _parts(ref: str) -> tuple[str, str]:
    # An institution's id holds no slash; an achievement's id may.
    institution_id, _, achievement_id = ref.partition("/")
    return institution_id, achievement_id


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _shard_of(topic: str, partition: int) -> str:
    return str(partition) if topic == topics.ACHIEVEMENTS.name else _MEETING


def _sources(key: str) -> list[Source]:
    if key != _MEETING:
        return []
    return [Source(topic.name, 0, Until.COMMITTED) for topic in (topics.SKETCHES, topics.DUPLICATE_DECISIONS)]


def plan() -> LanePlan:
    """The duplicates lane. Both topics of the meeting have one partition, so ``range`` gives them to one worker."""
    return LanePlan(
        name="duplicates",
        inputs=(topics.ACHIEVEMENTS.name, topics.SKETCHES.name, topics.DUPLICATE_DECISIONS.name),
        shard_of=_shard_of,
        sources=_sources,
        shard=lambda key: MeetingShard() if key == _MEETING else SketchingShard(),
        # Few transactions: nobody waits for it within a blink.
        linger=0.15,
    )
