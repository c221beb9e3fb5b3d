"""``techdock duplicates``: what may be registered twice, with the evidence, and what a person decides about it."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra import answers
from schemas import codec
from schemas.errors import Misconfigured
from schemas.records import AchievementRegistered, DuplicateOutcome

if TYPE_CHECKING:
    # What compares texts takes a second to load, and the help does without.
    from streams.duplicate_desk import Case

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Achievement = Annotated[str, typer.Argument(help="An achievement: its id, or institution/id.")]
By = Annotated[str | None, typer.Option(help="Who decides; your user name unless given.")]
Reason = Annotated[str, typer.Option(help="Why, in words.")]


def duplicates_app() -> typer.Typer:
    """The commands below ``techdock duplicates``."""
    app = typer.Typer(help="Achievements of two institutions that may be the same.", no_args_is_help=True)
    app.command("list")(list_duplicates)
    app.command("show")(show)
    app.command("merge")(merge)
    app.command("distinct")(distinct)
    return app


def list_duplicates(
    everything: Annotated[bool, typer.Option("--all", help="Also what was decided or retracted.")] = False,
    as_json: Json = False,
) -> None:
    """List pairs that may be the same and wait for a decision. Until then each is matched once."""
    from streams import duplicate_desk as desk

    found = {both: case for both, case in desk.cases(answers.bootstrap()).items() if everything or case.state == "open"}
    if as_json:
        print(json.dumps([desk.row(*one) for one in found.items()], ensure_ascii=False, default=str))  # noqa: T201
        return
    table = Table("first", "second", "state", "since", "evidence", box=None, pad_edge=False)
    for (first, second), case in found.items():
        told = case.suspected
        since = "" if told is None else f"{told.evident_at:%Y-%m-%d}"
        table.add_row(first, second, _state(case), since, "" if told is None else desk.evidence(told))
    if found:
        Console().print(table, markup=False)
    _say(f"{len(found):,} pairs")


def show(one: Achievement, other: Achievement, as_json: Json = False) -> None:
    """Show two achievements beside each other, what speaks for one behind both, and what was decided.

    Exit codes: 0 it is shown, 1 either is not known, 2 misconfigured, 3 the broker is away.
    """
    from streams import duplicate_desk as desk
    from streams.register import told_representation

    bootstrap = answers.bootstrap()
    both = _named(bootstrap, one, other)
    case = desk.case_of(desk.cases(bootstrap), both[0].ref, both[1].ref) or desk.Case()
    stands = told_representation(bootstrap)
    if as_json:
        pair = tuple(sorted(each.ref for each in both))
        plain = {each.ref: {**codec.plain(each), "represented_by": stands.get(each.ref)} for each in both}
        answer = {**desk.row((pair[0], pair[1]), case), "achievements": plain}
        print(json.dumps(answer, ensure_ascii=False, default=str))  # noqa: T201 - the answer itself
        return
    for each in both:
        _say(f"{each.ref}  version {each.version}  {_title(each)}")
        by = stands.get(each.ref)
        _say(f"  {'matched as itself' if by is None else f'not matched: {by} stands for it'}")
    told, decided = case.suspected, case.resolved
    _say("nothing speaks for one achievement now" if told is None else f"suspected: {desk.evidence(told)}")
    if decided is not None:
        owners = f", owned by {', '.join(decided.owners)}" if decided.owners else ""
        who = f"{decided.decided_by} on {decided.decided_at:%Y-%m-%d}"
        _say(f"{_state(case)}: decided by {who}{owners}: {decided.reason}")


def merge(one: Achievement, other: Achievement, reason: Reason, by: By = None) -> None:
    """Decide that two achievements are one, which both own jointly: one of them is matched, for both.

    Exit codes: 0 it is decided, 1 either is not known, 2 misconfigured, 3 the broker is away.
    """
    _decide((one, other), DuplicateOutcome.MERGE, reason, by)


def distinct(one: Achievement, other: Achievement, reason: Reason, by: By = None) -> None:
    """Decide that two achievements are two, however alike: both are matched.

    Exit codes: 0 it is decided, 1 either is not known, 2 misconfigured, 3 the broker is away.
    """
    _decide((one, other), DuplicateOutcome.DISTINCT, reason, by)


def _decide(named: tuple[str, str], outcome: DuplicateOutcome, reason: str, by: str | None) -> None:
    from streams import duplicate_desk as desk

    bootstrap = answers.bootstrap()
    first, second = _named(bootstrap, *named)
    known = desk.case_of(desk.cases(bootstrap), first.ref, second.ref)
    word = desk.Word(by or getpass.getuser(), datetime.now(UTC), reason)
    decision = desk.resolved(first, second, known, outcome, word)
    if decision is None:
        _say("it was decided so before; nothing is to do")
        return
    desk.publish(bootstrap, decision)
    owners = f"; owned by {', '.join(decision.owners)}" if decision.owners else ""
    _say(f"{' and '.join(decision.pair)}: {outcome.value.lower()}{owners}")


def _named(bootstrap: str, one: str, other: str) -> tuple[AchievementRegistered, AchievementRegistered]:
    """Both as they stand; ends with 1 where there is no such achievement."""
    from streams import duplicate_desk as desk
    from streams.explanation import UnknownReference, reference_of

    known = desk.registered(bootstrap)
    try:
        first, second = (known[reference_of("achievement", name, known)] for name in (one, other))
    except UnknownReference as unknown:
        Console(stderr=True).print(str(unknown), style="red", soft_wrap=True, markup=False, highlight=False)
        raise typer.Exit(1) from unknown
    if first.ref == second.ref:
        raise Misconfigured([f"both names are those of {first.ref}: name two achievements"])
    return first, second


def _state(case: Case) -> str:
    return f"{case.state}, revised since" if case.is_revised else case.state


def _title(achievement: AchievementRegistered) -> str:
    text = achievement.zh or achievement.en
    return "" if text is None else text.title


def _say(line: str) -> None:
    # Titles and reasons are others' words: brackets in them are no markup.
    Console().print(line, soft_wrap=True, markup=False, highlight=False)
