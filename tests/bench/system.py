"""A whole TechDock in a home of its own, driven by its command line as its users do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra import home, runfiles
from infra.home import Endpoints, Home
from infra.settings import Settings
from schemas.errors import Unavailable

ROOT = Path(__file__).parents[2]
#: Kafka's jars, shared with the TechDock of this checkout.
ARTEFACTS = Path(os.environ.get("TECHDOCK_ARTEFACTS") or ROOT / ".techdock" / "artefacts")


class System:
    """The TechDock of one folder; each command returns the seconds it took."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        own = {"TECHDOCK_HOME": str(folder), "TECHDOCK_ARTEFACTS": str(ARTEFACTS)}
        # Nothing that the environment names: the benchmark is about what it starts itself.
        self._env = {key: value for key, value in os.environ.items() if not key.startswith("TECHDOCK_")} | own

    def up(self, *options: str) -> float:
        """Start it and wait until everything is healthy."""
        return self._timed("up", "--detach", *options)[0]

    def down(self) -> float:
        """Stop it."""
        return self._timed("down")[0]

    def verify(self) -> tuple[float, dict[str, Any]]:
        """Let it drain and compare everything; seconds and the report."""
        seconds, said = self._timed("verify", "--drain", "--json")
        report: dict[str, Any] = json.loads(said.splitlines()[-1])
        return seconds, report

    @property
    def endpoints(self) -> Endpoints:
        """Where it is reached."""
        return home.endpoints(Settings.from_env(self._env))

    def process(self, name: str) -> runfiles.Record:
        """One of its processes; raises ``Unavailable`` where it does not run."""
        record = runfiles.read(self.home.run / f"{name}.json")
        if record is None:
            raise Unavailable(f"{name} does not run in {self.home.root}")
        return record

    def _timed(self, *arguments: str) -> tuple[float, str]:
        command = [sys.executable, "-m", "infra", *arguments]
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=self._env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - began
        if done.returncode:
            said = f"{done.stdout}\n{done.stderr}"[-2000:]
            raise Unavailable(f"techdock {' '.join(arguments)} ended with {done.returncode}:\n{said}")
        return seconds, done.stdout


@contextmanager
def fresh() -> Iterator[System]:
    """A TechDock that has never run; whatever runs in it at the end is stopped."""
    # A temporary folder of the system's own: PostgreSQL runs as another user where we are root.
    with tempfile.TemporaryDirectory(prefix="techdock-bench-") as folder:
        system = System(Path(folder))
        try:
            yield system
        finally:
            system.down()
