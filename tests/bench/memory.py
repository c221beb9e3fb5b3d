"""How much memory the processes of a system hold, each shared page counted once over all of them."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra import runfiles
from infra.home import SUPERVISOR
from tests.bench.system import System

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes (10^6 bytes) by process; ``kind`` says what was added up: PSS, or RSS where there is no PSS."""

    kind: str
    by_process: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.by_process.values())


def held(system: System) -> Memory:
    """Memory of the supervisor and of all that runs below it; PostgreSQL's many processes are one."""
    parents = _parents()
    names = {record.pid: record.name for record in runfiles.read_all(system.home.run)}
    supervisor = system.process(SUPERVISOR).pid
    kind = _kind()
    found: defaultdict[str, float] = defaultdict(float)
    for pid in _family(supervisor, parents):
        found[_name(pid, names, parents)] += _pss(pid) if kind == "PSS" else _rss(pid)
    return Memory(kind, dict(sorted(found.items())))


def of_process(pid: int) -> tuple[str, float]:
    """What was added up for one process, and how many megabytes it is."""
    kind = _kind()
    return kind, _pss(pid) if kind == "PSS" else _rss(pid)


def _kind() -> str:
    return "PSS" if (_PROC / "self" / "smaps_rollup").exists() else "RSS"


def _family(root: int, parents: Mapping[int, int]) -> Iterator[int]:
    yield root
    for child in [pid for pid, parent in parents.items() if parent == root]:
        yield from _family(child, parents)


def _name(pid: int, names: Mapping[int, str], parents: Mapping[int, int]) -> str:
    """The name of the nearest ancestor that has one."""
    while pid not in names:
        pid = parents[pid]
    return names[pid]


def _parents() -> dict[int, int]:
    listed = subprocess.run(["/bin/ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}


def _pss(pid: int) -> float:
    try:
        rollup = (_PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    kilobytes = next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
    return kilobytes * 1024 / 1e6


def _rss(pid: int) -> float:
    command = ["/bin/ps", "-o", "rss=", "-p", str(pid)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return int(said or 0) * 1024 / 1e6
