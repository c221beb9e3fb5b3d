"""A child of the supervisor: started on a leash, recorded, restarted with growing pauses, stopped with grace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra import runfiles
from infra.forking import Forked, ForkServer
from infra.forkserver import Job
from infra.home import Home
from infra.leash import leashed
from infra.runfiles import Record, State

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_WINDOW = 60.0
_DEATHS_TOO_MANY = 5
#: Bytes; a log that is longer at a start makes room for a new one.
_LONGEST_LOG = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Command:
    """What to run as a child, and how it likes to be stopped. ``grace``: seconds until SIGKILL."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    metrics_port: int = 0
    user: str = ""
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    #: What the kernel sends when the supervisor is gone without a word.
    death_signal: signal.Signals = signal.SIGKILL
    grace: float = 15.0

    @property
    def is_forkable(self) -> bool:
        """Whether it is Python code of ours, and nothing else."""
        return self.argv[:2] == (sys.executable, "-m") and not self.user and self.folder is None


@dataclass(slots=True)
class Deaths:
    """When a child died of late, in seconds of any steady clock."""

    total: int = 0
    recent: deque[float] = field(default_factory=deque)

    def count(self, now: float) -> None:
        self.total += 1
        self.recent.append(now)
        while self.recent and self.recent[0] <= now - _WINDOW:
            self.recent.popleft()

    @property
    def too_many(self) -> bool:
        """Five within a minute, at the last one."""
        return len(self.recent) >= _DEATHS_TOO_MANY

    @property
    def pause(self) -> float:
        """Seconds to wait before the next try: doubling, and long once there were too many."""
        if self.too_many:
            return _LONGEST_PAUSE
        return _FIRST_PAUSE * 2.0 ** (len(self.recent) - 1) if self.recent else 0.0


class Child:
    """One command and the process that runs it now, if any."""

    def __init__(self, command: Command, home: Home, healthy: Callable[[], bool]) -> None:
        self.command = command
        self.deaths = Deaths()
        self.last_code = 0
        self.state: State = "starting"
        self._healthy = healthy
        self._home = home
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._again_at = 0.0

    @property
    def log(self) -> Path:
        return self._home.log_of(self.command.name)

    def start(self, server: ForkServer | None = None) -> None:
        """Starts the command on a leash, in a session of its own so that a terminal's Ctrl-C reaches only us.

        By ``server`` where that can do it. Who died is started without: what comes again owes nothing to before.
        """
        command = self.command
        env = {**os.environ, **command.env}
        _rotate(self.log)
        self._process = None
        if server is not None and command.is_forkable:
            self._process = server.start(Job(command.argv, env, self.log))
        if self._process is None:
            self._process = self._started(env)
        self.record("starting")

    def _started(self, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        command = self.command
        with self.log.open("ab") as log:
            return subprocess.Popen(
                leashed(command.argv, command.death_signal, command.user),
                env=env,
                cwd=command.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def record(self, state: State) -> None:
        """Keeps the run file in step with what we know."""
        self.state = state
        if self._process is None:
            return
        pid = self._process.pid
        command = self.command
        began = runfiles.started(pid) or ""
        runfiles.write(
            self._home.run,
            Record(command.name, pid, began, command.argv, command.metrics_port, state, self.deaths.total),
        )

    def exit_code(self) -> int | None:
        """How the process ended; ``None`` while it runs or was not started."""
        return None if self._process is None else self._process.poll()

    def look_after(self, now: float) -> str | None:
        """Notes that it is ready or dead, and starts it again when it is time; returns one sentence of news, if any.

        ``now``: seconds of a steady clock.
        """
        code = self.exit_code()
        if code is not None:
            return self._died(code, now)
        if self._process is None:
            if now >= self._again_at:
                self.start()
        elif self.state == "starting" and self._healthy():
            self.record("ready")
        return None

    def _died(self, code: int, now: float) -> str:
        self.last_code = code
        self.deaths.count(now)
        self._again_at = now + self.deaths.pause
        self.record("failing" if self.deaths.too_many else "restarting")
        self._process = None
        often = f" for the {self.deaths.total}. time" if self.deaths.total > 1 else ""
        worry = f", {len(self.deaths.recent)} times within a minute" if self.deaths.too_many else ""
        return (
            f"{self.command.name} {ended(code)}{often}{worry}; "
            f"starting it again in {self.deaths.pause:.1f} s (log: {self.log})"
        )

    def ask_to_stop(self) -> None:
        """Sends the stop signal; whoever is gone already is fine."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.command.stop_signal)

    def wait_or_kill(self, asked_at: float) -> bool:
        """Waits until the process is gone, kills it after its grace; returns whether it went by itself."""
        if self._process is None:
            runfiles.forget(self._home.run, self.command.name)
            return True
        by_itself = True
        try:
            self._process.wait(max(0.0, asked_at + self.command.grace - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            by_itself = False
        self._process = None
        runfiles.forget(self._home.run, self.command.name)
        return by_itself


def stop(children: Sequence[Child]) -> tuple[str, ...]:
    """Stops all of them at once; returns the names of those that had to be killed."""
    asked_at = time.monotonic()
    for child in children:
        child.ask_to_stop()
    return tuple(child.command.name for child in children if not child.wait_or_kill(asked_at))


def ended(code: int) -> str:
    """How a process ended, for a sentence: ``ended with code 1``, ``was killed by SIGKILL``."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _rotate(log: Path) -> None:
    """Puts a log that has grown large aside, in the place of the one before."""
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        log.replace(log.with_suffix(".log.1"))


def tail(log: Path, lines: int = 8) -> str:
    """The last lines of a log; empty where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
