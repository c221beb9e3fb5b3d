"""``techdock policies``: what deals qualify for, and rules tried before they are published."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

if TYPE_CHECKING:
    # The language of rules takes a while to load, and the help does without.
    from streams.policy_check import Log

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Deal = Annotated[str, typer.Argument(help="A deal's id, or its beginning.")]
_Found = TypeVar("_Found")


def policies_app() -> typer.Typer:
    """The commands below ``techdock policies``."""
    about = "Policies: which deals qualify, until when, and which proof is missing."
    app = typer.Typer(help=about, no_args_is_help=True)
    app.command("list")(list_policies)
    app.command("of")(of)
    app.command("test")(try_rule)
    app.command("names")(names)
    return app


def list_policies(as_json: Json = False) -> None:
    """List the policies that nobody has closed, how they stand today, and how many deals qualify.

    Exit codes: 0 they are listed, 2 misconfigured, 3 the broker is away.
    """
    from streams import policy_desk as desk

    found = desk.listed(_log(), _today())
    if as_json:
        _print([one.plain() for one in found])
        return
    for one in found:
        policy = one.policy
        days = f"{policy.since or ''} to {policy.until or 'its closing'}"
        _say(f"{policy.ref}  {policy.title}: {policy.benefit}; {one.state}, {days}; {one.deals:,} deals qualify")
        for error in one.errors:
            _say(f"    a rule fails: {error}")
    _say(f"{len(found):,} policies")


def of(
    deal: Deal,
    everything: Annotated[bool, typer.Option("--all", help="Also what it does not qualify for, and why.")] = False,
    as_json: Json = False,
) -> None:
    """Say what a deal qualifies for today, until when, and which proofs are missing.

    Exit codes: 0 it is said, 1 there is no such deal, 2 misconfigured, 3 the broker is away.
    """
    from streams import policy_desk as desk

    found = _of_a_deal(lambda: desk.asked(_log(), deal, _today()))
    if as_json:
        _print(found.plain(everything))
        return
    for line in found.lines(everything):
        _say(line)


def try_rule(
    deal: Deal,
    rule: Annotated[str, typer.Option(help="The rule, in CEL; `techdock policies names` lists what it may name.")],
    as_json: Json = False,
) -> None:
    """Try a rule on a deal before it is published: whether it holds, and what it sees.

    Exit codes: 0 it was tried, 1 it is no rule or there is no such deal, 2 misconfigured, 3 the broker is away.
    """
    from streams import policy_desk as desk
    from streams.domain.policies.language import Wrong

    found = _of_a_deal(lambda: desk.tried(_log(), rule, deal, _today()))
    if isinstance(found, Wrong):
        _complain(f"this is no rule: {found.why}")
        raise typer.Exit(1)
    if as_json:
        _print({**found.answer._asdict(), "sees": {name: desk.shown(name, it) for name, it in found.sees.items()}})
        return
    _say("it holds" if found.answer.holds else f"it does not hold{_because(found.answer.error)}")
    for name, value in found.sees.items():
        _say(f"  {name} == {desk.shown(name, value)}")


def names(as_json: Json = False) -> None:
    """List what a rule may name: its type, and what it says. What is not known of a deal has no value."""
    from streams import policy_desk as desk

    if as_json:
        _print([dict(zip(("name", "type", "about"), one, strict=True)) for one in desk.names()])
        return
    for name, of_type, about in desk.names():
        _say(f"{name:<28}{of_type:<17}{about}")
    _say(f'{"date(…)":<28}{"int":<17}a day, as in date("2026-12-31"); money is in fen, hundredths of the currency')


def _because(error: str | None) -> str:
    return "" if error is None else f": {error}"


def _of_a_deal(ask: Callable[[], _Found]) -> _Found:
    """What ``ask`` finds; ends with 1 where there is no such deal."""
    from streams.domain.trace import UnknownDeal

    try:
        return ask()
    except UnknownDeal as unknown:
        _complain(str(unknown))
        raise typer.Exit(1) from unknown


def _today() -> int:
    from streams.domain.working_days import day_at

    return day_at(datetime.now(UTC))


def _log() -> Log:
    from infra import home
    from infra.settings import Settings
    from streams import policy_check

    return policy_check.read(home.bootstrap(Settings.from_env(os.environ)))


def _print(answer: Any) -> None:
    print(json.dumps(answer, ensure_ascii=False))  # noqa: T201 - the answer itself


def _complain(line: str) -> None:
    Console(stderr=True).print(line, style="red", soft_wrap=True, markup=False, highlight=False)


def _say(line: str) -> None:
    # Titles and rules are others' words: brackets in them are no markup.
    Console().print(line, soft_wrap=True, markup=False, highlight=False)
