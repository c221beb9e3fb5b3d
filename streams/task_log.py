"""What was told of tasks, and of moves in them that were refused, as events with their places and times of arrival."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from infra import reading
from schemas import codec, topics
from streams.domain.trace import Address, Event


def advances(bootstrap: str) -> Iterator[Event]:
    """Every advance; those of one subject in their order. Raises ``Unavailable``."""
    return events(bootstrap, topics.TASK_STATES)


def refusals(bootstrap: str) -> Iterator[Event]:
    """Every move that was refused; those of one subject in their order. Raises ``Unavailable``."""
    return events(bootstrap, topics.TASK_REFUSALS)


def events(bootstrap: str, *wanted: topics.Topic) -> Iterator[Event]:
    """All that is committed in these topics. Raises ``Unavailable``."""
    for message in reading.committed_records(bootstrap, [topic.name for topic in wanted]):
        address = Address(message.topic(), message.partition(), message.offset())
        arrived = datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
        yield Event(address, arrived, codec.decode(message.value()))
