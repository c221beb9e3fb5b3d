"""Sends submissions to inboxes, and tells where they are once every replica in sync has them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from infra.clients import MAX_RECORD_BYTES
from infra.security import access
from producers.gateway.submissions import Outgoing
from schemas import framing
from schemas.cloudevents import Header
from schemas.errors import Unavailable

#: Seconds until a record that Kafka has not taken counts as not taken.
_PATIENCE = 10.0
#: Bytes on their way at once, of all institutions: what comes beyond is turned away before anything of it is sent.
_ROOM = 64 * 1024 * 1024
_RECORDS = 50_000
#: Seconds after which it is worth trying again.
_RETRY = 5.0
_AWAY = "Kafka did not take it in time"


class Unsure(Unavailable):
    """Nobody can know whether some of it arrived: the same again, under the same ids, does no harm."""


class Place(NamedTuple):
    """Where a submission is in its inbox."""

    partition: int
    offset: int


class _Delivery:
    """Some records on their way together; the last answer decides."""

    def __init__(self, count: int) -> None:
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[list[Place]] = self._loop.create_future()
        self._places: list[Place | None] = [None] * count
        self._open = count
        self._error: KafkaError | None = None

    def answered(self, position: int, error: KafkaError | None, message: Message) -> None:
        """Called in the producer's thread, one after another."""
        if error is None:
            self._places[position] = Place(message.partition(), message.offset())
        else:
            self._error = error
        self._open -= 1
        if self._open == 0:
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if self.done.done():
            return
        if self._error is not None:
            self.done.set_exception(Unsure(f"{_AWAY} ({self._error})", _RETRY))
        else:
            self.done.set_result([place for place in self._places if place is not None])


class Inboxes:
    """One idempotent producer for all inboxes.

    ``failed`` is called in the event loop with what this died of.
    """

    def __init__(self, bootstrap: str, failed: Callable[[BaseException], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._failed = failed
        self._producer = Producer(
            {
                **access.librdkafka(bootstrap),
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 2,
                "message.timeout.ms": int(_PATIENCE * 1000),
                "message.max.bytes": MAX_RECORD_BYTES,
                "queue.buffering.max.messages": _RECORDS,
                "queue.buffering.max.kbytes": 2 * _ROOM // 1024,
                "log_level": 2,
                "error_cb": self.went_wrong,
            }
        )
        self._bytes = self._count = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="inboxes", daemon=True)

    def start(self) -> None:
        """Begins to send."""
        self._thread.start()

    def stop(self) -> None:
        """Sends what is on its way, for as long as it may take, and ends."""
        self._stopping = True
        self._thread.join()
        self._producer.flush(_PATIENCE)

    async def put(self, topic: str, submissions: Sequence[Outgoing], more: Sequence[Header]) -> list[Place]:
        """Where each submission is, once Kafka has them all; ``more``: headers for each.

        Raises ``Unavailable`` where nothing was sent, and ``Unsure`` where some of it may have arrived.
        """
        size = sum(len(one.value) for one in submissions)
        if self._bytes + size > _ROOM or self._count + len(submissions) > _RECORDS:
            raise Unavailable("too much is on its way to Kafka already; nothing of this was sent")
        self._bytes += size
        self._count += len(submissions)
        try:
            delivery = _Delivery(len(submissions))
            for position, one in enumerate(submissions):
                self._send(topic, one, more, delivery, position)
            return await asyncio.shield(delivery.done)
        finally:
            self._bytes -= size
            self._count -= len(submissions)

    def _send(
        self, topic: str, one: Outgoing, more: Sequence[Header], delivery: _Delivery, position: int
    ) -> None:  # fmt: skip
        try:
            self._producer.produce(
                topic, framing.adopted().written(topic, one.value), one.key, headers=[*one.headers, *more],
                on_delivery=lambda error, message: delivery.answered(position, error, message),
            )  # fmt: skip
        except (BufferError, KafkaException) as error:
            raise Unsure(f"Kafka takes nothing now ({error})", _RETRY) from error

    def went_wrong(self, error: KafkaError) -> None:
        """Called in the producer's thread. After a fatal error it never sends again: only another one would."""
        if error.fatal() or error.code() == KafkaError._FATAL:
            self._loop.call_soon_threadsafe(self._failed, KafkaException(error))

    def _run(self) -> None:
        while not self._stopping:
            self._producer.poll(0.1)
