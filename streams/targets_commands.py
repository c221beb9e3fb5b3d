"""``techdock targets``: how far the city is towards its targets."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from schemas.errors import Misconfigured


def targets(
    year: Annotated[int | None, typer.Option(help="Contracts registered in this year; the present one.")] = None,
    city: Annotated[str, typer.Option(help="How codes of the city's districts begin (GB/T 2260).")] = "2102",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Show how far the city is towards its targets to the end of 2025, and how each figure is counted.

    Exit codes: 0 it is told, 2 misconfigured, 3 the broker is away.
    """
    from infra import answers
    from schemas.days import CHINA
    from streams import targets_report as report

    if not (city.isdigit() and len(city) in {2, 4, 6}):
        raise Misconfigured([f"--city {city}: give two, four or six digits of GB/T 2260, for example 2102"])
    in_year = datetime.now(CHINA).year if year is None else year
    if not 1990 <= in_year <= 9998:
        raise Misconfigured([f"--year {in_year}: give a year from 1990 on"])
    found = report.targets(answers.bootstrap(), city, in_year)
    if as_json:
        print(json.dumps(report.as_plain(found), ensure_ascii=False))  # noqa: T201 - the answer
        return
    table = Table(box=None)
    for name in ("target", "figure", "certified", "of", "reached", "counted"):
        table.add_column(name, justify="left" if name in {"target", "counted"} else "right", overflow="fold")
    for one in found:
        figure = "not recorded" if one.figure is None else f"{one.figure:,}"
        share = "" if one.share is None else f"{one.share:.1%}"
        certified = "" if one.certified is None else f"{one.certified:,}"
        least = f"{one.target.least:,} {one.target.unit}"
        table.add_row(one.target.name, figure, certified, least, share, one.target.counted)
    Console().print(table)
