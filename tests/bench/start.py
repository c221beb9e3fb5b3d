"""Seconds until everything is healthy, and until it is gone; beside the broker and the database alone."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence

from rich.console import Console

from tests.bench.reports import Result, Row, Size
from tests.bench.system import fresh

#: Seconds in which a warm start is to be done.
_GOAL = 25.0


def measured(size: Size, console: Console) -> Result:
    """Medians in seconds; cold: a new home, with Kafka's jars at hand; warm: the same home again."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(1, size.repeats + 1):
        with fresh() as system:
            for kind in ("cold", "warm"):
                seconds[kind].append(system.up())
                seconds["down"].append(system.down())
            seconds["bare_warm"].append(system.up("--bare"))
        latest = ", ".join(f"{kind} {found[-1]:.1f} s" for kind, found in seconds.items())
        console.print(f"{number}: {latest}")
    return _result(seconds)


def _result(seconds: Mapping[str, Sequence[float]]) -> Result:
    medians = {kind: statistics.median(found) for kind, found in seconds.items()}
    to_bare = medians["warm"] / medians["bare_warm"]
    content = {
        "seconds": {kind: round(median, 2) for kind, median in medians.items()},
        "repeats": {kind: [round(each, 2) for each in found] for kind, found in seconds.items()},
        "ratio": {"warm_to_bare": round(to_bare, 3), "warm_to_goal": round(medians["warm"] / _GOAL, 3)},
    }
    rows = [
        Row("cold, jars at hand", f"{medians['cold']:.1f} s"),
        Row("warm", f"{medians['warm']:.1f} s", f"goal {_GOAL:.0f} s: × {medians['warm'] / _GOAL:.2f}"),
        Row("broker and database alone, warm", f"{medians['bare_warm']:.1f} s", f"warm × {to_bare:.2f}"),
        Row("down", f"{medians['down']:.1f} s"),
    ]
    return Result("Seconds until all is healthy, and until all is gone", content, rows)
