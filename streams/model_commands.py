"""What is done with scoring models on the command line."""

from __future__ import annotations

import typer

from streams.training_command import train


def model_app() -> typer.Typer:
    """The commands under ``techdock model``."""
    app = typer.Typer(help="Scoring models.", no_args_is_help=True)
    # A callback keeps the name of a single command.
    app.callback()(lambda: None)
    app.command("train")(train)
    return app
