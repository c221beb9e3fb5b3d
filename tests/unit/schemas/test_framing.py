"""Confluent's frame goes on and comes off without a look at the record, and on the topics that others read alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from schemas import codec, topics
from schemas.editions import Edition, releases
from schemas.errors import Unreadable
from schemas.framing import Framing
from schemas.salvage import salvaged
from schemas.splicing import splice
from tests.contract.schemas.examples import loaded, paths, single_object, spelled
from tests.unit.schemas.framed import CONFLUENT, IDS, READING, adopting

RECEIPTS = topics.receipts("dlut").name
WHOLE = {spelled(path): codec.encode_fields(*loaded(path)) for path in paths()}
RELEASED = [(one, path) for one in releases() for path in one.examples()]


@pytest.fixture(autouse=True)
def reading() -> Iterator[None]:
    """Records with our ids are read, whatever is written."""
    with adopting(READING):
        yield


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_framed_record_has_the_id_of_its_schema_and_the_same_fields(name: str) -> None:
    framed = CONFLUENT.written(RECEIPTS, WHOLE[name])

    zero, schema_id = struct.unpack(">bI", framed[:5])
    assert (zero, IDS[schema_id], framed[5:]) == (0, WHOLE[name][:10], WHOLE[name][10:])


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_framed_record_is_read_as_the_same_without_asking_anybody(name: str) -> None:
    framed = CONFLUENT.written(RECEIPTS, WHOLE[name])

    assert codec.decode(framed) == codec.decode(WHOLE[name])
    assert codec.named(framed) == name.partition("/")[0]
    assert codec.renewed(framed) == READING.bare(framed) == WHOLE[name]


@pytest.mark.parametrize(("edition", "path"), RELEASED, ids=[f"{one.name}/{spelled(path)}" for one, path in RELEASED])
def test_what_an_earlier_release_framed_is_read_as_what_it_wrote_bare(edition: Edition, path: Path) -> None:
    name, values = loaded(path, edition)
    bare = single_object(edition.schema(name), values)
    framed = CONFLUENT.written(RECEIPTS, bare)

    assert framed[:1] == b"\0"
    assert codec.decode(framed) == codec.decode(bare)
    assert codec.renewed(framed) == codec.renewed(bare)


def test_where_two_schemas_have_one_fingerprint_the_latest_id_is_written_and_both_are_read() -> None:
    data = next(iter(WHOLE.values()))
    twice = Framing({7: data[:10], 9: data[:10]}, writes_confluent=True)

    assert twice.written(RECEIPTS, data)[:5] == b"\0\0\0\0\x09"
    assert twice.bare(b"\0\0\0\0\x07" + data[10:]) == data


@pytest.mark.parametrize("topic", [topic.name for topic in topics.CATALOGUE])
def test_what_only_our_own_lanes_read_and_what_lies_in_quarantine_has_no_frame(topic: str) -> None:
    data = next(iter(WHOLE.values()))
    ours_alone = {"demand-copies", "negotiations", "clock", "scoring-models", "candidates", "ranking-state"}
    ours_alone |= {"achievement-sketches", "tasks", "policies", "weighed-texts"}

    is_bare = topic.split(".")[1] in {*ours_alone, "quarantine"}
    assert (CONFLUENT.written(topic, data) == data) is is_bare


@pytest.mark.parametrize("topic", [topics.inbox("dlut").name, RECEIPTS, topics.MATCHES.name])
def test_without_a_registry_nothing_has_a_frame(topic: str) -> None:
    data = next(iter(WHOLE.values()))

    assert Framing().written(topic, data) == READING.written(topic, data) == data


@given(st.binary(max_size=60))
def test_bytes_that_are_no_record_of_ours_are_passed_on_as_they_are(data: bytes) -> None:
    assert CONFLUENT.written(RECEIPTS, b"\xff" + data) == b"\xff" + data
    assert CONFLUENT.bare(b"\xff" + data) == b"\xff" + data


@pytest.mark.parametrize("length", [0, 1, 4, 5, 6])
def test_a_frame_cut_anywhere_or_with_nothing_behind_it_is_unreadable(length: int) -> None:
    framed = CONFLUENT.written(RECEIPTS, WHOLE["AchievementRegistered/hull-cleaning-robot"])

    with pytest.raises(Unreadable):
        codec.decode(framed[:length])


def test_an_id_that_is_none_of_ours_is_asked_for() -> None:
    framed = b"\0\0\0\0\x07" + WHOLE["AchievementRegistered/hull-cleaning-robot"][10:]

    asked: list[int] = []
    with pytest.raises(Unreadable, match="does not know schema id 7"):
        codec.decode(framed, lambda schema_id: asked.append(schema_id))
    assert asked == [7]


def test_a_broken_record_with_our_frame_is_salvaged_as_far_as_it_goes() -> None:
    framed = CONFLUENT.written(RECEIPTS, WHOLE["AchievementRegistered/hull-cleaning-robot"])

    found = salvaged(framed[:60])

    assert (found.record, "institution_id" in found.values, found.is_submission) == (
        "AchievementRegistered",
        True,
        False,
    )


def test_a_match_is_spliced_from_a_framed_candidate_as_from_a_bare_one() -> None:
    candidate = next(data for name, data in WHOLE.items() if name.startswith("Candidate/"))
    match = next(values for name, values in map(loaded, paths()) if name == "MatchProposed")
    made = splice("Candidate", "MatchProposed").made

    assert made(CONFLUENT.written(RECEIPTS, candidate), match) == made(candidate, match)
