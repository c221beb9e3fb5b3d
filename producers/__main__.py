"""``python -m producers import …``: the commands of producers alone, as they run on an institution's machine."""

from __future__ import annotations

import logging
import os
import sys

import typer
from rich.console import Console

from infra import schema_ids
from infra.cli import MISCONFIGURED, UNAVAILABLE
from infra.settings import Settings
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
    app.command("gateway", hidden=True)(gateway)
    app.command("openapi", hidden=True)(openapi)
    try:
        app()
    except Misconfigured as error:
        _say(error.problems, MISCONFIGURED)
    except Unavailable as error:
        _say((error.what,), UNAVAILABLE)


def gateway() -> None:
    """Serves the intake over HTTPS until it is asked to stop; `techdock up` does so."""
    from producers.gateway import server

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kafka").setLevel(logging.WARNING)
    settings = Settings.from_env(os.environ)
    schema_ids.adopt(settings)
    server.serve(settings)


def openapi() -> None:
    """Prints the OpenAPI document of the intake; `make openapi` keeps it."""
    from producers.gateway import api, document

    print(document.as_yaml(api.described()).rstrip())  # noqa: T201 - the answer itself


def _say(sentences: tuple[str, ...], code: int) -> None:
    console = Console(stderr=True)
    for sentence in sentences:
        console.print(sentence, style="red", soft_wrap=True, markup=False, highlight=False)
    sys.exit(code)


if __name__ == "__main__":
    main()
