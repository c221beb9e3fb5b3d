"""Server-Sent Events of live matches over ASGI: one subscription, one thread and one seat for each client.

The id of an event is the cursor after it. It is also sent alone, at the start and with every heartbeat: a client that
has heard nothing, or nothing it asked for, still resumes where it stood.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from consumers.cursor import NoCursor
from consumers.subscription import Event, Subscription
from infra import metrics
from schemas.errors import Unavailable, Unreadable

log = logging.getLogger(__name__)

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Proxies of the nginx family hold small answers back otherwise.
    (b"x-accel-buffering", b"no"),
]


@dataclass(frozen=True, slots=True)
class Limits:
    """How a stream behaves; all in seconds but ``clients``."""

    clients: int = 64
    heartbeat: float = 15.0
    #: How long a client that takes nothing is borne.
    patience: float = 60.0
    #: How long one reading waits: how late a client that left is noticed.
    reading: float = 0.25


class Seats:
    """The clients there are now; used in the event loop alone."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.taken = 0
        self.closing = False

    def take(self) -> bool:
        """Takes a seat, if one is free."""
        if self.closing or self.taken >= self.limits.clients:
            return False
        self.taken += 1
        metrics.STREAM_CLIENTS.set(self.taken)
        return True

    def leave(self) -> None:
        """Gives a seat back."""
        self.taken -= 1
        metrics.STREAM_CLIENTS.set(self.taken)


def problem(status: int, title: str, detail: str, retry_after: float | None = None) -> Response:
    """What is wrong, as RFC 9457 has it."""
    headers = {} if retry_after is None else {"Retry-After": str(max(1, round(retry_after)))}
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(content, status, headers, "application/problem+json")


class MatchStream(Response):
    """Answers with events until the client leaves, or with why not."""

    def __init__(self, seats: Seats, make: Callable[[], Subscription], start: str) -> None:
        super().__init__()
        self._seats = seats
        self._make = make
        self._start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._seats.take():
            full = problem(503, "No seat is free", "as many clients listen as this process bears; try again", 5.0)
            await full(scope, receive, send)
            return
        # One thread, so that closing comes after whatever reading is under way.
        thread = ThreadPoolExecutor(1, "subscription")
        opened: list[Subscription] = []
        gone = asyncio.ensure_future(_left(receive))
        try:
            refusal = await asyncio.get_running_loop().run_in_executor(thread, self._open, opened)
            if refusal is not None:
                await refusal(scope, receive, send)
            else:
                await self._stream(opened[0], thread, gone, send)
        finally:
            gone.cancel()
            self._seats.leave()
            thread.submit(_close, opened)
            thread.shutdown(wait=False)

    def _open(self, opened: list[Subscription]) -> Response | None:
        """Opens the subscription; returns why not, if that is so."""
        try:
            opened.append(self._make())
            opened[0].start(self._start)
        except NoCursor as error:
            return problem(400, "No such place in the stream", str(error))
        except Unavailable as error:
            return problem(503, "Not available", error.what, error.retry_after)
        return None

    async def _stream(
        self, subscription: Subscription, thread: ThreadPoolExecutor, gone: asyncio.Future[None], send: Send
    ) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        try:
            async for text in self._texts(subscription, thread, gone):
                body = {"type": "http.response.body", "body": text.encode(), "more_body": True}
                await asyncio.wait_for(send(body), self._seats.limits.patience)
        except TimeoutError:
            log.info("a client of the stream takes nothing; it is let go")
            return
        except (Unavailable, Unreadable) as error:
            # The client comes back by itself, with the id of what it heard last.
            log.error("a stream of matches ends: %s", error)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _texts(
        self, subscription: Subscription, thread: ThreadPoolExecutor, gone: asyncio.Future[None]
    ) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        limits = self._seats.limits
        yield f"retry: 1000\nid: {subscription.cursor}\n\n"
        spoken_at = loop.time()
        while not gone.done() and not self._seats.closing:
            wait = max(0.0, min(limits.reading, spoken_at + limits.heartbeat - loop.time()))
            events = await loop.run_in_executor(thread, subscription.read, wait)
            text = "".join(as_event(event) for event in events if event.data is not None)
            if not text and loop.time() - spoken_at >= limits.heartbeat:
                text = f": heartbeat\nid: {subscription.cursor}\n\n"
            if text:
                yield text
                spoken_at = loop.time()


def as_event(event: Event) -> str:
    """An event as Server-Sent Events have it."""
    return f"id: {event.cursor}\nevent: {event.name}\ndata: {event.data}\n\n"


async def _left(receive: Receive) -> None:
    message: Any = {}
    while message.get("type") != "http.disconnect":
        message = await receive()


def _close(opened: list[Subscription]) -> None:
    for subscription in opened:
        subscription.close()
