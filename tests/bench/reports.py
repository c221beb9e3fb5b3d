"""What a benchmark found: a JSON file for machines, a table for people."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

OUT = Path(__file__).parents[2] / "bench" / "out"
_LIBRARIES = ("confluent-kafka", "faust-streaming", "quixstreams", "fastavro", "numba", "numpy")


@dataclass(frozen=True, slots=True)
class Size:
    """How large the benchmarks are."""

    events: int = 60_000
    rounds: int = 2
    repeats: int = 3
    standing: int = 20_000
    rate: int = 100
    seconds: int = 60
    texts: int = 50_000
    queries: int = 2_000
    restored: int = 85_000
    achievements: int = 5_000
    demands: int = 10_000
    withdrawals: int = 100
    requests: int = 200
    deals: int = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what, how much, and what it is to be held against."""

    what: str
    value: str
    against: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What a benchmark found; ``content`` becomes its JSON file."""

    title: str
    content: Mapping[str, Any]
    rows: Sequence[Row]


def write(name: str, size: Size, result: Result) -> Path:
    """The file that now holds ``result``, with what it was measured on."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.json"
    content = {"bench": name, **result.content, "size": asdict(size), "machine": _machine()}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def show(result: Result, console: Console) -> None:
    """Prints the table."""
    console.print(f"\n{result.title}", soft_wrap=True, highlight=False)
    table = Table("", "measured", "against", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for row in result.rows:
        table.add_row(row.what, row.value, row.against)
    console.print(table)


def _machine() -> dict[str, Any]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        # Others at work on the machine show here: such numbers are noise.
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }
