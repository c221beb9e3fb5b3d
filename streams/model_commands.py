"""``techdock model``: scoring models, learned, published and followed by live matches."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from infra import home
from infra.settings import Settings
from schemas import topics
from streams.learning.command import train
from streams.learning.word_list import make_words


def model_app() -> typer.Typer:
    """The commands below ``techdock model``."""
    app = typer.Typer(help="The scoring model that live matches follow.", no_args_is_help=True)
    app.command("publish")(publish)
    app.command("list")(list_models)
    app.command("train")(train)
    app.command("words")(make_words)
    return app


def publish(
    file: Annotated[Path | None, typer.Argument(help="A packed model; the one that ships unless given.")] = None,
    comment: Annotated[str, typer.Option(help="What to say about it in the list.")] = "",
    if_none: Annotated[
        bool, typer.Option("--if-none", help="Only where none is published that this release can read.")
    ] = False,
    version: Annotated[
        str | None, typer.Option(help="Publish it under this version; to go back to a former model, one that is new.")
    ] = None,
) -> None:
    """Publish a scoring model: every matching lane builds its matches anew beside the old ones, then switches.

    The same model again has no second effect; other content under a version that is taken is refused.
    """
    from streams import models

    model = models.model_from(file)
    if version is not None:
        model = replace(model, version=version)
    publisher = models.ModelPublisher(_bootstrap())
    if if_none and publisher.serves():
        _say(f"a scoring model is published already: {list(publisher.published)[-1]}")
    elif publisher.publish(model, comment, datetime.now(UTC)):
        _say(f"scoring model {model.version} is published; `techdock model list` shows when each lane follows it")
    elif (last := list(publisher.published)[-1]) != model.version:
        _say(
            f"scoring model {model.version} was published before, and lanes follow {last}, the last one: to go back, "
            "publish it under another version, with --version"
        )
    else:
        _say(f"scoring model {model.version} was published before; nothing is to do")


def list_models(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False) -> None:
    """Show which models are published, and which one each matching lane follows since when."""
    from streams import models

    bootstrap = _bootstrap()
    found = [
        {"version": one.version, "published_at": one.published_at, "bytes": len(one.model), "comment": one.comment}
        for one in models.published(bootstrap)
    ]
    told = models.adoptions(bootstrap)
    lanes = [
        {"lane": lane, "version": told[lane].version, "adopted_at": told[lane].adopted_at}
        if lane in told
        else {"lane": lane, "version": None, "adopted_at": None}
        for lane in range(topics.MODEL_ADOPTIONS.partitions)
    ]
    if as_json:
        print(json.dumps({"published": found, "lanes": lanes}, default=_spelled))  # noqa: T201 - the answer itself
        return
    _show(found, "no scoring model is published: publish one with `techdock model publish`")
    _show(lanes, "")


def _show(rows: list[dict[str, Any]], otherwise: str) -> None:
    if not rows:
        _say(otherwise)
        return
    table = Table(box=None, pad_edge=False)
    for name in rows[0]:
        # A version that is cut short names nothing.
        table.add_column(name.replace("_", " "), no_wrap=name == "version", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    Console().print(table)


def _cell(value: object) -> str:
    return "–" if value is None else _spelled(value) if isinstance(value, datetime) else str(value)


def _spelled(value: Any) -> str:
    return str(value.isoformat(timespec="seconds"))


def _bootstrap() -> str:
    return home.endpoints(Settings.from_env(os.environ)).bootstrap


def _say(line: str) -> None:
    Console().print(line, soft_wrap=True, markup=False, highlight=False)
