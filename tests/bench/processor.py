"""How many seconds of a processor a process has used, which depends less on what else the machine does."""

from __future__ import annotations

import os
from pathlib import Path


def seconds(pid: int) -> float | None:
    """Seconds so far, all threads together; ``None`` where the system has no ``/proc``, or the process has ended."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    # The name stands in brackets and may hold anything; user and system time are the 14th and 15th word (proc(5)).
    user, system = said.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
