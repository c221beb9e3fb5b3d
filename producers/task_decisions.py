"""What became of moves in tasks that were accepted: the advance of each, or why it was refused."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Iterator
from typing import Protocol

from infra import reading
from infra.reading import Place
from schemas import codec, topics
from schemas.errors import Unavailable
from schemas.records import TaskAdvanced, TaskCause, TaskRefused

#: Seconds without any news until the wait is given up.
PATIENCE = 60.0
#: Seconds between two looks.
_LOOK = 0.3
_TOPICS = (topics.TASK_STATES.name, topics.TASK_REFUSALS.name)
Decision = TaskAdvanced | TaskRefused


class Log(Protocol):
    """Where decisions stand."""

    def news(self) -> Iterator[Decision]:
        """What came since the last look; all there is at the first. Raises ``Unavailable``."""


class KafkaLog:
    """The topics of tasks. It begins at their beginning: a move that is sent again was decided long ago."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._read: dict[Place, int] = {}

    def news(self) -> Iterator[Decision]:
        """What came since the last look."""
        ends = reading.ends(self._bootstrap, reading.places(self._bootstrap, _TOPICS))
        spans = {place: (self._read.get(place, 0), end) for place, end in ends.items()}
        for message in reading.records(
            self._bootstrap, {place: each for place, each in spans.items() if each[0] < each[1]}
        ):
            record = codec.decode(message.value())
            if isinstance(record, TaskAdvanced | TaskRefused):
                yield record
        self._read = ends


def decisions(
    log: Log, wanted: Collection[uuid.UUID],
    monotonic: Callable[[], float] = time.monotonic, pause: Callable[[float], None] = time.sleep,
) -> dict[uuid.UUID, Decision]:  # fmt: skip
    """The decision over each submission. Raises ``Unavailable`` where they stay away for ``PATIENCE``."""
    found: dict[uuid.UUID, Decision] = {}
    deadline = monotonic() + PATIENCE
    while len(found) < len(wanted):
        before = len(found)
        for one in log.news():
            if one.submission_id in wanted and _is_of_the_party(one):
                found.setdefault(one.submission_id, one)
        if len(found) > before:
            deadline = monotonic() + PATIENCE
        elif monotonic() > deadline:
            raise Unavailable(
                f"{len(wanted) - len(found)} moves are accepted and not decided within {PATIENCE:.0f} s: is the life "
                "cycle running? (`techdock status`) Nothing has to be sent again"
            )
        else:
            pause(_LOOK)
    return found


def _is_of_the_party(one: Decision) -> bool:
    """What the market did because of a move carries its id, too."""
    return isinstance(one, TaskRefused) or one.cause is TaskCause.PARTY
