"""What a process is asked that asks others in turn."""

from __future__ import annotations

import os

from infra.side_by_side import others


def ids() -> set[int]:
    """Its own process id, and that of one that it asked."""
    with others(2) as crew:
        return {os.getpid(), crew.ask(os.getpid)()}
