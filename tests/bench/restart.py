"""Seconds until the matching workers are ready again after kill -9, their index rebuilt from Kafka.

The peer reads the same records once, in one process, and does nothing with them.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from dataclasses import replace
from typing import Any

from rich.console import Console

from infra.observed import Observed, observe
from infra.reading import committed_records
from infra.runfiles import Record
from infra.topics import KafkaCluster
from producers.publisher import Publisher
from schemas import topics
from schemas.errors import Unavailable
from tests.bench import memory, quantiles
from tests.bench.corpus import corpus
from tests.bench.reports import Result, Row, Size
from tests.bench.standing import drain
from tests.bench.submissions import LAB, OFFICE, achievement, clean, demand, texts
from tests.bench.system import System, fresh

_HISTOGRAM = "techdock_lane_restore_seconds"
_PATIENCE, _LOADING = 300.0, 900.0
_LOOK_EVERY = 0.1
#: Seconds for 85,000 texts.
_GOAL = 30.0


def measured(size: Size, console: Console) -> Result:
    """Seconds of each worker, one for each lane."""
    with fresh() as system:
        console.print(f"up in {system.up('--workers', str(topics.PARTITIONS)):.1f} s")
        source, loading = _stand(system.endpoints.bootstrap, size)
        about = f"{size.restored:,} texts and {size.demands:,} demands ({source})"
        console.print(f"{about} stand after {loading:.1f} s")
        reading, records = _read(system.endpoints.bootstrap)
        whole, restoring = _restarted(system)
        held = memory.held(system)
    slowest = max(restoring.values())
    workers = {name: held.by_process[name] for name in restoring}
    content: dict[str, Any] = {
        "texts": source,
        "achievements": size.restored,
        "demands": size.demands,
        "restore_seconds": {name: round(seconds, 2) for name, seconds in restoring.items()},
        "kill_to_ready_seconds": round(whole, 2),
        "reading": {"seconds": round(reading, 2), "records": records},
        "ratio": {"to_reading": round(slowest / reading, 2), "to_goal": round(slowest / _GOAL, 3)},
        "memory": {"kind": held.kind, "unit": "MB (10^6 bytes)", "total": held.total, "processes": held.by_process},
    }
    rows = [
        Row("state read back, the slower worker", f"{slowest:.1f} s", f"goal {_GOAL:.0f} s: × {slowest / _GOAL:.2f}"),
        Row(f"reading the {records:,} records once", f"{reading:.1f} s", f"restart × {slowest / reading:.1f}"),
        Row("from kill -9 until all are ready", f"{whole:.1f} s", "the session of the killed runs out first"),
        *(Row(f"{held.kind} {name}", f"{value:.0f} MB") for name, value in workers.items()),
    ]
    return Result(f"Matching reads {about} back, {topics.PARTITIONS} workers", content, rows)


def _stand(bootstrap: str, size: Size) -> tuple[str, float]:
    """Where the texts come from, and the seconds until all of them and the demands are worked off."""
    found, chance = corpus(size.restored, 0), random.Random(0)
    wishes = itertools.cycle(texts(0).demands)
    with KafkaCluster(bootstrap) as cluster:
        cluster.create([make(one) for one in (LAB, OFFICE) for make in (topics.inbox, topics.receipts)])
    began = time.monotonic()
    with Publisher(bootstrap) as publisher:
        for number in range(size.demands):
            publisher.send(demand(chance, number, next(wishes)))
        for number, award in enumerate(found.stands):
            publisher.send(replace(achievement(chance, number, clean(award.text)), zh=None))
    drain(bootstrap, _LOADING)
    return found.about, time.monotonic() - began


def _read(bootstrap: str) -> tuple[float, int]:
    began = time.monotonic()
    names = [topics.ACHIEVEMENTS.name, topics.DEMAND_COPIES.name]
    records = sum(1 for _ in committed_records(bootstrap, names))
    return time.monotonic() - began, records


def _restarted(system: System) -> tuple[float, dict[str, float]]:
    """Seconds from the kill until every matching worker says again that it is ready, and what each took to read."""
    killed = [system.process(path.stem) for path in sorted(system.home.run.glob("matching*.json"))]
    began = time.monotonic()
    for record in killed:
        os.kill(record.pid, signal.SIGKILL)
    while not all(_is_back(system, record) for record in killed):
        if time.monotonic() - began > _PATIENCE:
            raise Unavailable("matching did not come back")
        time.sleep(_LOOK_EVERY)
    whole = time.monotonic() - began
    ports = {record.name: system.process(record.name).metrics_port for record in killed}
    return whole, {name: quantiles.sum_of(port, _HISTOGRAM) for name, port in ports.items()}


def _is_back(system: System, killed: Record) -> bool:
    now = system.process(killed.name)
    seen: Observed | None = observe(now.metrics_port) if now.started != killed.started else None
    return seen is not None and seen.ready
