"""What the intake loads, so that it starts as quickly as the others; see ``infra.forkserver``."""

from __future__ import annotations

import uvicorn.lifespan.on  # noqa: F401 - loaded when a server starts, otherwise

from infra.cli import assembled
from producers.gateway import server  # noqa: F401


def load() -> None:
    """Loads the command line, of which the intake is a command, with what every package contributes."""
    assembled(())
