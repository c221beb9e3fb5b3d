"""What runs, as one small file a process: enough to find it again, and never to mistake another for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

#: ``failing``: it died five times within a minute, and is tried only now and then.
State = Literal["starting", "ready", "restarting", "failing"]


@dataclass(frozen=True, slots=True)
class Record:
    """One process; ``started`` tells it from a later process that got the same pid."""

    name: str
    pid: int
    started: str
    argv: tuple[str, ...]
    metrics_port: int = 0
    state: State = "starting"
    deaths: int = 0


def started(pid: int) -> str | None:
    """When the process with this pid started, in whatever unit the system keeps; ``None`` when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return _started_elsewhere(pid) if not Path("/proc/self").exists() else None
    # The name in parentheses may hold spaces and parentheses: what follows the last one is regular.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def _started_elsewhere(pid: int) -> str | None:
    """The same where there is no /proc (macOS)."""
    command = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def is_alive(record: Record) -> bool:
    """Whether this very process still runs."""
    return started(record.pid) == record.started


def write(folder: Path, record: Record) -> None:
    """Records a process, in one step for whoever reads."""
    draft = folder / f".{record.name}.{os.getpid()}"
    draft.write_text(json.dumps(asdict(record)), encoding="utf-8")
    draft.replace(folder / f"{record.name}.json")


def read(path: Path) -> Record | None:
    """The record in ``path``; ``None`` where there is none, or the file is something else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Record(**{**content, "argv": tuple(content["argv"])})
    except (FileNotFoundError, json.JSONDecodeError, TypeError, KeyError):
        return None


def read_all(folder: Path) -> tuple[Record, ...]:
    """Every record in the folder, by name."""
    found = (read(path) for path in sorted(folder.glob("*.json")))
    return tuple(record for record in found if record is not None)


def forget(folder: Path, name: str) -> None:
    """Removes a record; one that is not there is fine."""
    (folder / f"{name}.json").unlink(missing_ok=True)


def clear(folder: Path, grace: float = 5.0) -> tuple[str, ...]:
    """Ends what an earlier supervisor left behind and removes its records; returns the names of what was ended.

    Kills by pid only where the start time matches too. ``grace``: seconds until SIGKILL.
    """
    left = [record for record in read_all(folder) if record.pid != os.getpid() and is_alive(record)]
    _signal_all(left, signal.SIGTERM)
    if not _gone(left, grace):
        _signal_all(left, signal.SIGKILL)
        _gone(left, grace)
    for record in read_all(folder):
        if record.pid != os.getpid():
            forget(folder, record.name)
    return tuple(record.name for record in left)


def _signal_all(records: list[Record], number: signal.Signals) -> None:
    for record in records:
        if is_alive(record):
            try:
                os.kill(record.pid, number)
            except ProcessLookupError:
                continue


def _gone(records: list[Record], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(is_alive(record) for record in records):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
