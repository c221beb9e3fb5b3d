"""Workers as processes of their own, so that they can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.broker.streams.commands import ROOT


@contextmanager
def killed(bootstrap: str, home: Path, job: str, name: str) -> Iterator[None]:
    """A worker of a job under a name; killed (-9) when the block is left."""
    named = {"TECHDOCK_HOME": str(home), "TECHDOCK_BOOTSTRAP": bootstrap, "TECHDOCK_PROCESS_NAME": name}
    worker = subprocess.Popen(
        [sys.executable, "-m", "streams", job], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **named}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        worker.kill()
        worker.wait(30)
