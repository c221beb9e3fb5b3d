"""Recognition: credit counted from the log up to a position, closed per season, and counted again.

    achievements, deals, then matches and receipts, up to positions ──▶ recognition ──▶ recognitions

A closed season names the positions that it follows from. So whoever reads the topics can count again, and must come to
the same credit; ``techdock verify`` does. Of two closings of one season the first counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from infra import reading
from infra.reading import Place
from schemas import codec, topics
from schemas.errors import Misconfigured, Unreadable
from schemas.records import LogPosition, RecognitionClosed
from streams.announcing import announce
from streams.domain.deeds import DeedLog, Positions
from streams.domain.recognition import POINTS, RULES, Closings, Credit, credits_of, entries
from streams.domain.seasons import Season, season_named
from streams.domain.trace import Address, Event

_DEEDS = (topics.ACHIEVEMENTS.name, topics.DEALS.name)
_RECEIPTS = "techdock.receipts."


@dataclass(frozen=True, slots=True)
class Counted:
    """The credit of a season with the positions it follows from; with its closing where it is closed."""

    season: Season
    rules_version: str
    positions: tuple[LogPosition, ...]
    credit: tuple[Credit, ...]
    closing: RecognitionClosed | None


def count(bootstrap: str, season: Season) -> Counted:
    """The credit of a season: as it was closed, or as it follows from the log now. Raises ``Unavailable``."""
    closed = closings(bootstrap)
    ends = _ends(bootstrap)
    closing = closed.get(season)
    positions = _listed(ends) if closing is None else closing.positions
    log = _log(bootstrap, ends)
    rules = RULES if closing is None else closing.rules_version
    credit = credits_of(log, season, _by_place(positions), _positions(closed), rules)
    return Counted(season, rules, positions, credit, closing)


def close(bootstrap: str, season: Season, by: str, at: datetime) -> Counted:
    """Close a season that is over, and publish it. Raises ``Misconfigured``, ``Unavailable``."""
    if at < season.ends_at:
        raise Misconfigured([f"season {season.name} ends at {season.ends_at:%Y-%m-%d %H:%M} UTC: close it after that"])
    counted = count(bootstrap, season)
    _refuse_another(season, counted.closing)
    credit = entries(counted.credit, POINTS[counted.rules_version])
    closing = RecognitionClosed(season.name, at, by, counted.rules_version, counted.positions, credit)
    publish(bootstrap, closing)
    first = closings(bootstrap).get(season)
    if first != closing:
        # Somebody else was quicker by less than it takes to count.
        _refuse_another(season, first)
    return Counted(season, closing.rules_version, closing.positions, counted.credit, closing)


def _refuse_another(season: Season, closing: RecognitionClosed | None) -> None:
    if closing is not None:
        since = f"season {season.name} was closed by {closing.closed_by} at {closing.closed_at:%Y-%m-%d %H:%M} UTC"
        raise Misconfigured([f"{since}, and that counts: leave --close out to see it"])


def closings(bootstrap: str) -> dict[Season, RecognitionClosed]:
    """The closing of each season that is closed, the first that was published. Raises ``Unavailable``."""
    found: dict[Season, RecognitionClosed] = {}
    for message in reading.committed_records(bootstrap, [topics.RECOGNITIONS.name]):
        record = codec.decode(message.value())
        if isinstance(record, RecognitionClosed):
            season = season_named(record.season)
            if season is None:
                raise Unreadable("season", f"{record.season!r} in {topics.RECOGNITIONS.name} is no quarter of a year")
            found.setdefault(season, record)
    return found


def publish(bootstrap: str, closing: RecognitionClosed) -> None:
    """Publish a closing. Raises ``Misconfigured`` where the topic is missing, ``Unavailable``."""
    doubt = "the season may not have been closed ({error}): `techdock recognition` says whether it was"
    announce(bootstrap, topics.RECOGNITIONS, closing.season, closing, doubt)


def differences(bootstrap: str) -> tuple[int, list[Mapping[str, object]]]:
    """How many seasons are closed, and those whose credit does not follow from what they name."""
    closed = closings(bootstrap)
    if not closed:
        return 0, []
    log, positions = _log(bootstrap, _ends(bootstrap)), _positions(closed)
    wrong: list[Mapping[str, object]] = []
    for season, told in sorted(closed.items()):
        points = POINTS.get(told.rules_version)
        if points is None:
            wrong.append({"what": "recognition", "season": season.name, "unknown_rules": told.rules_version})
            continue
        should = entries(credits_of(log, season, positions[season], positions, told.rules_version), points)
        if should != told.entries:
            parties = [[(one.party, one.role, one.points) for one in each] for each in (should, told.entries)]
            wrong.append({"what": "recognition", "season": season.name, "expected": parties[0], "found": parties[1]})
    return len(closed), wrong


def _ends(bootstrap: str) -> dict[Place, int]:
    """Where deeds end, and then where what bears them out does: it was written before them, or with them."""
    witnesses = [name for name in reading.topic_names(bootstrap) if name.startswith(_RECEIPTS)]
    found = reading.ends(bootstrap, reading.places(bootstrap, _DEEDS))
    return found | reading.ends(bootstrap, reading.places(bootstrap, [topics.MATCHES.name, *witnesses]))


def _log(bootstrap: str, ends: Mapping[Place, int]) -> DeedLog:
    log = DeedLog()
    for event in _events(bootstrap, {place: end for place, end in ends.items() if place[0] in _DEEDS}):
        log.take(event)
    log.awaits()
    for event in _events(bootstrap, {place: end for place, end in ends.items() if place[0] not in _DEEDS}):
        log.witness(event)
    return log


def _events(bootstrap: str, ends: Mapping[Place, int]) -> Iterator[Event]:
    for message in reading.records(bootstrap, {place: (0, end) for place, end in ends.items()}):
        arrived = datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
        address = Address(message.topic(), message.partition(), message.offset())
        yield Event(address, arrived, codec.decode(message.value()))


def _listed(ends: Mapping[Place, int]) -> tuple[LogPosition, ...]:
    return tuple(LogPosition(*place, end) for place, end in sorted(ends.items()))


def _by_place(positions: Iterable[LogPosition]) -> Positions:
    return {(one.topic, one.partition): one.position for one in positions}


def _positions(closed: Mapping[Season, RecognitionClosed]) -> Closings:
    return {season: _by_place(one.positions) for season, one in closed.items()}
