"""The whole system, started and spoken to through its command line only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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
        for name in ("TECHDOCK_BOOTSTRAP", "TECHDOCK_DATABASE_URL"):
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

    def pid(self, name: str) -> int:
        """The process id of one of the system's processes."""
        return int(json.loads((self.home / "run" / f"{name}.json").read_text(encoding="utf-8"))["pid"])


@pytest.fixture(scope="module")
def system(artefacts: Path) -> Iterator[System]:
    """A system with two workers a lane."""
    # Not below pytest's own folder: PostgreSQL runs as another user where we are root.
    with tempfile.TemporaryDirectory(prefix="techdock-e2e-") as folder:
        made = System(Path(folder), artefacts)
        made.run("up", "--detach", "--workers", "2")
        yield made
        made.run("down")
