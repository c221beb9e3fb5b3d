"""``python -m producers import …``: the commands of producers alone, as they run on an institution's machine."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from infra.cli import MISCONFIGURED, UNAVAILABLE
from producers import commands
from schemas.errors import Misconfigured, Unavailable


def main() -> None:
    """Runs the command line; what is wrong with the set-up comes out as plain sentences."""
    app = typer.Typer(
        name="producers",
        help="Facts in: what institutions submit to TechDock.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    commands.register(app)
    try:
        app()
    except Misconfigured as error:
        _say(error.problems, MISCONFIGURED)
    except Unavailable as error:
        _say((error.what,), UNAVAILABLE)


def _say(sentences: tuple[str, ...], code: int) -> None:
    console = Console(stderr=True)
    for sentence in sentences:
        console.print(sentence, style="red", soft_wrap=True, markup=False, highlight=False)
    sys.exit(code)


if __name__ == "__main__":
    main()
