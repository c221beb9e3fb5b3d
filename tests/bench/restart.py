"""Seconds until the matching workers are ready again after kill -9: from the states they kept, then from Kafka alone.

The peer reads the same records once, in one process, and does nothing with them.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
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
_LOOK_EVERY, _SETTLED = 0.1, 5.0
#: Seconds for 85,000 texts: from Kafka, and from what a worker kept.
_GOAL, _GOAL_KEPT = 30.0, 5.0


@dataclass(frozen=True, slots=True)
class Restart:
    """Seconds from the kill until every matching worker says that it is ready, and what each took to read."""

    whole: float
    seconds: Mapping[str, float]

    def told(self) -> dict[str, Any]:
        """For the report."""
        restoring = {name: round(seconds, 2) for name, seconds in self.seconds.items()}
        return {"restore_seconds": restoring, "kill_to_ready_seconds": round(self.whole, 2)}


def measured(size: Size, console: Console) -> Result:
    """Seconds of each worker, one for each lane, both ways."""
    with fresh() as system:
        console.print(f"up in {system.up('--workers', str(topics.PARTITIONS)):.1f} s")
        source, loading = _stand(system.endpoints.bootstrap, size)
        about = f"{size.restored:,} texts and {size.demands:,} demands ({source})"
        console.print(f"{about} stand after {loading:.1f} s")
        reading, records = _read(system.endpoints.bootstrap)
        kept = _kept(system)
        from_kept = _restarted(system)
        for path in _snapshots(system):
            path.unlink()
        from_kafka = _restarted(system)
        held = memory.held(system)
    slowest, quickest = max(from_kafka.seconds.values()), max(from_kept.seconds.values())
    workers = {name: held.by_process[name] for name in from_kafka.seconds}
    content: dict[str, Any] = {
        "texts": source,
        "achievements": size.restored,
        "demands": size.demands,
        "from_kafka": from_kafka.told(),
        "from_kept_states": {**from_kept.told(), "megabytes": kept},
        "reading": {"seconds": round(reading, 2), "records": records},
        "ratio": {
            "to_reading": round(slowest / reading, 2),
            "to_goal": round(slowest / _GOAL, 3),
            "kept_to_goal": round(quickest / _GOAL_KEPT, 3),
        },
        "memory": {"kind": held.kind, "unit": "MB (10^6 bytes)", "total": held.total, "processes": held.by_process},
    }
    rows = [
        Row(
            f"from states kept ({sum(kept.values()):.0f} MB), the slower worker",
            f"{quickest:.1f} s", f"goal {_GOAL_KEPT:.0f} s: × {quickest / _GOAL_KEPT:.2f}",
        ),
        Row("from kill -9 until all are ready", f"{from_kept.whole:.1f} s", "the session of the killed runs out first"),
        Row("from Kafka alone, the slower worker", f"{slowest:.1f} s", f"goal {_GOAL:.0f} s: × {slowest / _GOAL:.2f}"),
        Row(f"reading the {records:,} records once", f"{reading:.1f} s", f"restart × {slowest / reading:.1f}"),
        Row("from kill -9 until all are ready", f"{from_kafka.whole:.1f} s"),
        *(Row(f"{held.kind} {name}", f"{value:.0f} MB") for name, value in workers.items()),
    ]  # fmt: skip
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


def _snapshots(system: System) -> list[Path]:
    return sorted((system.home.root / "snapshots").glob("*.snapshot"))


def _kept(system: System) -> dict[str, float]:
    """Megabytes of each state that is kept, once none has changed for some seconds."""
    before: list[float] = []
    while True:
        now = [path.stat().st_mtime for path in _snapshots(system)]
        if now == before and len(now) == topics.PARTITIONS:
            return {path.stem: round(path.stat().st_size / 1e6, 1) for path in _snapshots(system)}
        before = now
        time.sleep(_SETTLED)


def _restarted(system: System) -> Restart:
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
    return Restart(whole, {name: quantiles.sum_of(port, _HISTOGRAM) for name, port in ports.items()})


def _is_back(system: System, killed: Record) -> bool:
    now = system.process(killed.name)
    seen: Observed | None = observe(now.metrics_port) if now.started != killed.started else None
    return seen is not None and seen.ready
