"""Reads whole topics along, in one thread, and hands what it reads to the event loop: nothing else is shared."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from infra.security import access

log = logging.getLogger(__name__)

#: What came from a topic, in order, and whether that was its end for now. Called in the event loop.
Take = Callable[[Sequence[Message], bool], None]
#: Seconds that one look waits: how long a new topic may wait for its first record.
_LOOK = 0.05
_TOGETHER = 0.005
#: Seconds between two questions whether Kafka is there, and seconds without an answer after which it is not.
_ASK_EVERY, _ASK_PATIENCE, _STALE = 1.0, 3.0, 6.0


@dataclass(slots=True)
class _Followed:
    take: Take
    #: Records before the end from which on it is read; ``None``: all.
    back: int | None
    messages: list[Message] = field(default_factory=list)
    is_at_end: bool = False


class Follower:
    """Follows the first partition of topics, which holds all of each; committed records alone.

    ``failed`` is called in the event loop with what this died of.
    """

    def __init__(self, bootstrap: str, witness: str, failed: Callable[[BaseException], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._witness = TopicPartition(witness, 0)
        self._failed = failed
        self._wanted: SimpleQueue[tuple[str, _Followed | None]] = SimpleQueue()
        self._followed: dict[str, _Followed] = {}
        self._asked = self._heard = 0.0
        self._stopping = False
        self._consumer = Consumer(
            {
                **access.librdkafka(bootstrap),
                "group.id": f"reader-{uuid.uuid4()}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                # A broker answers one question after another: whether it is there would wait for a fetch that waits.
                "fetch.wait.max.ms": 50,
                "fetch.queue.backoff.ms": 20,
                "fetch.error.backoff.ms": 100,
                "queued.max.messages.kbytes": 16384,
                "log_level": 2,
            }
        )
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    @property
    def is_current(self) -> bool:
        """Whether Kafka answered just now."""
        return time.monotonic() - self._heard < _STALE

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def follow(self, topic: str, take: Take, back: int | None = None) -> None:
        """Reads ``topic`` along from now on: from its start, or from ``back`` offsets before its end."""
        self._wanted.put((topic, _Followed(take, back)))

    def leave(self, topic: str) -> None:
        """Reads ``topic`` no longer."""
        self._wanted.put((topic, None))

    def stop(self) -> None:
        """Ends the thread; waits for it."""
        self._stopping = True
        self._thread.join(10)

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._ask()
                self._change()
                self._read()
            self._consumer.close()
        except BaseException as error:  # noqa: BLE001 - whoever started us ends, and says why
            self._loop.call_soon_threadsafe(self._failed, error)

    def _ask(self) -> None:
        now = time.monotonic()
        if now - self._asked < _ASK_EVERY:
            return
        self._asked = now
        try:
            self._consumer.get_watermark_offsets(self._witness, timeout=_ASK_PATIENCE, cached=False)
        except KafkaException as error:
            log.warning("Kafka does not answer: %s", error)
        else:
            self._heard = time.monotonic()

    def _change(self) -> None:
        again: list[tuple[str, _Followed | None]] = []
        while True:
            try:
                topic, wanted = self._wanted.get_nowait()
            except Empty:
                break
            if wanted is None:
                if self._followed.pop(topic, None) is not None:
                    self._consumer.incremental_unassign([TopicPartition(topic, 0)])
            elif not self._begin(topic, wanted):
                again.append((topic, wanted))
        for each in again:
            self._wanted.put(each)

    def _begin(self, topic: str, wanted: _Followed) -> bool:
        """Whether it is known where to begin, so that reading has begun."""
        start = 0
        if wanted.back is not None:
            try:
                low, end = self._consumer.get_watermark_offsets(TopicPartition(topic, 0), _ASK_PATIENCE, cached=False)
            except KafkaException as error:
                log.warning("%s cannot be read yet: %s", topic, error)
                return False
            start = max(low, end - wanted.back)
        if topic not in self._followed:
            self._consumer.incremental_assign([TopicPartition(topic, 0, start)])
        self._followed[topic] = wanted
        return True

    def _read(self) -> None:
        if not self._followed:
            time.sleep(_LOOK)
            return
        came: dict[str, _Followed] = {}
        # Asked for many, a client waits until it has them all.
        first = self._consumer.consume(1, _LOOK)
        if first:
            # What comes together is handed over together: each hand-over interrupts those who are being served.
            time.sleep(_TOGETHER)
        for message in (*first, *self._consumer.consume(1000, 0)):
            error, followed = message.error(), self._followed.get(message.topic() or "")
            if followed is None:
                continue
            if error is None:
                followed.messages.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                followed.is_at_end = True
            else:
                log.warning("%s cannot be read: %s", message.topic(), error)
                continue
            came[message.topic()] = followed
        for followed in came.values():
            self._loop.call_soon_threadsafe(self._hand, followed.take, followed.messages, followed.is_at_end)
            followed.messages, followed.is_at_end = [], False

    def _hand(self, take: Take, messages: Sequence[Message], is_at_end: bool) -> None:
        try:
            take(messages, is_at_end)
        except Exception as error:  # noqa: BLE001 - what the loop would only log must end the process
            self._failed(error)
