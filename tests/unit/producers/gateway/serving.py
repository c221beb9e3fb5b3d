"""An intake before a Kafka that we play ourselves, and real sockets before it where a test wants them."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import httpx
from confluent_kafka import Message
from fastapi import FastAPI

from infra.vault.vault import Vault
from producers import institutions, tokens
from producers.annexes.archive import Archive
from producers.gateway import api, server
from producers.gateway.bodies import Limits
from producers.gateway.connections import Patience
from producers.gateway.counter import Counter
from producers.gateway.desk import Gateway
from producers.gateway.door import OF_INSTITUTIONS, OF_STRANGERS, Door
from producers.gateway.files import Files
from producers.gateway.follower import Follower, Take
from producers.gateway.inboxes import Inboxes, Place, Unsure
from producers.gateway.ledgers import Ledgers
from producers.gateway.rates import Rate
from producers.gateway.submissions import Outgoing
from producers.institutions import Decision, Description
from producers.tokens import SCOPES, Grant
from schemas import codec
from schemas.cloudevents import Header
from schemas.institutions import Institutions
from schemas.records import InstitutionKind, TokenScope
from tests.unit.producers.annexes.shelving import MemoryShelf

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKEN, READER, OTHER = "token-of-dlut", "reader-of-dlut", "token-of-neusoft"


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Heard:
    """A message as librdkafka hands it out."""

    def __init__(self, offset: int, value: bytes, key: bytes = b"", headers: Sequence[Header] = ()) -> None:
        self._offset, self._value, self._key, self._headers = offset, value, key, list(headers)

    def offset(self) -> int:
        return self._offset

    def value(self) -> bytes:
        return self._value

    def key(self) -> bytes:
        return self._key

    def headers(self) -> list[Header]:
        return self._headers


def heard(*messages: Heard) -> list[Message]:
    found: list[Message] = list(messages)
    return found


class Topics:
    """Plays the follower: what is written to a topic is heard by whoever follows it."""

    def __init__(self) -> None:
        self.takes: dict[str, Take] = {}
        self.written: dict[str, list[Heard]] = {}

    def follow(self, topic: str, take: Take, back: int | None = None) -> None:
        assert back is None or back > 0
        self.takes[topic] = take
        take(heard(*self.written.get(topic, ())), True)

    def leave(self, topic: str) -> None:
        del self.takes[topic]

    def write(self, topic: str, value: bytes, key: bytes = b"", headers: Sequence[Header] = ()) -> int:
        records = self.written.setdefault(topic, [])
        records.append(Heard(len(records), value, key, headers))
        if topic in self.takes:
            self.takes[topic](heard(records[-1]), False)
        return len(records) - 1


class Broker:
    """Plays the producer: everything arrives, unless it is away; held back until the test lets it go."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self.is_away = False
        self.gate: asyncio.Event | None = None
        #: Set once something is held back.
        self.holds = asyncio.Event()

    async def put(self, topic: str, submissions: Sequence[Outgoing], more: Sequence[Header]) -> list[Place]:
        if self.gate is not None:
            self.holds.set()
            await self.gate.wait()
        if self.is_away:
            raise Unsure("Kafka did not take it in time", 5.0)
        return [
            Place(0, self._topics.write(topic, one.value, one.key, [*one.headers, *more])) for one in submissions
        ]  # fmt: skip


class Market:
    """Two admitted institutions with tokens, and an intake before them."""

    def __init__(
        self, of_institutions: Rate = OF_INSTITUTIONS, of_strangers: Rate = OF_STRANGERS, limits: Limits | None = None
    ) -> None:  # fmt: skip
        self.clock = Clock()
        self.topics = Topics()
        self.broker = Broker(self.topics)
        self.is_up = True
        self.door = Door(lambda: NOW, self.clock, of_institutions, of_strangers)
        self._standing = Institutions()
        self.say(institutions.admit(_described("dlut"), NOW))
        self.say(institutions.admit(_described("neusoft"), NOW))
        self.say(tokens.issue(Grant("dlut", SCOPES, "", None), "t1", TOKEN, NOW))
        self.say(tokens.issue(Grant("dlut", (TokenScope.READ,), "", None), "t2", READER, NOW))
        self.say(tokens.issue(Grant("neusoft", SCOPES, "", None), "t3", OTHER, NOW))
        self.door.hear((), True)
        self.limits = limits or Limits()
        self.files = Files("127.0.0.1:1", self.clock)
        self.shelf = MemoryShelf()
        self._home = TemporaryDirectory(prefix="techdock-vault-")
        self.archive = Archive(self.shelf, Vault(Path(self._home.name) / "vault"), lambda: NOW)

    def say(self, decide: Decision) -> None:
        for event in decide(self._standing):
            self._standing.take(event, self._standing.position + 1)
            self.door.hear(heard(Heard(self._standing.position - 1, codec.encode(event))), False)

    def gateway(self) -> Gateway:
        follower = cast(Follower, self.topics)
        counter = Counter("kafka:9092", cast(Inboxes, self.broker), Ledgers(follower), lambda: NOW, self.clock)
        return Gateway(self.door, counter, self.files, self.archive, lambda: self.is_up, self.limits)

    @asynccontextmanager
    async def client(self, token: str | None = TOKEN) -> Any:
        """A client of the application itself, without sockets."""
        gateway = self.gateway()
        transport = httpx.ASGITransport(api.app(lambda: gateway))
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://intake", headers=headers) as client:
            yield client


def _described(name: str) -> Description:
    return Description(name, "大学", None, InstitutionKind.UNIVERSITY, None)


def offer(number: int | str = 1, **changes: Any) -> dict[str, Any]:
    """A submission as JSON."""
    return {
        "record": "AchievementRegistered", "achievement_id": f"A{number}", "version": 1,
        "registered_at": "2026-03-01T08:00:00+08:00", "zh": {"title": "船体清洗机器人"}, **changes,
    }  # fmt: skip


class _Lived(server.Intake):
    """An intake whose parts the test has made."""

    def __init__(self, market: Market) -> None:
        super().__init__("kafka:9092", market.limits, market.archive.vault)
        self._market = market

    @asynccontextmanager
    async def life(self, _app: FastAPI) -> Any:
        self._gateway = self._market.gateway()
        self._ledgers = self._gateway.counter.ledgers
        yield


@contextmanager
def served(market: Market, patience: Patience | None = None) -> Iterator[int]:
    """The port of a server on loopback that a thread runs."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    running = server.server_of(_Lived(market), patience or Patience(), {})
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[listening])))
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        running.should_exit = True
        thread.join(20)
        listening.close()
        assert not thread.is_alive()
