"""Groups of commands that more than one package adds to: what reads lives beside what decides, what sends elsewhere."""

from __future__ import annotations

import typer


def group(app: typer.Typer, name: str, about: str) -> typer.Typer:
    """The group of commands of this name below ``app``, made where nobody has made it yet."""
    for known in app.registered_groups:
        if known.name == name and known.typer_instance is not None:
            return known.typer_instance
    made = typer.Typer(help=about, no_args_is_help=True)
    app.add_typer(made, name=name)
    return made


def tasks(app: typer.Typer) -> typer.Typer:
    """The commands below ``techdock tasks``."""
    return group(app, "tasks", "The nine key tasks over an achievement's life: their cases, and moves in them.")
