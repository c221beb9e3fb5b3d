"""One subscriber's own reading of the stream of matches: its own consumer, so that a slow one harms nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from consumers.cursor import Cursor, NoCursor
from consumers.filters import MatchFilter
from consumers.readers import reader
from schemas import codec
from schemas.errors import Unavailable

BEGINNING = "beginning"
NOW = "now"
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One record of the stream: the cursor after it, its name, and its values as JSON where they are asked for."""

    cursor: Cursor
    name: str
    data: str | None


class Subscription:
    """Reads the partitions of one topic from a cursor on. Not for more than one thread at a time."""

    def __init__(self, bootstrap: str, topic: str, wanted: MatchFilter) -> None:
        self._wanted = wanted
        self._topic = topic
        self._consumer = reader(bootstrap, max_poll_records=200, fetch_max_bytes=4 * _MEGABYTE)
        self.cursor = Cursor(())

    def start(self, at: str) -> None:
        """Goes to ``beginning``, ``now`` or a cursor; raises ``NoCursor`` or ``Unavailable``."""
        try:
            numbers = self._consumer.partitions_for_topic(self._topic)
            if not numbers:
                raise Unavailable(f"the topic {self._topic} is not there yet; `techdock topics apply` makes it", 5.0)
            partitions = [TopicPartition(self._topic, number) for number in sorted(numbers)]
            first = self._consumer.beginning_offsets(partitions)
            end = self._consumer.end_offsets(partitions)
        except KafkaError as error:
            raise Unavailable(f"Kafka does not answer: {error!r}") from error
        ends = Cursor(tuple(end[partition] for partition in partitions))
        firsts = Cursor(tuple(first[partition] for partition in partitions))
        self.cursor = {BEGINNING: firsts, NOW: ends}.get(at) or _within(at, firsts, ends)
        self._consumer.assign(partitions)
        for partition, offset in zip(partitions, self.cursor.offsets, strict=True):
            self._consumer.seek(partition, offset)

    def read(self, seconds: float) -> list[Event]:
        """The next events, as soon as there are any; none once ``seconds`` have passed. Raises ``Unavailable``."""
        try:
            records = self._consumer.poll(timeout_ms=int(seconds * 1000))
        except KafkaError as error:
            raise Unavailable(f"Kafka does not answer: {error!r}") from error
        return list(self._events(record for run in records.values() for record in run))

    def close(self) -> None:
        """Lets go of the broker."""
        self._consumer.close(autocommit=False, timeout_ms=500)

    def _events(self, records: Iterator[Any]) -> Iterator[Event]:
        for record in records:
            name, values = codec.decode_fields(record.value)
            self.cursor = self.cursor.past(record.partition, record.offset)
            yield Event(self.cursor, name, as_json(values) if self._wanted.lets_through(values) else None)


def as_json(values: Any) -> str:
    """Plain values of a record as JSON: ids as text, moments in ISO 8601."""
    return json.dumps(values, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _within(text: str, first: Cursor, end: Cursor) -> Cursor:
    cursor = Cursor.parse(text, len(end.offsets))
    for low, at, high in zip(first.offsets, cursor.offsets, end.offsets, strict=True):
        if not low <= at <= high:
            raise NoCursor(f"{text} is no place in this stream, which goes from {first} to {end}: it is of another one")
    return cursor
