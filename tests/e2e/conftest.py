"""The whole system, started and spoken to through its command line only."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.observed import observe

TECHDOCK = Path(sys.executable).with_name("techdock")


def until(outcome: Callable[[], bool], seconds: float) -> None:
    """Return once ``outcome``; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not outcome():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.1)


class System:
    """One running TechDock in a home of its own."""

    def __init__(self, home: Path, artefacts: Path) -> None:
        self.home = home
        self.env = {**os.environ, "TECHDOCK_HOME": str(home), "TECHDOCK_ARTEFACTS": str(artefacts)}
        for name in ("TECHDOCK_BOOTSTRAP", "TECHDOCK_DATABASE_URL", "TECHDOCK_SCHEMA_REGISTRY_URL"):
            self.env.pop(name, None)

    def run(self, *arguments: str, expect: int = 0) -> str:
        """What ``techdock`` prints; it must exit with ``expect``."""
        done = self.attempt(*arguments)
        assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """How ``techdock`` ended, however that was."""
        return subprocess.run(
            [TECHDOCK, *arguments], env=self.env, capture_output=True, text=True, timeout=240, check=False
        )

    def json(self, *arguments: str, expect: int = 0) -> Any:
        """The same with ``--json``, read."""
        return json.loads(self.run(*arguments, "--json", expect=expect))

    def verified(self) -> Any:
        """The report of ``techdock verify --drain``; where nothing comes to rest, an error that says what waits."""
        return self.json("verify", "--drain", "--timeout", "150")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """``techdock`` in the background."""
        return subprocess.Popen([TECHDOCK, *arguments], env=self.env, stdout=subprocess.DEVNULL, text=True)

    def environment(self) -> dict[str, str]:
        """What a process needs to take part from outside the supervisor."""
        found = json.loads((self.home / "run" / "endpoints.json").read_text(encoding="utf-8"))
        addresses = {"TECHDOCK_BOOTSTRAP": found["bootstrap"], "TECHDOCK_DATABASE_URL": found["database_url"]}
        return {**self.env, **addresses}

    def bootstrap(self) -> str:
        """The broker's address."""
        return self.environment()["TECHDOCK_BOOTSTRAP"]

    def pid(self, name: str) -> int:
        """The process id of one of the system's processes."""
        return int(json.loads((self.home / "run" / f"{name}.json").read_text(encoding="utf-8"))["pid"])


class Worker:
    """One process that no supervisor looks after, as on a machine of its own."""

    def __init__(self, system: System, package: str, job: str, name: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        named = {"TECHDOCK_PROCESS_NAME": name, "TECHDOCK_METRICS_PORT": str(self._port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", package, job],
            env={**system.environment(), **named}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def is_ready(self) -> bool:
        """Whether it does its work."""
        seen = observe(self._port)
        return seen is not None and seen.ready

    def batches(self) -> float:
        """Transactions that it has committed."""
        seen = observe(self._port)
        return 0.0 if seen is None else seen.counts.get("techdock_lane_batches_total", 0.0)

    def leave(self) -> None:
        """Let it finish what it has in hand, and go."""
        self.process.terminate()
        assert self.process.wait(60) == 0


@contextmanager
def another(system: System, package: str, job: str, name: str) -> Iterator[Worker]:
    """A process beside those of the supervisor; killed at the end where it has not left."""
    worker = Worker(system, package, job, name)
    try:
        yield worker
    finally:
        worker.process.kill()
        worker.process.wait()


@pytest.fixture(scope="module")
def system(artefacts: Path) -> Iterator[System]:
    """A system with two workers a lane."""
    # Not below pytest's own folder: PostgreSQL runs as another user where we are root.
    with tempfile.TemporaryDirectory(prefix="techdock-e2e-") as folder:
        made = System(Path(folder), artefacts)
        made.run("up", "--detach", "--workers", "2")
        yield made
        made.run("down")
