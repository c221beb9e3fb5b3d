"""What was told of tasks as events of the log: one an hour, in one partition."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from schemas import topics
from schemas.records import Record
from streams.domain.trace import Address, Event
from tests.unit.streams.making import NOW


def hour(number: int) -> datetime:
    """When the event of this number, counted from 0, arrived."""
    return NOW + timedelta(hours=number)


def events(told: Iterable[Record]) -> list[Event]:
    """Each with its place and its time of arrival."""
    name = topics.TASK_STATES.name
    return [Event(Address(name, 0, number), hour(number), one) for number, one in enumerate(told)]
