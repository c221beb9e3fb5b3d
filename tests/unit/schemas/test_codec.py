"""Bytes that are no record of ours are unreadable, whatever they are; and nothing else is ever raised."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from schemas import codec
from schemas.errors import Unreadable
from schemas.records import RECORDS
from tests.contract.schemas.examples import loaded, paths, spelled

#: CRC-64-AVRO of the empty string, from the Avro specification.
EMPTY = 0xC15D213AA4D7A795
WHOLE = {spelled(path): codec.encode_fields(*loaded(path)) for path in paths()}


def _rabin(data: bytes) -> int:
    """CRC-64-AVRO as the Avro specification gives it."""
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (EMPTY if crc & 1 else 0)
        table.append(crc)
    crc = EMPTY
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc


def _outcome(data: bytes) -> str:
    """What reading ``data`` gives; anything but a record or ``Unreadable`` comes out of here as it is."""
    registry = dict(enumerate(map(codec.schema, RECORDS), start=1)).get
    try:
        return type(codec.decode(data, registry)).__name__
    except Unreadable:
        return "Unreadable"


@pytest.mark.parametrize("path", paths(), ids=spelled)
def test_a_record_begins_with_the_marker_and_the_fingerprint_of_the_specification(path: Path) -> None:
    from fastavro.schema import parse_schema, to_parsing_canonical_form

    canonical = to_parsing_canonical_form(parse_schema(codec.schema(path.parent.name)))
    expected = b"\xc3\x01" + struct.pack("<Q", _rabin(canonical.encode()))

    assert WHOLE[spelled(path)].startswith(expected)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_record_cut_anywhere_is_unreadable(name: str) -> None:
    data = WHOLE[name]

    assert {_outcome(data[:length]) for length in range(len(data))} == {"Unreadable"}


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_record_with_bytes_behind_it_is_unreadable(name: str) -> None:
    assert _outcome(WHOLE[name] + b"\x00") == "Unreadable"


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_random_bytes_are_unreadable(data: bytes) -> None:
    # A record that happens to be whole needs eight bytes of fingerprint, or a registry's id, by chance.
    assert _outcome(b"\xff" + data) == "Unreadable"
    assert _outcome(b"\xc3\x01" + data) in {"Unreadable", *RECORDS}


@given(st.sampled_from(sorted(RECORDS)), st.binary(max_size=300))
@settings(max_examples=600)
def test_random_bytes_behind_a_good_fingerprint_are_a_record_or_unreadable(name: str, body: bytes) -> None:
    assert _outcome(codec.prefix(name) + body) in {name, "Unreadable"}


@given(st.integers(0, len(RECORDS) + 1), st.binary(max_size=300))
@settings(max_examples=300)
def test_random_bytes_behind_a_registrys_id_are_a_record_or_unreadable(schema_id: int, body: bytes) -> None:
    assert _outcome(struct.pack(">bI", 0, schema_id) + body) in {"Unreadable", *RECORDS}


@given(st.sampled_from(sorted(WHOLE)), st.data())
@settings(max_examples=600)
def test_a_record_with_broken_bytes_is_a_record_or_unreadable(name: str, data: st.DataObject) -> None:
    broken = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(10, len(broken) - 1))] = data.draw(st.integers(0, 255))

    assert _outcome(bytes(broken)) in {name.partition("/")[0], "Unreadable"}


def test_nothing_is_unreadable() -> None:
    for nothing in (None, b""):
        with pytest.raises(Unreadable, match="no bytes"):
            codec.decode(nothing)


@pytest.mark.parametrize("version", [2**31, 2**63 - 1, -(2**31) - 1])
def test_a_whole_number_of_more_bits_than_its_schema_has_is_unreadable(version: int) -> None:
    # fastavro writes and reads it all the same; a column of 32 bits would stop the read model for good.
    name, values = loaded(next(path for path in paths() if spelled(path) == "AchievementWithdrawn/sold-elsewhere"))

    assert _outcome(codec.encode_fields(name, {**values, "version": version})) == "Unreadable"
