"""Functions written out for a schema read and write as fastavro does, or leave it to fastavro."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schemas import codec, readers, writers
from schemas.generated import DOUBTS
from schemas.records import RECORDS, CooperationMode, DealAdvanced, Money, NegotiationUpdated, Record, Terms
from tests.contract.schemas.examples import loaded, paths, spelled

RECORDED: dict[str, Record] = {spelled(path): codec.record(*loaded(path)) for path in paths()}
READERS = {name: readers.reader(codec.schema(name), cls) for name, cls in RECORDS.items()}
WRITERS = {name: writers.writer(codec.schema(name), codec.prefix(name)) for name in RECORDS}


def _by_fastavro(record: Record) -> bytes:
    return codec.encode_fields(type(record).__name__, codec.plain(record))


WHOLE = {name: _by_fastavro(record) for name, record in RECORDED.items()}
(DEAL, *_DEALS) = [one for one in RECORDED.values() if isinstance(one, DealAdvanced)]
(MOVE, *_MOVES) = [one for one in RECORDED.values() if isinstance(one, NegotiationUpdated) and one.terms is not None]


def _read(name: str, data: bytes) -> Record | None:
    """What the function for ``name`` is sure of."""
    try:
        found, end = READERS[name](data, 10)
    except DOUBTS:
        return None
    return found if end == len(data) else None


def _agrees(name: str, data: bytes) -> None:
    """Where a function is sure, fastavro reads the same."""
    found = _read(name, data)
    if found is not None:
        assert found == codec.record(*codec.decode_fields(data))
        assert repr(found) == repr(codec.record(*codec.decode_fields(data)))


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_every_example_is_written_and_read_as_fastavro_does(name: str) -> None:
    record, data = RECORDED[name], WHOLE[name]
    assert WRITERS[type(record).__name__](record) == data
    assert _read(type(record).__name__, data) == record


@given(st.sampled_from(sorted(WHOLE)), st.data())
@settings(max_examples=1000)
def test_broken_bytes_are_read_as_fastavro_does_or_left_to_it(name: str, data: st.DataObject) -> None:
    broken = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(10, len(broken) - 1))] = data.draw(st.integers(0, 255))
    _agrees(name.partition("/")[0], bytes(broken))


@given(st.sampled_from(sorted(RECORDS)), st.binary(max_size=300))
@settings(max_examples=1000)
def test_random_bytes_are_read_as_fastavro_does_or_left_to_it(name: str, body: bytes) -> None:
    _agrees(name, codec.prefix(name) + body)


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
_MONEY = st.builds(Money, st.decimals(0, 10**16 - 1, places=2), _TEXTS)


@given(st.builds(Terms, price=_MONEY, territories=st.lists(_TEXTS, max_size=70).map(tuple)), st.data())
@settings(max_examples=200)
def test_any_deal_is_written_and_read_as_fastavro_does(terms: Terms, data: st.DataObject) -> None:
    changes: dict[str, Any] = {
        "terms": data.draw(st.none() | st.just(terms)),
        "reason": data.draw(_TEXTS),
        "sequence": data.draw(st.integers(-(2**31), 2**31 - 1)),
        "paid": data.draw(st.none() | st.decimals(-(10**15), 10**15, places=2)),
        "moved_at": data.draw(st.datetimes(timezones=st.just(UTC))),
        "submission_id": data.draw(st.uuids()),
        "owner_confirmed": data.draw(st.none() | st.integers(-70, 70_000)),
    }
    deal = replace(DEAL, **changes)
    assert WRITERS["DealAdvanced"](deal) == _by_fastavro(deal)
    assert _read("DealAdvanced", _by_fastavro(deal)) == deal


def test_a_number_with_an_idle_byte_and_a_list_in_two_blocks_are_left_to_fastavro_or_read_alike() -> None:
    data = codec.encode(MOVE)
    # The size of its first field, an id of 36 characters, in two bytes where one would do.
    assert data[10] == 72
    idle = data[:10] + b"\xc8\x00" + data[11:]
    assert _read("NegotiationUpdated", idle) is None
    assert codec.decode(idle) == MOVE

    terms = Terms(CooperationMode.SERVICE, Money(Decimal("1.00"), "CNY"), territories=("210200", "210211"))
    data = codec.encode(replace(MOVE, terms=terms))
    for blocks in (b"\x02\x0c210200\x02\x0c210211\x00", b"\x03\x1c\x0c210200\x0c210211\x00"):
        parted = data.replace(b"\x04\x0c210200\x0c210211\x00", blocks)
        assert parted != data
        _agrees("NegotiationUpdated", parted)
        assert codec.decode(parted) == replace(MOVE, terms=terms)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("submission_id", None, (TypeError, ValueError)),
        ("moved_at", "yesterday", (TypeError, ValueError)),
        ("sequence", 2**70, OverflowError),
        ("reason", b"bytes", (TypeError, ValueError)),
        ("move", "SING", ValueError),
        ("paid", Decimal("1.005"), ValueError),
        ("paid", Decimal("1.000"), ValueError),
        ("paid", Decimal("NaN"), (TypeError, ValueError)),
        ("paid", Decimal(10**18), ValueError),
    ],
)
def test_what_a_field_cannot_hold_is_refused(field: str, value: Any, error: type[Exception]) -> None:
    wrong = replace(DEAL, **{field: value})
    with pytest.raises(DOUBTS):
        WRITERS["DealAdvanced"](wrong)
    with pytest.raises(error):
        codec.encode(wrong)


def test_an_amount_is_moved_whole_whatever_context_is_set() -> None:
    deal = replace(DEAL, paid=Decimal("9999999999999999.99"))
    with localcontext(prec=4):
        data = WRITERS["DealAdvanced"](deal)
        assert _read("DealAdvanced", data) == deal
    assert data == _by_fastavro(deal)


def test_an_amount_in_thousands_and_a_moment_without_a_zone_are_left_to_fastavro() -> None:
    for deal in (replace(DEAL, paid=Decimal("1E+3")), replace(DEAL, moved_at=datetime(2026, 11, 26))):  # noqa: DTZ001
        with pytest.raises(DOUBTS):
            WRITERS["DealAdvanced"](deal)
        assert codec.encode(deal) == _by_fastavro(deal)


def test_a_class_with_other_fields_than_its_schema_is_not_read() -> None:
    @dataclass(frozen=True, slots=True)
    class Other:
        now: datetime
        day: date

    with pytest.raises(TypeError, match="other fields than its schema"):
        readers.reader(codec.schema("ClockTicked"), Other)


def test_an_id_is_the_same_as_one_that_was_made_of_its_text() -> None:
    found = _read("DealAdvanced", codec.encode(DEAL))
    assert isinstance(found, DealAdvanced)
    made = uuid.UUID(str(DEAL.submission_id))
    assert (found.submission_id.is_safe, hash(found.submission_id)) == (made.is_safe, hash(made))


@pytest.mark.parametrize("year", [1, 1969, 1970, 1978, 1979, 2026, 3111, 3112, 9999])
def test_moments_of_any_size_are_written_and_read_as_fastavro_does(year: int) -> None:
    for moment in (datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, 59, 999_999, UTC)):
        told = replace(MOVE, moved_at=moment)
        data = _by_fastavro(told)
        assert WRITERS["NegotiationUpdated"](told) == data
        assert _read("NegotiationUpdated", data) == told
