"""``techdock`` as a person calls it, against the shared broker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from infra.home import Endpoints

ROOT = Path(__file__).parents[3]


def techdock(endpoints: Endpoints, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What a command came to, in a home of its own."""
    named = {
        "TECHDOCK_HOME": str(home),
        "TECHDOCK_BOOTSTRAP": endpoints.bootstrap,
        "TECHDOCK_DATABASE_URL": endpoints.database_url,
    }
    return subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **named}, cwd=ROOT,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
