"""``techdock policies``: what deals qualify for, and rules tried before they are published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from infra.answers import AsJson, bootstrap, print_json, tell, unknown

if TYPE_CHECKING:
    # The language of rules takes a while to load, and the help does without.
    from streams.policy_check import Log

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


def list_policies(as_json: AsJson = False) -> None:
    """List the policies that nobody has closed, how they stand today, and how many deals qualify.

    Exit codes: 0 they are listed, 2 misconfigured, 3 the broker is away.
    """
    from streams import policy_desk as desk

    found = desk.listed(_log(), _today())
    if as_json:
        print_json([one.plain() for one in found])
        return
    for one in found:
        policy = one.policy
        days = f"{policy.since or ''} to {policy.until or 'its closing'}"
        tell(f"{policy.ref}  {policy.title}: {policy.benefit}; {one.state}, {days}; {one.deals:,} deals qualify")
        for error in one.errors:
            tell(f"    a rule fails: {error}")
    tell(f"{len(found):,} policies")


def of(
    deal: Deal,
    everything: Annotated[bool, typer.Option("--all", help="Also what it does not qualify for, and why.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a deal qualifies for today, until when, and which proofs are missing.

    Exit codes: 0 it is said, 1 there is no such deal, 2 misconfigured, 3 the broker is away.
    """
    from streams import policy_desk as desk

    found = _of_a_deal(lambda: desk.asked(_log(), deal, _today()))
    if as_json:
        print_json(found.plain(everything))
        return
    for line in found.lines(everything):
        tell(line)


def try_rule(
    deal: Deal,
    rule: Annotated[str, typer.Option(help="The rule, in CEL; `techdock policies names` lists what it may name.")],
    as_json: AsJson = False,
) -> None:
    """Try a rule on a deal before it is published: whether it holds, and what it sees.

    Exit codes: 0 it was tried, 1 it is no rule or there is no such deal, 2 misconfigured, 3 the broker is away.
    """
    from streams import policy_desk as desk
    from streams.domain.policies.language import Wrong

    found = _of_a_deal(lambda: desk.tried(_log(), rule, deal, _today()))
    if isinstance(found, Wrong):
        unknown(f"this is no rule: {found.why}")
    if as_json:
        print_json({**found.answer._asdict(), "sees": {name: desk.shown(name, it) for name, it in found.sees.items()}})
        return
    tell("it holds" if found.answer.holds else f"it does not hold{_because(found.answer.error)}")
    for name, value in found.sees.items():
        tell(f"  {name} == {desk.shown(name, value)}")


def names(as_json: AsJson = False) -> None:
    """List what a rule may name: its type, and what it says. What is not known of a deal has no value."""
    from streams import policy_desk as desk

    if as_json:
        print_json([dict(zip(("name", "type", "about"), one, strict=True)) for one in desk.names()])
        return
    for name, of_type, about in desk.names():
        tell(f"{name:<28}{of_type:<17}{about}")
    tell(f'{"date(…)":<28}{"int":<17}a day, as in date("2026-12-31"); money is in fen, hundredths of the currency')


def _because(error: str | None) -> str:
    return "" if error is None else f": {error}"


def _of_a_deal(ask: Callable[[], _Found]) -> _Found:
    """What ``ask`` finds; ends with 1 where there is no such deal."""
    from streams.domain.trace import UnknownDeal

    try:
        return ask()
    except UnknownDeal as error:
        unknown(str(error))


def _today() -> int:
    from streams.domain.working_days import day_at

    return day_at(datetime.now(UTC))


def _log() -> Log:
    from streams import policy_check

    return policy_check.read(bootstrap())
