"""The attributes of events: complete, and the same again for the same event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from schemas import cloudevents, codec
from schemas.cloudevents import ATTRIBUTES, Stamp
from tests.contract.schemas.examples import loaded, paths, spelled

NOON = 1_764_072_000_000
TICK = codec.encode_fields("ClockTicked", {"now": datetime(2025, 11, 25, 12, tzinfo=UTC)})


@pytest.mark.parametrize("path", paths(), ids=spelled)
def test_every_record_is_stamped_with_every_attribute(path: Path) -> None:
    name, values = loaded(path)

    headers = Stamp("ranking").of(codec.encode_fields(name, values), NOON)

    assert sorted(attribute for attribute, _ in headers) == sorted(ATTRIBUTES)
    said = dict(headers)
    assert (said["ce_specversion"], said["content-type"]) == (b"1.0", b"application/avro")
    assert (said["ce_source"], said["ce_type"]) == (b"/techdock/ranking", f"techdock.{name}.v1".encode())
    assert said["ce_time"] == b"2025-11-25T12:00:00Z"


def test_a_replay_gives_the_same_attributes_and_another_decision_another_id() -> None:
    later = codec.encode_fields("ClockTicked", {"now": datetime(2025, 11, 25, 13, tzinfo=UTC)})
    ids = [dict(Stamp("pipeline").of(value, NOON))["ce_id"] for value in (TICK, bytes(TICK), later)]

    assert Stamp("pipeline").of(TICK, NOON) == Stamp("pipeline").of(bytes(TICK), NOON)
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("value", [None, b"", b"no record of ours", codec.prefix("ClockTicked")[:9]])
def test_what_is_no_record_of_ours_is_no_event(value: bytes | None) -> None:
    assert Stamp("ranking").of(value, NOON) == []


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (datetime(2025, 6, 1, tzinfo=UTC), b"2025-06-01T00:00:00Z"),
        (datetime(2025, 6, 1, 8, 0, 0, 250_000, timezone(timedelta(hours=8))), b"2025-06-01T00:00:00.250000Z"),
    ],
)
def test_times_are_told_in_utc(time: datetime, said: bytes) -> None:
    assert cloudevents.spelled(time) == said
