"""``techdock recognition``: who is credited with what in a season; and close it."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from infra import answers
from schemas import codec
from schemas.errors import Misconfigured
from schemas.records import RecognitionEntry
from streams.domain.deeds import DeedKind
from streams.domain.recognition import POINTS, Credit, entries
from streams.domain.seasons import Season, season_named

if TYPE_CHECKING:
    from streams.recognition import Counted


def recognition(
    season: Annotated[str, typer.Option(help="A quarter in China's calendar, for example 2026-Q1.")],
    close: Annotated[bool, typer.Option("--close", help="Close the season, once and for good.")] = False,
    by: Annotated[str | None, typer.Option(help="Who closes it; your user name unless given.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for machines, with each deed and its event.")
    ] = False,
) -> None:
    """Show who is credited with what in a season, counted from the log: mined, matched, met, closed, registered.

    A closed season stays as it was closed. Exit codes: 0 done, 2 misconfigured or closed already, 3 the broker is away.
    """
    from streams import recognition as counting

    named, bootstrap = _named(season), answers.bootstrap()
    if by is not None and not (close and by.strip()):
        raise Misconfigured(["--by names who closes the season: give a name, together with --close"])
    if close:
        counted = counting.close(bootstrap, named, (by or getpass.getuser()).strip(), datetime.now(UTC))
    else:
        counted = counting.count(bootstrap, named)
    if as_json:
        print(json.dumps(as_plain(counted), ensure_ascii=False, default=str))  # noqa: T201 - the answer itself
        return
    console = Console()
    for line in lines(counted):
        # Brokers' names are others' words: brackets in them are no markup.
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def _named(name: str) -> Season:
    season = season_named(name.strip())
    if season is None:
        raise Misconfigured([f"--season {name}: name a year and its quarter, for example 2026-Q1"])
    return season


def as_plain(counted: Counted) -> dict[str, Any]:
    """A season as plain values that JSON can hold."""
    closing = counted.closing
    return {
        "season": counted.season.name,
        "closed_at": None if closing is None else closing.closed_at.isoformat(),
        "closed_by": None if closing is None else closing.closed_by,
        "rules_version": counted.rules_version,
        "points": {str(kind): many for kind, many in _points(counted).items()},
        "entries": [codec.plain(entry) for entry in _entries(counted)],
        "deeds": [_deed(one) for one in counted.credit],
        "positions": [codec.plain(one) for one in counted.positions],
    }


def _deed(credit: Credit) -> dict[str, Any]:
    deed = credit.deed
    return {
        "kind": str(deed.kind), "subject": deed.subject, "party": credit.party, "role": str(credit.role),
        "arrived_at": deed.arrived.isoformat(), "event": deed.address._asdict(),
    }  # fmt: skip


def lines(counted: Counted) -> Iterator[str]:
    """A season as text: what it is, then two lines a party."""
    closing, found = counted.closing, _entries(counted)
    state = (
        "still open" if closing is None else f"closed by {closing.closed_by} at {closing.closed_at:%Y-%m-%d %H:%M} UTC"
    )
    yield f"Recognition {counted.season.name}, {state}; rules {counted.rules_version}; {len(found)} credited"
    for place, entry in enumerate(found, 1):
        yield f"{place:>4}  {entry.party}  {entry.role.lower()}  {entry.points} points"
        yield f"      {' + '.join(_terms(entry, _points(counted)))}{_amounts(entry)}"


def _terms(entry: RecognitionEntry, points: Mapping[DeedKind, int]) -> Iterable[str]:
    counts = {
        DeedKind.MINED: entry.mined, DeedKind.MATCHED: entry.matched, DeedKind.MET: entry.met,
        DeedKind.CLOSED: entry.closed, DeedKind.REGISTERED: entry.registered,
    }  # fmt: skip
    return (f"{many} {kind} × {points[kind]}" for kind, many in counts.items() if many)


def _amounts(entry: RecognitionEntry) -> str:
    sums = ", ".join(f"{one.amount:,} {one.currency}" for one in entry.registered_amounts)
    return f"; technical-transaction amount {sums}" if sums else ""


def _entries(counted: Counted) -> tuple[RecognitionEntry, ...]:
    """As they were closed; of an open season as they follow from its credit."""
    return entries(counted.credit, _points(counted)) if counted.closing is None else counted.closing.entries


def _points(counted: Counted) -> Mapping[DeedKind, int]:
    points = POINTS.get(counted.rules_version)
    if points is None:
        since = f"season {counted.season.name} was closed under rules {counted.rules_version}"
        raise Misconfigured([f"{since}, which this release does not know: use the one that closed it, or a later one"])
    return points
