"""The command ``techdock``: our own commands and those that the other packages contribute."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Sequence

import typer
from rich.console import Console

from infra import commands, schema_ids
from infra.settings import Settings
from schemas.errors import Misconfigured, Unavailable

#: The entry-point group in which a package names its ``register(app)``.
GROUP = "techdock.commands"
_EXIT_CODES = "Exit codes: 0 all is well, 1 a check failed, 2 misconfigured, 3 something needed is away."
#: Commands that neither read nor write records: no schema registry keeps them waiting.
_WITHOUT_RECORDS = (commands.NAMES - {"verify"}) | {"match", "template", "evaluate"}
_HELP = frozenset({"-h", "--help"})
MISCONFIGURED = 2
UNAVAILABLE = 3


def main() -> None:
    """Runs the command line; what is wrong with the set-up comes out as plain sentences."""
    try:
        if _reads_records(sys.argv[1:]):
            schema_ids.adopt(Settings.from_env(os.environ))
        assembled(sys.argv[1:])()
    except Misconfigured as error:
        _say(*error.problems)
        sys.exit(MISCONFIGURED)
    except Unavailable as error:
        _say(error.what)
        sys.exit(UNAVAILABLE)


def assembled(arguments: Sequence[str]) -> typer.Typer:
    """The application that ``arguments`` are for; contributions are loaded only where they may be needed."""
    app = typer.Typer(
        name="techdock",
        help="TechDock: an event-driven marketplace for technology transfer.",
        epilog=_EXIT_CODES,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    commands.register(app)
    if _first_word(arguments) not in commands.NAMES:
        for entry in sorted(importlib.metadata.entry_points(group=GROUP)):
            entry.load()(app)
    return app


def _first_word(arguments: Sequence[str]) -> str | None:
    return next((word for word in arguments if not word.startswith("-")), None)


def _reads_records(arguments: Sequence[str]) -> bool:
    word = _first_word(arguments)
    return word is not None and word not in _WITHOUT_RECORDS and _HELP.isdisjoint(arguments)


def _say(*sentences: str) -> None:
    console = Console(stderr=True)
    for sentence in sentences:
        console.print(sentence, style="red", soft_wrap=True, markup=False, highlight=False)
