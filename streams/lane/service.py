"""A lane as a service of a Faust worker: it starts, runs in a thread of its own, and stops with the worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mode import Service

from streams.lane.runner import Lane


class LaneService(Service):
    """Runs a lane beside the agents of a Faust app; a lane that cannot go on ends the worker, seen."""

    def __init__(self, lane: Lane, ready: Callable[[], None], **options: object) -> None:
        super().__init__(**options)
        self._lane = lane
        self._ready = ready
        self._ended = asyncio.Event()

    @Service.task
    async def _work(self) -> None:
        try:
            await asyncio.to_thread(self._lane.run, self._ready)
        finally:
            self._ended.set()

    async def on_stop(self) -> None:
        """Let the batch in hand end before the worker goes."""
        self._lane.stop()
        await self._ended.wait()
