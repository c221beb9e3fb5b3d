"""When a tick of the clock counts: once the lane has decided all that was in time."""

from __future__ import annotations

from typing import NamedTuple

from schemas.records import ClockTicked

#: Milliseconds by which moves in hand may have arrived before a tick that counts: a lane that reads older ones has not
#: caught up, and what it has not read yet may be in time.
_CAUGHT_UP = 60_000


class Tick(NamedTuple):
    """What a tick says, and when it came; in milliseconds since 1970 (UTC)."""

    now: int
    at: int


class Ticks:
    """The last tick, until it has counted, and the last arrival in hand."""

    def __init__(self) -> None:
        self._tick: Tick | None = None
        self._arrived: int | None = None

    def said(self, tick: ClockTicked, at: int) -> None:
        """A tick came ``at``."""
        self._tick = Tick(int(tick.now.timestamp() * 1000), at)

    def arrived(self, at: int) -> None:
        """What is in hand arrived ``at``."""
        self._arrived = at

    def counts(self) -> Tick | None:
        """The tick that counts now that a batch is decided, once; ``None`` where there is none, or not yet."""
        arrived, self._arrived = self._arrived, None
        tick = self._tick
        if tick is None or (arrived is not None and arrived <= tick.now - _CAUGHT_UP):
            return None
        self._tick = None
        return tick
