"""How the system in a home is doing: its processes, what waits, what was counted, which lanes stand still or wait."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from infra import runfiles
from infra.home import SUPERVISOR, Home
from infra.lag import Lag
from infra.observed import Observed, observe, total
from infra.runfiles import Record

#: Searches that are told, of all processes.
_SLOWEST = 10


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """One process; ``state``: ready, starting, restarting, failing (it dies again and again) or gone."""

    name: str
    pid: int
    state: str
    deaths: int


@dataclass(frozen=True, slots=True)
class StoppedLane:
    """A lane that stands at a record it cannot decide."""

    process: str
    lane: str
    #: Where it stands and what was raised; empty until the process has written it down.
    record: str = ""
    tries: int = 0
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class WaitingLane:
    """A lane that waits for something that its decisions need and that is away; it goes on by itself."""

    process: str
    lane: str
    #: What is away; empty until the process has written it down.
    cause: str = ""


@dataclass(frozen=True, slots=True)
class SlowSearch:
    """One of the slowest searches of the last minutes."""

    process: str
    demand: str
    seconds: float
    #: Postings of the index that it read.
    postings: int
    #: Achievements whose words were enough: to how many a gate was closed, and how many were scored.
    gated: int
    scored: int


@dataclass(frozen=True, slots=True)
class Health:
    """Everything ``techdock status`` shows."""

    processes: tuple[ProcessHealth, ...]
    lag: Lag
    counts: dict[str, float]
    stopped_lanes: tuple[StoppedLane, ...]
    #: Of all processes, slowest first.
    slowest_searches: tuple[SlowSearch, ...] = ()
    waiting_lanes: tuple[WaitingLane, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every process does its work and no lane stands still or waits; records that wait are no illness."""
        is_going = not (self.stopped_lanes or self.waiting_lanes)
        return is_going and all(process.state == "ready" for process in self.processes)

    def as_json(self) -> dict[str, object]:
        """As ``techdock status --json`` prints it."""
        return {"ok": self.ok, **asdict(self), "processes": [asdict(process) for process in self.processes],
                "stopped_lanes": [asdict(lane) for lane in self.stopped_lanes],
                "waiting_lanes": [asdict(lane) for lane in self.waiting_lanes],
                "slowest_searches": [asdict(search) for search in self.slowest_searches]}  # fmt: skip


def look(place: Home, lag: Lag) -> Health:
    """Asks every recorded process of this home how it is."""
    records = [record for record in runfiles.read_all(place.run) if record.name != SUPERVISOR]
    observed = {record.name: seen for record in records if (seen := _observed(record)) is not None}
    return Health(
        processes=tuple(
            ProcessHealth(record.name, record.pid, _state(record, observed.get(record.name)), record.deaths)
            for record in records
        ),
        lag=lag,
        counts=total(observed.values()),
        stopped_lanes=tuple(
            _stopped(place, name, lane) for name, seen in observed.items() for lane in seen.stopped
        ),
        slowest_searches=_slowest(place, observed),
        waiting_lanes=tuple(
            _waiting(place, name, lane) for name, seen in observed.items() for lane in seen.waiting
        ),
    )  # fmt: skip


def _stopped(place: Home, process: str, lane: str) -> StoppedLane:
    word = _word(place, process, "stopped")
    if word is None:
        return StoppedLane(process, lane)
    return StoppedLane(process, lane, word["record"], word["tries"], word["traceback"])


def _waiting(place: Home, process: str, lane: str) -> WaitingLane:
    word = _word(place, process, "waiting")
    return WaitingLane(process, lane, "" if word is None else word["cause"])


def _slowest(place: Home, processes: Iterable[str]) -> tuple[SlowSearch, ...]:
    words = ((name, _word(place, name, "slowest")) for name in processes)
    found = [SlowSearch(name, **search) for name, word in words if word is not None for search in word["slowest"]]
    return tuple(heapq.nlargest(_SLOWEST, found, key=lambda search: search.seconds))


def _word(place: Home, process: str, kind: str) -> Any:
    """What a process left in a file, for it has no place in a metric; ``None`` where there is nothing yet."""
    try:
        return json.loads((place.run / f"{process}.{kind}").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def _observed(record: Record) -> Observed | None:
    return observe(record.metrics_port) if record.metrics_port and runfiles.is_alive(record) else None


def _state(record: Record, observed: Observed | None) -> str:
    if not runfiles.is_alive(record):
        return record.state if record.state in {"restarting", "failing"} else "gone"
    if record.metrics_port == 0:
        return record.state
    return "ready" if observed is not None and observed.ready else "starting"
