"""``techdock vault``: the keys of confidential annexes."""

from __future__ import annotations

import os

import typer
from rich.console import Console

from infra.settings import Settings


def vault_app() -> typer.Typer:
    """The commands below ``techdock vault``."""
    app = typer.Typer(help="The keys of confidential annexes, outside of the log.", no_args_is_help=True)
    # With a callback it stays a group, though it has one command.
    app.callback()(_group)
    app.command("rotate")(rotate)
    return app


def _group() -> None:
    """The keys of confidential annexes, outside of the log."""


def rotate() -> None:
    """Wrap all keys anew by another master key; the old one opens nothing any more."""
    from infra.vault.vault import Vault

    count = Vault.of(Settings.from_env(os.environ)).rotate()
    Console().print(f"{count:,} keys are wrapped by a new master key", markup=False, highlight=False)
