"""The topic of annexes: read as far as it goes when it is asked, and told of every reading."""

from __future__ import annotations

import threading
from typing import Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from infra import reading
from infra.reach import reach
from infra.security import access
from schemas import codec, framing, topics
from schemas.annexes import Annexes
from schemas.cloudevents import Stamp
from schemas.errors import Unavailable
from schemas.records import AnnexDeposited, AnnexRead

_STAMP = Stamp("annexes")
_PATIENCE = 30.0
_PLACE = (topics.ANNEXES.name, 0)


class Shelf(Protocol):
    """Where annexes lie, sealed."""

    def standing(self, beyond: int = 0) -> Annexes:
        """How all annexes stand now, what lies before offset ``beyond`` included; raises ``Unavailable``."""

    def deposit(self, offset: int) -> AnnexDeposited:
        """The deposit at an offset; raises ``Unavailable``."""

    def tell(self, event: AnnexRead) -> int:
        """The event's offset, once Kafka has it; raises ``Unavailable``."""


class KafkaShelf:
    """The shelf of a market. Several threads may ask it.

    What is sealed is read and not kept: of each deposit its place is known.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._annexes = Annexes()
        self._lock = threading.Lock()
        self._producer: Producer | None = None

    def standing(self, beyond: int = 0) -> Annexes:
        """As of the end of the topic at the moment of the question: what was said before it counts."""
        with self._lock:
            reach(self._bootstrap)
            # The catalogue of an earlier release had no such topic.
            there = reading.places(self._bootstrap, [topics.ANNEXES.name])
            end = max(reading.ends(self._bootstrap, there).get(_PLACE, 0), beyond)
            for message in reading.records(self._bootstrap, {_PLACE: (self._annexes.position, end)}):
                self._annexes.take(codec.decode(message.value()), message.offset())
            self._annexes.position = max(end, self._annexes.position)
            # Others are asking, too: what this one looks at must not change under its eyes.
            return self._annexes.snapshot()

    def deposit(self, offset: int) -> AnnexDeposited:
        """Read anew."""
        for message in reading.records(self._bootstrap, {_PLACE: (offset, offset + 1)}):
            found = codec.decode(message.value())
            assert isinstance(found, AnnexDeposited)
            return found
        raise Unavailable(f"{_PLACE[0]} at offset {offset} cannot be read")

    def tell(self, event: AnnexRead) -> int:
        """On every replica in sync."""
        failed: list[KafkaError] = []
        offsets: list[int] = []

        def answered(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                failed.append(error)
            else:
                offsets.append(message.offset())

        with self._lock:
            data, time = codec.encode(event), int(event.read_at.timestamp() * 1000)
            value = framing.adopted().written(topics.ANNEXES.name, data)
            try:
                producer = self._producer = self._producer or self._opened()
                producer.produce(
                    topics.ANNEXES.name, value, event.ref.encode(), headers=_STAMP.of(data, time), on_delivery=answered
                )
                left = producer.flush(_PATIENCE)
            except (KafkaException, BufferError) as error:
                raise _untold(error) from error
        if failed or left:
            raise _untold(failed[0] if failed else "no answer in time")
        return offsets[0]

    def _opened(self) -> Producer:
        return Producer(
            {**access.librdkafka(self._bootstrap), "acks": "all", "enable.idempotence": True, "log_level": 2,
             "message.timeout.ms": int(_PATIENCE * 1000)}
        )  # fmt: skip


def _untold(why: object) -> Unavailable:
    return Unavailable(f"the reading could not be written down ({why}), so that nothing was given out: try again")
