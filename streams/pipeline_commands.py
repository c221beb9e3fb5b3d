"""``techdock pipeline``: the deal pipeline by stage and group, now or by week and month."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.errors import Misconfigured

if TYPE_CHECKING:
    from streams.domain.funnel import Group
    from streams.pipeline_report import By
    from streams.window_report import Per

#: Reasons that are told of each group, and characters of each; ``--json`` has all of them.
_REASONS, _REASON_LENGTH = 5, 80
_COLUMNS = ("stage", "stands", "CNY", "certified CNY", "reached", "went on", "days p50", "days p90")
_FLOW_COLUMNS = ("stage", "entered", "amounts", "left", "days p50", "days p90")


def pipeline(
    by: Annotated[
        str, typer.Option(help="all, district, institution, enterprise, industry, broker or session.")
    ] = "all",
    per: Annotated[
        str | None, typer.Option(help="week or month: what happened in each, instead of how deals stand now.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DAY",
            help="Only deals that began on this day in China or later: 2026-03-01; with --per, windows from its.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Show the deal pipeline, recounted from the log: by stage, what stands, what was reached, how long it took.

    With --per: what entered and left each stage in each week or month, what was won, and what was lost and why.

    Exit codes: 0 it is told, 2 misconfigured, 3 the broker is away.
    """
    from infra import answers

    asked = _asked(by, per, since)
    bootstrap = answers.bootstrap()
    if asked.per is None:
        _tell_groups(bootstrap, asked, as_json)
    else:
        _tell_windows(bootstrap, asked, asked.per, as_json)


class _Asked(NamedTuple):
    by: By
    per: Per | None
    since: datetime | None


def _asked(by: str, per: str | None, since: str | None) -> _Asked:
    """Raises ``Misconfigured`` with everything that cannot be asked."""
    from streams.pipeline_report import By, started
    from streams.window_report import Per

    begun, problems = None, []
    if by not in {*By}:
        problems.append(f"--by {by}: use one of {', '.join(By)}")
    if per is not None and per not in {*Per}:
        problems.append(f"--per {per}: use one of {', '.join(Per)}")
    try:
        begun = None if since is None else started(since)
    except ValueError:
        problems.append(f"--since {since}: give a day as in 2026-03-01")
    if problems:
        raise Misconfigured(problems)
    return _Asked(By(by), None if per is None else Per(per), begun)


def _tell_groups(bootstrap: str, asked: _Asked, as_json: bool) -> None:
    from streams import pipeline_report as report

    found = report.groups(bootstrap, asked.by, asked.since)
    if as_json:
        print(json.dumps([report.as_plain(group) for group in found], ensure_ascii=False))  # noqa: T201 - the answer
        return
    since = "" if asked.since is None else f"{asked.since:%Y-%m-%d}"
    nothing = f"no deal has begun since {since}" if since else "there is no deal yet"
    _show(_COLUMNS, [(_title(group), report.rows(group)) for group in found], nothing)


def _tell_windows(bootstrap: str, asked: _Asked, per: Per, as_json: bool) -> None:
    from streams import window_report as report

    found = report.windows(bootstrap, asked.by, per, asked.since)
    if as_json:
        print(json.dumps([report.as_plain(window) for window in found], ensure_ascii=False))  # noqa: T201 - the answer
        return
    _show(_FLOW_COLUMNS, [(report.title(one), report.rows(one)) for one in found], f"no deal has moved in any {per}")


def _show(columns: Sequence[str], tables: Iterable[tuple[str, Iterable[Sequence[str]]]], nothing: str) -> None:
    """Tables with their titles, which are free words of parties."""
    console, is_empty = Console(), True
    for title, rows in tables:
        is_empty = False
        table = Table(title=Text(title), title_justify="left", box=None)
        for number, name in enumerate(columns):
            table.add_column(name, justify="right" if number else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    if is_empty:
        console.print(nothing, highlight=False)


def _title(group: Group) -> str:
    """What a group came to; reasons are free words of parties, so that only the most frequent are told."""
    reasons = [*group.lost.items()]
    lost = "".join(f"; {many} lost: {reason[:_REASON_LENGTH]}" for reason, many in reasons[:_REASONS])
    rest = sum(many for _, many in reasons[_REASONS:])
    others = f"; {rest} lost for other reasons" if rest else ""
    return f"{group.name}: {group.deals} deals, {group.won} won{lost}{others}"
