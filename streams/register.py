"""What the register says: the facts that live matches follow from, as of the end of its topics."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from infra.reading import committed_records, last_before_group
from schemas import codec, topics
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    ClockTicked,
    DealAdvanced,
    DemandPosted,
    DemandWithdrawn,
    Record,
    RepresentationChanged,
)
from streams.domain.deals import is_exclusively_contracted

#: What a lane takes for now before its first tick: nothing has ended, and nothing is due.
EPOCH = datetime.fromtimestamp(0, UTC)
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
    #: Achievements that another one stands for in matches, with that one, as it was told.
    represented: Mapping[str, str] = field(default_factory=dict)
    clocks: dict[int, datetime] = field(default_factory=dict)

    def now(self, lane: int) -> datetime:
        """What a lane takes for now; before its first tick nothing has ended."""
        return self.clocks.get(lane, EPOCH)

    def offered(self, lane: int) -> Iterator[AchievementRegistered]:
        """The achievements of a lane that may be matched."""
        for ref, record in self.achievements[lane].items():
            if ref not in self.contracted and ref not in self.represented:
                yield record


def registered_facts(bootstrap: str) -> Facts:
    """The facts, read from the topics; raises ``Unavailable``."""
    facts = facts_beside_deals(bootstrap)
    deals = (deal for _, _, deal in decoded(bootstrap, topics.DEALS))
    facts.contracted |= {deal.achievement_ref for deal in deals if is_exclusively_contracted(deal)}
    return facts


def facts_beside_deals(bootstrap: str) -> Facts:
    """The same without what deals say, which is the most to read; raises ``Unavailable``."""
    lanes = range(topics.ACHIEVEMENTS.partitions)
    facts = Facts({lane: {} for lane in lanes}, withdrawn={lane: {} for lane in lanes})
    facts.clocks |= last_ticks(bootstrap, "techdock.matching")
    for _, partition, record in decoded(bootstrap, topics.ACHIEVEMENTS, topics.DEMANDS):
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
    facts.represented = told_representation(bootstrap)
    return facts


def last_ticks(bootstrap: str, group: str) -> dict[int, datetime]:
    """By partition, what the lane of ``group`` takes for now: none before its first tick; raises ``Unavailable``."""
    heard = last_before_group(bootstrap, group, topics.CLOCK.name)
    ticks = {partition: codec.decode(data) for partition, data in heard.items() if data is not None}
    return {partition: tick.now for partition, tick in ticks.items() if isinstance(tick, ClockTicked)}


def told_representation(bootstrap: str) -> dict[str, str]:
    """Achievements that another one stands for in matches, with that one, as it was told; raises ``Unavailable``."""
    return representation_as_told(told for _, _, told in decoded(bootstrap, topics.REPRESENTATIONS))


def representation_as_told(events: Iterable[Record]) -> dict[str, str]:
    """The same from the events, each achievement's in their order."""
    found: dict[str, str] = {}
    for told in events:
        if isinstance(told, RepresentationChanged):
            if told.by_ref is None:
                found.pop(told.ref, None)
            else:
                found[told.ref] = told.by_ref
    return found


def _move(ref: str, standing: dict[str, _Kept], gone: dict[str, _Kept]) -> None:
    record = standing.pop(ref, None)
    if record is not None:
        gone[ref] = record


def decoded(
    bootstrap: str, *wanted: topics.Topic, partitions: Collection[int] | None = None
) -> Iterator[tuple[str, int, Any]]:
    """Topic, partition and record of all that is committed in these topics, in all partitions or in these; raises
    ``Unavailable``."""
    for message in committed_records(bootstrap, [topic.name for topic in wanted], partitions):
        yield message.topic(), message.partition(), codec.decode(message.value())


def last_deals(bootstrap: str) -> list[DealAdvanced]:
    """Every deal as it was told last; raises ``Unavailable``."""
    last = {one.deal_id: one for _, _, one in decoded(bootstrap, topics.DEALS) if isinstance(one, DealAdvanced)}
    return [*last.values()]
