"""``techdock token``: who may come in over HTTPS, and for what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console

from infra.answers import AsJson, bootstrap, tell
from producers.institution_commands import Id, changed, print_json, print_table, standing
from schemas.errors import Misconfigured
from schemas.institutions import Institution
from schemas.records import TokenScope


class ScopeName(StrEnum):
    """Scopes, as they are typed."""

    SUBMIT = "submit"
    READ = "read"


def token_app() -> typer.Typer:
    """The commands below ``techdock token``."""
    app = typer.Typer(help="Tokens for the intake over HTTPS.", no_args_is_help=True)
    app.command("issue")(issue)
    app.command("list")(list_tokens)
    app.command("revoke")(revoke)
    return app


def issue(
    institution: Id,
    scope: Annotated[
        list[ScopeName] | None, typer.Option(help="What it is for; repeat for several, all unless given.")
    ] = None,
    about: Annotated[str, typer.Option(help="Who holds it or what it is for, in words.")] = "",
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day, in China; no end unless given.")] = None,
) -> None:
    """Issue one more token and print it, this once; only its hash is kept."""
    from producers import tokens
    from producers.institution_log import say
    from producers.institutions import new_key

    named = tuple(TokenScope[one.name] for one in dict.fromkeys(scope or list(ScopeName)))
    token, token_id = new_key(), tokens.new_id()
    wanted = tokens.Grant(institution, named, about, _day(until))
    say(bootstrap(), tokens.issue(wanted, token_id, token, datetime.now(UTC)))
    print(token)  # noqa: T201 - the answer itself
    Console(stderr=True).print(f"token {token_id} of {institution}; keep it: it is not shown again", markup=False)


def list_tokens(
    institution: Annotated[str | None, typer.Argument(metavar="ID", help="Only those of this institution.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the tokens that stand, never what they are; an institution's key goes by the id `key`."""
    known = standing().known
    if institution is not None and institution not in known:
        raise Misconfigured([f"{institution} is not known: see `techdock institution list`"])
    names = sorted(known) if institution is None else [institution]
    rows = [row for name in names for row in _rows(name, known[name])]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, "no token stands: issue one with `techdock token issue`")


def revoke(
    institution: Id, token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, as `list` shows it.")]
) -> None:
    """Make a token worthless; the intake refuses it within a second."""
    from producers import tokens

    changed(tokens.revoke(institution, token, datetime.now(UTC)))
    tell(f"token {token} of {institution} is revoked")


def _rows(name: str, one: Institution) -> list[dict[str, Any]]:
    key = {"scopes": [each.value for each in ScopeName], "about": "its key", "until": None, "issued_at": None}
    rows = [] if one.key_hash is None else [{"institution_id": name, "token_id": "key", **key}]
    return rows + [
        {
            "institution_id": name,
            "token_id": said.token_id,
            "scopes": [scope.lower() for scope in said.scopes],
            "about": said.about,
            "until": said.until,
            "issued_at": said.issued_at,
        }
        for said in one.tokens.values()
    ]


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Misconfigured([f"--until {text!r}: give a date such as 2027-12-31"]) from None
