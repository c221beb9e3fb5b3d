"""Who is connected, and for how long without need: no client takes the place of the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from infra import metrics

#: Seconds between two looks at a connection.
_LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Patience:
    """Connections at once, and seconds that each may take."""

    connections: int = 512
    of_one_address: int = 128
    #: Without a request, or until its headers are there.
    idle_seconds: float = 10.0
    #: For one request with its answer.
    request_seconds: float = 300.0


class Crowd:
    """Everybody who is connected, by address."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._by_address: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Whether there is room for one more from this address; then it is in."""
        has_room = (
            self._by_address.total() < self.patience.connections
            and self._by_address[address] < self.patience.of_one_address
        )
        if has_room:
            self._by_address[address] += 1
        else:
            metrics.INTAKE_CLOSED.labels("crowded").inc()
        metrics.INTAKE_CONNECTIONS.set(self._by_address.total())
        return has_room

    def leave(self, address: str) -> None:
        """One from this address is gone."""
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        metrics.INTAKE_CONNECTIONS.set(self._by_address.total())


class Guarded(H11Protocol):
    """uvicorn's protocol, which waits for headers, and for whoever reads its answers, without end; this does not."""

    def __init__(self, crowd: Crowd, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._crowd = crowd
        self._is_in = False
        self._stand: tuple[object, bool] = (None, True)
        self._since = 0.0
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._is_in = self._crowd.enter(self._address)
        if not self._is_in:
            transport.abort()
            return
        self._since = self.loop.time()
        self._watch = self.loop.call_later(_LOOK, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._watch is not None:
            self._watch.cancel()
        if self._is_in:
            self._is_in = False
            self._crowd.leave(self._address)

    def _look(self) -> None:
        stand = (self.cycle, self.cycle is None or self.cycle.response_complete)
        if stand != self._stand:
            self._stand, self._since = stand, self.loop.time()
        patience = self._crowd.patience
        allowed = patience.idle_seconds if stand[1] else patience.request_seconds
        if self.loop.time() - self._since > allowed:
            metrics.INTAKE_CLOSED.labels("slow").inc()
            self.transport.abort()
            return
        self._watch = self.loop.call_later(_LOOK, self._look)
