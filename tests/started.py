"""A broker and a database of one's own, for as long as a block runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from infra.home import Endpoints
from infra.settings import Settings
from infra.supervisor import infrastructure
from infra.terminal import PlainSteps


@contextmanager
def started(artefacts: Path) -> Iterator[Endpoints]:
    """Where they are; ``artefacts`` is where the jars are."""
    # Not below pytest's own folder: that is closed to other users, and PostgreSQL runs as one where we are root.
    with tempfile.TemporaryDirectory(prefix="techdock-") as folder:
        settings = Settings(Path(folder), artefacts)
        with infrastructure(settings, PlainSteps(Console(stderr=True))) as found:
            yield found
