"""``techdock delegation``: who may speak for another institution."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from infra.answers import AsJson, tell
from producers.institution_commands import changed, print_json, print_table, standing
from schemas.errors import Misconfigured

From = Annotated[str, typer.Option("--from", metavar="ID", help="Whose records may be submitted, e.g. neusoft.")]
To = Annotated[str, typer.Option("--to", metavar="ID", help="Who may submit them: a district office or a broker.")]


def delegation_app() -> typer.Typer:
    """The commands below ``techdock delegation``."""
    app = typer.Typer(help="Who may speak for another institution.", no_args_is_help=True)
    app.command("grant")(grant)
    app.command("revoke")(revoke)
    app.command("list")(list_delegations)
    return app


def grant(
    grantor: From,
    speaker: To,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day, in China; no end unless given.")] = None,
) -> None:
    """Let a district office or a broker submit an institution's records through its own inbox."""
    from producers import institutions

    decide = institutions.grant(grantor, speaker, _day(until), datetime.now(UTC))
    end = f" until {until}" if until else ""
    again = "" if changed(decide) else ", as before"
    tell(f"{speaker} speaks for {grantor}{end}{again}")


def revoke(grantor: From, speaker: To) -> None:
    """Take a grant back; what was registered by it stays."""
    from producers import institutions

    changed(institutions.revoke(grantor, speaker, datetime.now(UTC)))
    tell(f"{speaker} does not speak for {grantor} any more")


def list_delegations(as_json: AsJson = False) -> None:
    """Show the grants that were not revoked; one that has come to its last day is shown too, and lets nobody speak."""
    from schemas.days import CHINA

    found = standing()
    today = datetime.now(UTC).astimezone(CHINA).date()
    rows = [
        {
            "from_institution_id": grantor,
            "to_institution_id": speaker,
            "until": said.until,
            "stands": found.is_granted(grantor, speaker, today),
            "granted_at": said.granted_at,
        }
        for (grantor, speaker), said in sorted(found.grants.items())
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, "nobody speaks for anybody else: grant it with `techdock delegation grant`")


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Misconfigured([f"--until {text!r}: give a date such as 2027-12-31"]) from None
