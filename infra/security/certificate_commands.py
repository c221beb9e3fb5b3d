"""``techdock certificates``: an authority of one's own, and what it signs."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra import home
from infra.home import Home
from infra.settings import Settings

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from infra.security.certificates import Certificates

Names = Annotated[list[str] | None, typer.Option("--name", help="A further host or address of the brokers; repeat it.")]


def certificates_app() -> typer.Typer:
    """The commands below ``techdock certificates``."""
    app = typer.Typer(help="The certificates of a secure broker.", no_args_is_help=True)
    app.command("make")(make)
    app.command("rotate")(rotate)
    app.command("show")(show)
    return app


def make(names: Names = None) -> None:
    """Make an authority and a certificate for brokers on this machine; `techdock up --secure` does it by itself."""
    place = Home(Settings.from_env(os.environ).home)
    place.make()
    certificates = _certificates(place)
    certificates.make(names or (), datetime.now(UTC))
    _tell(f"made: clients trust {certificates.bundle}")


def rotate(
    names: Names = None,
    authority: Annotated[
        bool, typer.Option("--authority", help="A new authority, trusted beside the old one.")
    ] = False,
    retire: Annotated[bool, typer.Option("--retire", help="Trust the newest authority alone.")] = False,
) -> None:
    """Give the brokers another certificate; those that run here take it up at once.

    A new authority takes three steps: `--authority`, and every client gets the new `ca.pem`; without an option;
    `--retire`. Before the second and the third all is started anew, for what runs shows and trusts what it had.
    """
    settings = Settings.from_env(os.environ)
    place = Home(settings.home)
    certificates, now = _certificates(place), datetime.now(UTC)
    if authority:
        certificates.add_authority(now)
    elif retire:
        certificates.retire()
    else:
        certificates.rotate(names or (), now)
    if settings.bootstrap is None and home.is_running(place):
        from infra.security.renewal import take_up

        _tell(f"{take_up(home.bootstrap(settings), certificates)} brokers have taken it up")
    if authority:
        _tell(f"next: give every client the new {certificates.bundle}; `techdock down` and `techdock up`;")
        _tell("then `techdock certificates rotate`")
    elif certificates.has_two_authorities:
        _tell("next: `techdock down` and `techdock up`; then `techdock certificates rotate --retire`")


def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False) -> None:
    """Show the brokers' certificate and the authorities; exit 1 when one ends within 30 days."""
    found = _certificates(Home(Settings.from_env(os.environ).home)).shown()
    if as_json:
        print(json.dumps([{**asdict(one), "ends": one.ends.isoformat()} for one in found]))  # noqa: T201 - the answer
    else:
        for one in found:
            _tell(f"{one.role:<9}  until {one.ends:%Y-%m-%d}  {one.subject}  {' '.join(one.names)}")
            _tell(f"{'':<9}  SHA-256 {one.fingerprint}")
    raise typer.Exit(1 if any(one.is_due(datetime.now(UTC)) for one in found) else 0)


def _certificates(place: Home) -> Certificates:
    from infra.security.certificates import Certificates

    return Certificates(place.secrets)


def _tell(line: str) -> None:
    Console().print(line, soft_wrap=True, markup=False, highlight=False)
