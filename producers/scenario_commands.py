"""Adds ``demo`` and ``load`` to the command line."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

#: What a shell reports of a command that Ctrl-C ended.
_INTERRUPTED = 130
#: The one of ``producers.scenario``, which is loaded only where it is needed: `--help` should answer at once.
_SEED = 2026

Json = Annotated[bool, typer.Option("--json", help="With --exit: print one JSON object at the end.")]


def register(app: typer.Typer) -> None:
    """Adds our commands."""
    app.command("demo")(demo)
    app.command("load")(send_load)


def demo(
    exits: Annotated[bool, typer.Option("--exit", help="End when everything is worked off and verified.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another number makes another story.")] = _SEED,
    as_json: Json = False,
) -> None:
    """Play the Dalian scenario on a TechDock in this home; start one first unless it runs.

    It is illustrative: achievements, enterprises, prices and deals are made up. Ctrl-C ends it and stops what was
    started for it. The same seed again changes nothing.

    With --exit, the exit code is 0 only if every check held.
    """
    from infra.settings import Settings
    from producers.demo import Telling, run
    from producers.demo_summary import show

    console = Console(stderr=as_json)
    try:
        told = run(Telling(seed, console, exits, Settings.from_env(os.environ)))
    except KeyboardInterrupt:
        console.print("stopped")
        raise typer.Exit(_INTERRUPTED if exits else 0) from None
    if as_json:
        print(json.dumps(told.as_json(), ensure_ascii=False))  # noqa: T201 - the answer itself
    else:
        show(told, console)
    raise typer.Exit(0 if told.ok else 1)


def send_load(
    rate: Annotated[float, typer.Option(min=0.01, help="Submissions a second.")],
    count: Annotated[int, typer.Option(min=1, help="How many.")],
    seed: Annotated[int, typer.Option(min=0, help="Ids follow from it: another number makes other ones.")] = _SEED,
    institution: Annotated[str, typer.Option(help="Who submits them.")] = "load",
) -> None:
    """Send made-up achievements and demands, nine to one, of about 1 kB each, at a steady rate."""
    from infra import answers
    from producers import admittance
    from producers.load import Load, load
    from producers.publisher import Publisher

    bootstrap = answers.bootstrap()
    admittance.admit_unknown(bootstrap, [institution], datetime.now(UTC))
    with Publisher(bootstrap) as publisher:
        seconds = load(publisher, Load(rate, count, seed, institution), time.monotonic, time.sleep)
    Console().print(f"{count:,} sent in {seconds:.1f} s: {count / seconds:,.0f} a second", highlight=False)
