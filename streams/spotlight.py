"""Spotlights: chosen from the register, deals and matches up to a position, published, and computed again.

    achievements, deals, matches, up to positions ──▶ spotlight ──▶ spotlights

A published list names the positions it follows from. So whoever reads the topics can choose again, and must come to
the same list; ``techdock verify`` does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from infra import reading
from infra.reading import Place
from schemas import codec, topics
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    DealAdvanced,
    LogPosition,
    MatchProposed,
    MatchRevised,
    MatchWithdrawn,
    Record,
    SpotlightChosen,
)
from streams.announcing import announce
from streams.domain.deals import is_exclusively_contracted
from streams.domain.spotlight import Offer, Rule, chosen, may_stand

_SOURCES = (topics.ACHIEVEMENTS, topics.DEALS, topics.MATCHES)
#: By achievement and partition of ``deals``, the offset of the first advance by which somebody had it alone.
Sold = Mapping[tuple[str, int], int]


@dataclass(slots=True)
class Market:
    """What stood when the sources were read: achievements by their reference, and the demands each is a match of."""

    achievements: dict[str, AchievementRegistered] = field(default_factory=dict)
    contracted: set[str] = field(default_factory=set)
    demands: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def take(self, record: Record) -> None:
        """One more record of a source; in order within each partition."""
        match record:
            case AchievementRegistered():
                self.achievements[record.ref] = record
            case AchievementWithdrawn():
                self.achievements.pop(record.ref, None)
            case DealAdvanced() if is_exclusively_contracted(record):
                self.contracted.add(record.achievement_ref)
            case MatchProposed() | MatchRevised():
                self.demands[record.achievement_ref].add(record.demand_ref)
            case MatchWithdrawn():
                self.demands[record.achievement_ref].discard(record.demand_ref)

    def offers(self, at: datetime) -> Iterator[Offer]:
        """What may be announced at that time."""
        for ref, achievement in self.achievements.items():
            if ref not in self.contracted and may_stand(achievement, at):
                yield Offer(achievement, len(self.demands[ref]))


def positions_now(bootstrap: str) -> tuple[LogPosition, ...]:
    """Where the sources end. Raises ``Unavailable``."""
    places = reading.places(bootstrap, [topic.name for topic in _SOURCES])
    return tuple(LogPosition(*place, end) for place, end in sorted(reading.ends(bootstrap, places).items()))


def market_at(bootstrap: str, positions: Iterable[LogPosition], sold: Sold | None = None) -> Market:
    """What the sources say up to ``positions``; deals are not read where it is known what they sold. Raises
    ``Unavailable``."""
    spans: dict[Place, tuple[int, int]] = {(one.topic, one.partition): (0, one.position) for one in positions}
    market = Market()
    if sold is not None:
        deals = {place[1]: spans.pop(place)[1] for place in [*spans] if place[0] == topics.DEALS.name}
        market.contracted |= {ref for (ref, partition), since in sold.items() if since < deals.get(partition, 0)}
    for message in reading.records(bootstrap, spans):
        market.take(codec.decode(message.value()))
    return market


def choose(bootstrap: str, session: str, rule: Rule, by: str, at: datetime) -> SpotlightChosen:
    """The list of a session as it follows from the sources as they are now. Raises ``Unavailable``."""
    positions = positions_now(bootstrap)
    entries, passed_over = chosen(market_at(bootstrap, positions).offers(at), rule)
    return SpotlightChosen(
        session, at, by, rule.count, rule.quota, rule.key_industries, positions, entries, passed_over
    )  # fmt: skip


def published(bootstrap: str) -> dict[str, SpotlightChosen]:
    """The list of each session, the last that was published. Raises ``Unavailable``."""
    found = (codec.decode(one.value()) for one in reading.committed_records(bootstrap, [topics.SPOTLIGHTS.name]))
    return {record.session: record for record in found if isinstance(record, SpotlightChosen)}


def publish(bootstrap: str, spotlight: SpotlightChosen) -> None:
    """Publish a list. Raises ``Misconfigured`` where the topic is missing, ``Unavailable``."""
    doubt = "the list may not have been published ({error}): `techdock spotlight --show` says whether it was"
    announce(bootstrap, topics.SPOTLIGHTS, spotlight.session, spotlight, doubt)


def differences(
    bootstrap: str, found: Mapping[str, SpotlightChosen], sold: Sold | None = None
) -> list[Mapping[str, object]]:
    """Those of the lists that do not follow from what they name. Raises ``Unavailable``.

    ``sold`` is read from the topics unless given, and then known up to a moment after the lists were read.
    """
    # Asked after the lists are read: what they name was there before them.
    ends = {(one.topic, one.partition): one.position for one in positions_now(bootstrap)}
    wrong: list[Mapping[str, object]] = []
    for session, told in sorted(found.items()):
        if gone := [one.topic for one in told.positions if one.position > ends.get((one.topic, one.partition), 0)]:
            # A topic that was made anew, as matches are when they are decided anew: nobody can count it again.
            wrong.append({"what": "spotlight", "session": session, "log_is_gone": sorted(set(gone))})
            continue
        rule = Rule(told.count, told.quota, told.key_industries)
        should = chosen(market_at(bootstrap, told.positions, sold).offers(told.chosen_at), rule)
        if should != (told.entries, told.passed_over):
            names = [[one.achievement_id for one in entries] for entries in (should[0], told.entries)]
            wrong.append({"what": "spotlight", "session": session, "expected": names[0], "found": names[1]})
    return wrong
