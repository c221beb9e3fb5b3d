"""What the register says: the facts that live matches follow from, as of the end of its topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from infra.reading import committed_records, last_before_group
from schemas import codec, topics
from schemas.records import AchievementRegistered, AchievementWithdrawn, DealAdvanced, DemandPosted, DemandWithdrawn
from streams.domain.deals import is_exclusively_contracted

_EPOCH = datetime.fromtimestamp(0, UTC)
_Kept = TypeVar("_Kept", AchievementRegistered, DemandPosted)


@dataclass(slots=True)
class Facts:
    """What the register says, as of its end. Achievements by lane."""

    achievements: dict[int, dict[str, AchievementRegistered]] = field(default_factory=dict)
    demands: dict[str, DemandPosted] = field(default_factory=dict)
    #: What was withdrawn and not registered again, as it was last; achievements by lane.
    withdrawn: dict[int, dict[str, AchievementRegistered]] = field(default_factory=dict)
    closed: dict[str, DemandPosted] = field(default_factory=dict)
    contracted: set[str] = field(default_factory=set)
    clocks: dict[int, datetime] = field(default_factory=dict)

    def now(self, lane: int) -> datetime:
        """What a lane takes for now; before its first tick nothing has ended."""
        return self.clocks.get(lane, _EPOCH)


def registered_facts(bootstrap: str) -> Facts:
    """The facts, read from the topics; raises ``Unavailable``."""
    lanes = range(topics.ACHIEVEMENTS.partitions)
    facts = Facts({lane: {} for lane in lanes}, withdrawn={lane: {} for lane in lanes})
    for lane, data in last_before_group(bootstrap, "techdock.matching", topics.CLOCK.name).items():
        # What a lane takes for now.
        facts.clocks[lane] = codec.decode(data).now  # type: ignore[union-attr]
    for _, partition, record in decoded(bootstrap, topics.ACHIEVEMENTS, topics.DEMANDS, topics.DEALS):
        match record:
            case AchievementRegistered():
                facts.achievements[partition][record.ref] = record
                facts.withdrawn[partition].pop(record.ref, None)
            case AchievementWithdrawn():
                _move(record.ref, facts.achievements[partition], facts.withdrawn[partition])
            case DemandPosted():
                facts.demands[record.ref] = record
                facts.closed.pop(record.ref, None)
            case DemandWithdrawn():
                _move(record.ref, facts.demands, facts.closed)
            case DealAdvanced() if is_exclusively_contracted(record):
                facts.contracted.add(record.achievement_ref)
    return facts


def _move(ref: str, standing: dict[str, _Kept], gone: dict[str, _Kept]) -> None:
    record = standing.pop(ref, None)
    if record is not None:
        gone[ref] = record


def decoded(bootstrap: str, *wanted: topics.Topic) -> Iterator[tuple[str, int, Any]]:
    """Topic, partition and record of all that is committed in these topics; raises ``Unavailable``."""
    for message in committed_records(bootstrap, [topic.name for topic in wanted]):
        yield message.topic(), message.partition(), codec.decode(message.value())
