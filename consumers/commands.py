"""What consumers add to the command line: matches and deals."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra import home
from infra.settings import Settings

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from consumers.filters import MatchFilter
    from consumers.queries import MatchQuestion

#: Matches shown on a terminal unless more are asked for.
_SHOWN = 20

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Institution = Annotated[str | None, typer.Option(help="Only where this institution is one of the two sides.")]


class StageName(StrEnum):
    """Stages of a deal, as they are typed."""

    MATCHED = "matched"
    CONTACTED = "contacted"
    IN_TALKS = "in-talks"
    EVALUATED = "evaluated"
    TERMS_AGREED = "terms-agreed"
    CONTRACTED = "contracted"
    REGISTERED = "registered"
    DELIVERING = "delivering"
    INDUSTRIALISED = "industrialised"
    PAUSED = "paused"
    ENDED = "ended"


def register(app: typer.Typer) -> None:
    """Adds our commands."""
    app.command("matches")(show_matches)
    app.command("deals")(show_deals)


def show_matches(
    demand: Annotated[str | None, typer.Option(help="A demand: its id, or institution/id.")] = None,
    achievement: Annotated[str | None, typer.Option(help="An achievement: its id, or institution/id.")] = None,
    institution: Institution = None,
    limit: Annotated[int | None, typer.Option(min=1, help=f"At most so many; {_SHOWN} on a terminal.")] = None,
    as_json: Json = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Print matches as they come and go.")] = False,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="With --follow: all since ever.")] = False,
    industry: Annotated[list[str] | None, typer.Option(help="GB/T 4754 code or prefix, e.g. C26; repeat.")] = None,
    maturity_min: Annotated[int | None, typer.Option(min=1, max=9, help="Lowest maturity.")] = None,
    maturity_max: Annotated[int | None, typer.Option(min=1, max=9, help="Highest maturity.")] = None,
    district: Annotated[str | None, typer.Option(help="GB/T 2260 prefix of either side, e.g. 210202.")] = None,
    score_min: Annotated[float | None, typer.Option(min=0, max=1, help="Lowest score.")] = None,
) -> None:
    """Show the live matches, best first, with their reasons; or follow them as they change.

    Exit code 1 where the demand or achievement is not known.
    """
    from consumers.filters import MatchFilter
    from consumers.queries import MatchQuestion

    asked = MatchQuestion(demand, achievement, institution, limit)
    wanted = MatchFilter(tuple(industry or ()), maturity_min, maturity_max, district, institution, score_min)
    if wanted.problems():
        raise typer.BadParameter("; ".join(wanted.problems()))
    if follow:
        _follow(asked, {**wanted.as_parameters(), "from": "beginning" if from_beginning else "now"}, as_json)
    elif from_beginning:
        raise typer.BadParameter("only what is followed has a beginning: add --follow")
    else:
        _list(asked, wanted, as_json)


def show_deals(
    stage: Annotated[StageName | None, typer.Option(help="Only deals that stand here.")] = None,
    institution: Institution = None,
    as_json: Json = False,
) -> None:
    """Show the deals, how many stand at each stage with the sum of their terms in CNY, and which moves are missing."""
    from consumers import database, queries
    from consumers.tellings import deal_table, gap_table, pipeline_table

    engine = database.engine(home.endpoints(Settings.from_env(os.environ)).database_url)
    wanted = None if stage is None else stage.name
    with database.answering(), engine.connect() as connection:
        deals = queries.deal_list(connection, wanted, institution)
        stages = queries.pipeline(connection, wanted, institution)
        gaps = queries.gaps(connection, institution)
    if as_json:
        _print_json({"deals": deals, "pipeline": stages, "gaps": gaps})
        return
    console = Console()
    console.print(deal_table(deals))
    console.print(pipeline_table(stages))
    if gaps:
        console.print(gap_table(gaps))


def _list(asked: MatchQuestion, wanted: MatchFilter, as_json: bool) -> None:
    from dataclasses import replace

    from consumers import database, queries
    from consumers.tellings import match_table

    engine = database.engine(home.endpoints(Settings.from_env(os.environ)).database_url)
    with database.answering(), engine.connect() as connection:
        for kind, ref in (("demand", asked.demand), ("achievement", asked.achievement)):
            if ref is not None and not queries.is_known(connection, kind, ref):
                _give_up(f"there is no {kind} {ref!r}: give its id as it was submitted, or institution/id")
        shown = asked if as_json or asked.limit is not None else replace(asked, limit=_SHOWN)
        found = queries.live_matches(connection, shown, wanted)
    if as_json:
        _print_json(found)
        return
    console = Console()
    console.print(match_table(found))
    more = ", perhaps more: --limit N" if len(found) == shown.limit else ""
    console.print(f"{len(found)} live matches{more}", highlight=False)


def _follow(asked: MatchQuestion, parameters: Mapping[str, str | list[str]], as_json: bool) -> None:
    from consumers.following import follow
    from consumers.tellings import concerns, event_line

    endpoints = home.endpoints(Settings.from_env(os.environ))
    if endpoints.web_url is None:
        _give_up("no console runs here to follow: start TechDock with `techdock up`")
    console = Console()
    told = 0
    try:
        for heard in follow(str(endpoints.web_url), parameters):
            if not concerns(heard, asked.demand, asked.achievement):
                continue
            if as_json:
                _print_json({"event": heard.name, "cursor": heard.cursor, **heard.values})
            else:
                console.print(event_line(heard), soft_wrap=True, highlight=False)
            told += 1
            if told == asked.limit:
                return
    except KeyboardInterrupt:
        return


def _give_up(sentence: str) -> None:
    Console(stderr=True).print(sentence, style="red", soft_wrap=True, markup=False, highlight=False)
    raise typer.Exit(1)


def _print_json(answer: object) -> None:
    print(json.dumps(answer, ensure_ascii=False), flush=True)  # noqa: T201 - the answer itself
