"""How commands answer: a table or lines for people, JSON for machines. What others wrote is no markup."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def bootstrap() -> str:
    """Kafka's address, by the environment or by what runs in this home. Raises ``Misconfigured``."""
    from infra import home
    from infra.settings import Settings

    return home.bootstrap(Settings.from_env(os.environ))


def print_json(content: object) -> None:
    """The answer for machines; amounts, days and fractions as text."""
    print(json.dumps(content, ensure_ascii=False, default=str))  # noqa: T201 - the answer itself


def tell(line: str) -> None:
    """A line of the answer for people."""
    Console().print(line, soft_wrap=True, markup=False, highlight=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], nothing: str) -> None:
    """The answer for people as a table, or what is said where it has no rows; ``None`` is an empty cell."""
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    if table.row_count:
        Console().print(table)
    else:
        tell(nothing)


def complain(line: str) -> None:
    """A line of what is wrong, beside the answer."""
    Console(stderr=True).print(line, style="red", soft_wrap=True, markup=False, highlight=False)


def unknown(line: str) -> NoReturn:
    """Ends with 1: what was asked for is not there."""
    complain(line)
    raise typer.Exit(1)
