"""Topics read from their beginning up to chosen ends, as often and as far as asked; markers are read over."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from consumers.readers import reader
from consumers.store import Place
from schemas.codec import SchemaById
from schemas.errors import Unavailable

#: Seconds without progress after which reading is given up.
_SILENCE = 15.0


class TopicLog:
    """Committed records of any number of partitions, each read once."""

    def __init__(self, bootstrap: str, schema_by_id: SchemaById | None = None) -> None:
        #: How to read submissions that a schema registry knows the schema of.
        self.schema_by_id = schema_by_id
        self._consumer = reader(
            bootstrap,
            max_poll_records=5000,
            # In pure Python, checksums take longer than all else; a flipped bit is found by comparing.
            check_crcs=False,
        )

    def __enter__(self) -> TopicLog:
        return self

    def __exit__(self, *reason: object) -> None:
        self._consumer.close(autocommit=False, timeout_ms=1000)

    def places(self, pattern: str) -> set[Place]:
        """The partitions of all topics that match."""
        try:
            names = [name for name in self._consumer.topics() if re.match(pattern, name)]
            return {Place(name, n) for name in names for n in self._consumer.partitions_for_topic(name) or ()}
        except KafkaError as error:
            raise Unavailable(f"Kafka does not answer: {error!r}") from error

    def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """Up to where everything is decided in each partition."""
        partitions = [TopicPartition(*place) for place in places]
        try:
            found = self._consumer.end_offsets(partitions) if partitions else {}
        except KafkaError as error:
            raise Unavailable(f"Kafka does not answer: {error!r}") from error
        return {Place(*partition): end for partition, end in found.items()}

    def read(self, ends: Mapping[Place, int]) -> Iterator[Any]:
        """The records before ``ends`` that were not read yet; raises ``Unavailable`` when they do not come."""
        targets = {TopicPartition(*place): end for place, end in ends.items()}
        self._hold(targets)
        heard_at = time.monotonic()
        while self._open(targets):
            try:
                came = self._consumer.poll(timeout_ms=200)
            except KafkaError as error:
                raise Unavailable(f"Kafka does not answer: {error!r}") from error
            for partition, records in came.items():
                heard_at = time.monotonic()
                yield from (record for record in records if record.offset < targets[partition])
                if records[-1].offset >= targets[partition]:
                    self._consumer.seek(partition, targets[partition])
            if time.monotonic() - heard_at > _SILENCE:
                raise Unavailable(f"topics cannot be read to their ends: {sorted(self._open(targets))}")

    def _hold(self, targets: Mapping[TopicPartition, int]) -> None:
        held = self._consumer.assignment()
        self._consumer.assign(sorted(held | set(targets)))
        for partition in set(targets) - held:
            self._consumer.seek(partition, 0)
        if held - set(targets):
            self._consumer.pause(*(held - set(targets)))
        self._consumer.resume(*targets)

    def _open(self, targets: Mapping[TopicPartition, int]) -> list[TopicPartition]:
        """The partitions not at their targets yet; those that are stand still."""
        still: list[TopicPartition] = []
        for partition, end in targets.items():
            if (self._consumer.position(partition) or 0) < end:
                still.append(partition)
            else:
                self._consumer.pause(partition)
        return still
