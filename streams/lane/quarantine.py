"""A record that cannot be read or decided, as it goes to quarantine: whole, with where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra import metrics
from schemas import topics
from schemas.quarantine import FIRST_FAILURE, RELEASE, History, written
from streams.lane.plan import Input, Output

#: Lane, topic, partition and offset: who set a record aside, and where it came from.
Origin = tuple[str, str, int, int]


def origin(headers: Iterable[tuple[str, Any]]) -> Origin | None:
    """Where a record in quarantine came from; ``None`` where its headers do not say."""
    # A record that was replayed and failed again carries both histories: the last one counts.
    about = dict(headers)
    try:
        place = int(about["techdock-partition"]), int(about["techdock-offset"])
        return about["techdock-lane"].decode(), about["techdock-topic"].decode(), *place
    except (KeyError, ValueError, TypeError, AttributeError):
        # TypeError, AttributeError: a header without a value.
        return None


def quarantined(record: Input, lane: str, error: Exception, attempts: int) -> Output:
    """``record`` with its bytes as they came and its history in the headers.

    Attributes of an event are among them only where it came with some: of these bytes nobody knows what they are.
    """
    metrics.QUARANTINED.labels(lane).inc()
    history = History(
        record.topic, record.partition, record.offset, record.timestamp,
        lane, type(error).__name__, str(error), attempts,
    )  # fmt: skip
    headers = [*record.headers, *written(history)]
    return Output(topics.QUARANTINE.name, record.key, record.value, record.timestamp, headers=headers)


def stamped(output: Output, first_failure: int, release: str) -> Output:
    """A record on its way to quarantine, with when it failed first (milliseconds since 1970) and under which release.

    The clock and the release are the process', no decision's.
    """
    known = [(FIRST_FAILURE, str(first_failure).encode()), (RELEASE, release.encode())]
    return output._replace(headers=[*output.headers, *known])
