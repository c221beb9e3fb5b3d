"""The stream as a client sees it, over a subscription of our own: seats, heartbeats, leaving, refusals."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from consumers.cursor import Cursor, NoCursor
from consumers.streaming import Limits, MatchStream, Seats
from consumers.subscription import Event
from schemas.errors import Unavailable

QUICK = Limits(clients=2, heartbeat=0.2, patience=0.3, reading=0.02)


class FakeSubscription:
    """Gives out what it was given, then waits as Kafka would."""

    def __init__(self, *batches: list[Event] | Exception, refusal: Exception | None = None) -> None:
        self.cursor = Cursor((4, 2))
        self.batches = list(batches)
        self.refusal = refusal
        self.closed = threading.Event()
        self.threads: set[int] = set()

    def start(self, _at: str) -> None:
        if self.refusal is not None:
            raise self.refusal

    def read(self, seconds: float) -> list[Event]:
        self.threads.add(threading.get_ident())
        if not self.batches:
            time.sleep(seconds)
            return []
        batch = self.batches.pop(0)
        if isinstance(batch, Exception):
            raise batch
        self.cursor = batch[-1].cursor
        return batch

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.closed.set()


class Client:
    """The other end of ASGI. ``stuck``: it takes nothing after the first bytes."""

    def __init__(self, stuck: bool = False) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.heard = b""
        self.ended = False
        self._left = asyncio.Event()
        self._stuck = stuck

    async def receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
            return
        self.heard += message["body"]
        self.ended = not message.get("more_body", False)
        if self._stuck and len(self.heard) > 100:
            await asyncio.Event().wait()

    def leave(self) -> None:
        self._left.set()


async def until(outcome: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not outcome():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def listening(seats: Seats, subscription: FakeSubscription, client: Client) -> AsyncIterator[asyncio.Task[None]]:
    made: Any = subscription
    stream = MatchStream(seats, lambda: made, "now")
    task = asyncio.ensure_future(stream({"type": "http"}, client.receive, client.send))
    yield task
    client.leave()
    await asyncio.wait_for(task, 10)


def event(offset: int, data: str | None = "{}") -> Event:
    return Event(Cursor((offset, 2)), "MatchProposed", data)


async def test_events_come_with_their_cursors_and_headers_that_let_them_through() -> None:
    client, seats = Client(), Seats(QUICK)
    async with listening(seats, FakeSubscription([event(5), event(6, None), event(7)]), client):
        await until(lambda: b"id: 7.2" in client.heard)
    assert client.status == 200
    assert client.headers[b"cache-control"] == b"no-store"
    assert client.headers[b"x-accel-buffering"] == b"no"
    assert client.heard.startswith(b"retry: 1000\nid: 4.2\n\nid: 5.2\nevent: MatchProposed\ndata: {}\n\nid: 7.2\n")


async def test_silence_has_a_heartbeat_that_carries_how_far_we_are() -> None:
    client = Client()
    async with listening(Seats(QUICK), FakeSubscription([event(9, None)]), client):
        await until(lambda: client.heard.count(b": heartbeat\nid: 9.2\n\n") >= 2)


async def test_who_leaves_is_let_go_promptly_and_by_the_thread_that_read() -> None:
    client, seats, subscription = Client(), Seats(QUICK), FakeSubscription()
    async with listening(seats, subscription, client) as task:
        await until(lambda: seats.taken == 1 and bool(subscription.threads))
        client.leave()
        await asyncio.wait_for(task, 1)
    assert seats.taken == 0
    assert subscription.closed.wait(1)
    assert len(subscription.threads) == 1


async def test_no_more_clients_than_seats() -> None:
    seats, first, second, late = Seats(QUICK), Client(), Client(), Client()
    async with listening(seats, FakeSubscription(), first), listening(seats, FakeSubscription(), second):
        await until(lambda: seats.taken == 2)
        subscription = FakeSubscription()
        async with listening(seats, subscription, late):
            await until(lambda: late.ended)
        assert late.status == 503
        assert int(late.headers[b"retry-after"]) >= 1
        assert seats.taken == 2
    assert seats.taken == 0


async def test_a_client_that_takes_nothing_is_let_go() -> None:
    seats, client = Seats(QUICK), Client(stuck=True)
    subscription = FakeSubscription([event(offset) for offset in range(20)])
    async with listening(seats, subscription, client) as task:
        await asyncio.wait_for(asyncio.shield(task), 5)
    assert subscription.closed.wait(1)
    assert seats.taken == 0


async def test_asked_to_stop_every_stream_ends_properly() -> None:
    seats, client = Seats(QUICK), Client()
    async with listening(seats, FakeSubscription(), client) as task:
        await until(lambda: client.status == 200)
        seats.closing = True
        await asyncio.wait_for(task, 1)
    assert client.ended


async def test_a_broker_that_goes_ends_the_stream_so_that_the_client_comes_back() -> None:
    client = Client()
    async with listening(Seats(QUICK), FakeSubscription([event(5)], Unavailable("away")), client) as task:
        await asyncio.wait_for(task, 1)
    assert client.ended
    assert b"id: 5.2" in client.heard


@pytest.mark.parametrize(
    ("refusal", "status"), [(NoCursor("'x' is no cursor"), 400), (Unavailable("no broker answers", 3.0), 503)]
)
async def test_what_cannot_be_is_refused_in_words(refusal: Exception, status: int) -> None:
    client, seats, subscription = Client(), Seats(QUICK), FakeSubscription(refusal=refusal)
    async with listening(seats, subscription, client) as task:
        await asyncio.wait_for(task, 1)
    assert client.status == status
    assert client.headers[b"content-type"] == b"application/problem+json"
    assert str(refusal) in json.loads(client.heard)["detail"]
    assert subscription.closed.wait(1)
    assert seats.taken == 0
