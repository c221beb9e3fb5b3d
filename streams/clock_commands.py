"""``techdock clocks``: the clocks over deals."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from schemas.errors import Misconfigured


def clock_app() -> typer.Typer:
    """The commands about clocks over deals."""
    app = typer.Typer(help="Clocks over deals: who is silent is reminded, and in the end the market closes.")
    app.command("list")(list_clocks)
    return app


def list_clocks(
    deal: Annotated[str | None, typer.Option(help="Only this deal: its id, or its beginning.")] = None,
    due_before: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only what is due before this day in China: 2026-12-31.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """List the clocks over deals: what struck, and what is to come if nobody moves; times in UTC.

    Exit codes: 0 they are listed, 1 there is no such deal, 2 misconfigured, 3 the broker is away.
    """
    from infra import answers
    from streams import clocks
    from streams.domain.trace import UnknownDeal
    from streams.pipeline_report import started

    before: datetime | None = None
    try:
        before = None if due_before is None else started(due_before)
    except ValueError as error:
        raise Misconfigured([f"--due-before {due_before}: give a day as in 2026-12-31"]) from error
    found = clocks.clock_log(answers.bootstrap())
    try:
        lines = clocks.chosen(found.lines(), deal, before)
    except UnknownDeal as unknown:
        Console(stderr=True).print(str(unknown), style="red", soft_wrap=True, markup=False, highlight=False)
        raise typer.Exit(1) from unknown
    if as_json:
        print(json.dumps([clocks.as_plain(line) for line in lines], ensure_ascii=False))  # noqa: T201 - the answer
        return
    for line in lines:
        Console().print(clocks.told(line), soft_wrap=True, markup=False, highlight=False)
    if not lines:
        Console().print("no clock runs over such a deal", highlight=False)
