"""``techdock pipeline``: the deal pipeline by stage and group."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.errors import Misconfigured

if TYPE_CHECKING:
    from streams.domain.funnel import Group

#: Reasons that are told of each group, and characters of each; ``--json`` has all of them.
_REASONS, _REASON_LENGTH = 5, 80
_COLUMNS = ("stage", "stands", "CNY", "certified CNY", "reached", "went on", "days p50", "days p90")


def pipeline(
    by: Annotated[str, typer.Option(help="all, district, institution, enterprise or industry.")] = "all",
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="Only deals that began on this day in China or later: 2026-03-01.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Show the deal pipeline, recounted from the log: by stage, what stands, what was reached, how long it took.

    Exit codes: 0 it is told, 2 misconfigured, 3 the broker is away.
    """
    from infra import home
    from infra.settings import Settings
    from streams import pipeline_report as report

    if by not in {*report.By}:
        raise Misconfigured([f"--by {by}: use one of {', '.join(report.By)}"])
    try:
        begun = None if since is None else report.started(since)
    except ValueError as error:
        raise Misconfigured([f"--since {since}: give a day as in 2026-03-01"]) from error
    found = report.groups(home.bootstrap(Settings.from_env(os.environ)), report.By(by), begun)
    if as_json:
        print(json.dumps([report.as_plain(group) for group in found], ensure_ascii=False))  # noqa: T201 - the answer
        return
    console = Console()
    if not found:
        console.print("there is no deal yet" if since is None else f"no deal has begun since {since}", highlight=False)
    for group in found:
        table = Table(title=Text(_title(group)), title_justify="left", box=None)
        for number, name in enumerate(_COLUMNS):
            table.add_column(name, justify="right" if number else "left")
        for row in report.rows(group):
            table.add_row(*row)
        console.print(table)


def _title(group: Group) -> str:
    """What a group came to; reasons are free words of parties, so that only the most frequent are told."""
    reasons = [*group.lost.items()]
    lost = "".join(f"; {many} lost: {reason[:_REASON_LENGTH]}" for reason, many in reasons[:_REASONS])
    rest = sum(many for _, many in reasons[_REASONS:])
    others = f"; {rest} lost for other reasons" if rest else ""
    return f"{group.name}: {group.deals} deals, {group.won} won{lost}{others}"
