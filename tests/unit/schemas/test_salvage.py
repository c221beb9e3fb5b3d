"""What can still be read of bytes that are no submission."""

from __future__ import annotations

import io
import json

import fastavro
import pytest
from hypothesis import given, settings, strategies as st

from schemas import codec
from schemas.records import RECORDS
from schemas.salvage import salvaged
from tests.unit.streams.making import NOW, achievement, demand

RECORD = achievement(version=3, owners=("dlut",), maturity=6)
GOOD = codec.encode(RECORD)
VALUES = codec.plain(RECORD)


def test_a_whole_submission_is_read_whole() -> None:
    found = salvaged(GOOD)
    assert (found.record, found.is_submission, found.field) == ("AchievementRegistered", True, None)
    assert found.values == VALUES


def test_of_a_record_that_was_cut_off_the_fields_before_the_cut_are_read() -> None:
    found = salvaged(GOOD[:-3])
    assert found.record == "AchievementRegistered"
    assert found.field is not None
    assert not found.is_submission
    assert found.values == {name: VALUES[name] for name in found.values}
    assert {"submission_id", "institution_id", "achievement_id", "version", "zh", "maturity"} <= found.values.keys()
    names = [field["name"] for field in codec.schema("AchievementRegistered")["fields"]]
    assert list(found.values) == names[: names.index(found.field)]
    assert "does not follow its schema" in str(found.why)


def test_the_offset_is_where_the_field_that_failed_begins() -> None:
    whole = codec.encode(achievement(version=3))
    # Prefix, then 16 hexadecimal digits and hyphens of an id: one byte of length, 36 of text.
    broken = whole[:11] + b"\xff" * 36 + whole[47:]
    found = salvaged(broken)
    assert (found.field, found.offset, found.values) == ("submission_id", 10, {})
    later = whole[:47] + b"\x08\xff\xff\xff\xff" + whole[52:]
    found = salvaged(later)
    assert (found.field, found.offset) == ("institution_id", 47)
    assert set(found.values) == {"submission_id"}


def test_bytes_that_follow_a_whole_record_leave_its_fields_readable() -> None:
    found = salvaged(GOOD + b"\x00\x01")
    assert (found.field, found.offset) == (None, len(GOOD))
    assert found.values == VALUES
    assert "2 bytes follow" in str(found.why)


@pytest.mark.parametrize("frame", [b"", b"\x00\x00\x00\x00\x07", b"\xc3\x01" + b"\x07" * 8])
def test_what_its_sender_calls_it_helps_where_the_frame_is_missing_or_unknown(frame: bytes) -> None:
    found = salvaged(frame + GOOD[10:], "AchievementRegistered")
    assert (found.record, found.field) == ("AchievementRegistered", None)
    assert found.values == VALUES
    unknown = salvaged(frame + GOOD[10:])
    assert (unknown.record, dict(unknown.values)) == (None, {})


def test_a_former_release_that_knew_fewer_fields_is_read_up_to_them() -> None:
    writer = {**codec.schema("AchievementRegistered"), "fields": codec.schema("AchievementRegistered")["fields"][:8]}
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(writer), VALUES)
    found = salvaged(b"\xc3\x01" + b"\x07" * 8 + out.getvalue(), "AchievementRegistered")
    assert found.values == {name: VALUES[name] for name in [field["name"] for field in writer["fields"]]}
    assert found.field == "maturity"


def test_json_is_read_as_what_it_resembles() -> None:
    written = {"submission_id": "x", "demand_id": "D1", "posted_at": "today", "enterprise": "pump works"}
    found = salvaged(json.dumps(written).encode())
    assert (found.record, found.values) == ("DemandPosted", written)
    assert salvaged(b'{"a": 1}').record is None
    assert salvaged(b"{" * 100_000).values == {}


@pytest.mark.parametrize("nothing", [None, b""])
def test_of_nothing_nothing_is_read(nothing: bytes | None) -> None:
    found = salvaged(nothing)
    assert (found.record, found.values, found.offset) == (None, {}, 0)


def test_a_record_that_is_no_submission_is_shown_and_is_none() -> None:
    whole = salvaged(GOOD).values
    assert whole["registered_at"] == NOW
    receipt = {name: codec.prefix(name) for name in RECORDS}["SubmissionAccepted"]
    assert salvaged(receipt + b"\x01").record == "SubmissionAccepted"


@given(st.integers(0, 200), st.binary(max_size=8), st.sampled_from([RECORD, demand()]))
@settings(deadline=None, max_examples=200)
def test_no_bytes_make_it_stumble(place: int, noise: bytes, record: object) -> None:
    good = codec.encode(record)  # type: ignore[arg-type]
    found = salvaged(good[:place] + noise + good[place + len(noise) :], type(record).__name__)
    assert found.offset <= len(good) + len(noise)
