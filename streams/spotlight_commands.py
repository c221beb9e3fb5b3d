"""``techdock spotlight``: choose the achievements that a session announces, say why, and publish the list."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from infra import answers
from schemas import codec
from schemas.codes import industry_problem
from schemas.errors import Misconfigured
from schemas.records import SpotlightChosen, SpotlightEntry, SpotlightOrder

#: Of the places of a list, the part that one institution may have unless ``--quota`` says otherwise.
_SHARE = 5
_ORDERS = {
    SpotlightOrder.DEMANDS: "as many points as the next, wanted by more demands",
    SpotlightOrder.MATURITY: "as many points and demands as the next, more mature",
    SpotlightOrder.REFERENCE: "equal to the next; the smaller reference",
}


def spotlight(
    session: Annotated[str, typer.Option(help="The session, for example 2026-spring.")],
    count: Annotated[int, typer.Option(min=1, max=1_000, help="So many achievements.")] = 50,
    industries: Annotated[
        list[str] | None, typer.Option("--industry", metavar="CODE", help="A key industry (GB/T 4754); repeat.")
    ] = None,
    quota: Annotated[int | None, typer.Option(min=1, help="Most of one institution; a fifth unless given.")] = None,
    by: Annotated[str | None, typer.Option(help="Who chooses; your user name unless given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the list and publish nothing.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Show the list that is published for the session.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Publish another list for the session.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Choose the achievements that a session announces: maturity × fit × evidence × interest, with the reasons.

    The same register, deals and matches give the same list. Exit codes: 0 done, 2 misconfigured or nothing published to
    show, 3 the broker is away.
    """
    from streams import spotlight as choosing
    from streams.domain.spotlight import Rule

    session, bootstrap = _named(session), answers.bootstrap()
    known = choosing.published(bootstrap).get(session)
    if show:
        _show(_found(known, session), as_json)
        return
    if known is not None and not (dry_run or replace):
        since = f"session {session} has a list since {known.chosen_at:%Y-%m-%d}"
        raise Misconfigured([f"{since}: --show shows it, --replace publishes another"])
    rule = Rule(count, quota or -(-count // _SHARE), _key_industries(industries or []))
    made = choosing.choose(bootstrap, session, rule, by or getpass.getuser(), datetime.now(UTC))
    if not dry_run:
        choosing.publish(bootstrap, made)
    _show(made, as_json)


def _named(session: str) -> str:
    if not session.strip():
        raise Misconfigured(["--session is empty: name the session, for example 2026-spring"])
    return session.strip()


def _key_industries(codes: Sequence[str]) -> tuple[str, ...]:
    problems = [f"--industry {code}: {problem}" for code in codes if (problem := industry_problem(code)) is not None]
    if problems:
        raise Misconfigured(problems)
    return tuple(sorted(set(codes)))


def _found(known: SpotlightChosen | None, session: str) -> SpotlightChosen:
    if known is None:
        raise Misconfigured([f"no list is published for session {session}: leave --show out to choose one"])
    return known


def _show(made: SpotlightChosen, as_json: bool) -> None:
    if as_json:
        print(json.dumps(codec.plain(made), ensure_ascii=False, default=str))  # noqa: T201 - the answer itself
        return
    console = Console()
    industries = ", ".join(made.key_industries) or "none, so that every fit is 1"
    _say(console, f"Spotlight {made.session}: {len(made.entries)} of {made.count}, key industries {industries}")
    for entry in made.entries:
        for line in _lines(entry):
            _say(console, line)
    for each in made.passed_over:
        owner, achievement = each.achievement_institution_id, each.achievement_id
        word = f"{owner}/{achievement} has {each.points} points; its institution has its {made.quota} already"
        _say(console, word, style="dim")


def _say(console: Console, line: str, style: str = "") -> None:
    # Titles are others' words: brackets in them are no markup.
    console.print(line, style=style, soft_wrap=True, markup=False, highlight=False)


def _lines(entry: SpotlightEntry) -> Iterator[str]:
    yield f"{entry.place:>4}  {entry.achievement_institution_id}/{entry.achievement_id}  {entry.title}"
    fit = f"fit {entry.fit}" + (f" ({entry.key_industry})" if entry.key_industry else "")
    interest = f"interest {entry.interest} ({entry.demands} demands)"
    tie = _ORDERS.get(entry.decided_by)
    product = f"{entry.points} = maturity {entry.maturity} × {fit} × evidence {entry.evidence} × {interest}"
    yield f"      {product}{f'; {tie}' if tie else ''}"
