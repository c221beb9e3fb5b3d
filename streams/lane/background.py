"""Work that goes on beside a lane's own thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

#: Lets work go on in the background.
Begin = Callable[[Callable[[], None]], object]


def in_a_thread(work: Callable[[], None]) -> None:
    """Do ``work`` in a thread that nobody waits for when the process ends."""
    threading.Thread(target=work, name="background", daemon=True).start()
