"""What earlier releases wrote is read, and they can read what this one writes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pytest
from fastavro.schema import fingerprint, to_parsing_canonical_form

from schemas import codec
from tests.contract.schemas.examples import AVRO, loaded, paths
from tests.contract.schemas.test_schemas import EARLIER

FILES = sorted((AVRO / "earlier").glob("*.avsc"))

each_schema = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def _schema(file: Path) -> Any:
    return fastavro.parse_schema(json.loads(file.read_text(encoding="utf-8")))


def _prefix(file: Path) -> bytes:
    return b"\xc3\x01" + bytes.fromhex(fingerprint(to_parsing_canonical_form(_schema(file)), "CRC-64-AVRO"))


def _examples(file: Path) -> list[dict[str, Any]]:
    name = file.stem.partition("-")[0]
    return [loaded(path)[1] for path in paths() if path.parent.name == name]


def _written(schema: Any, values: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, values)
    return out.getvalue()


def test_earlier_schemas_are_all_there_and_as_they_were() -> None:
    assert {file.stem: _prefix(file).hex() for file in FILES} == EARLIER


@each_schema
def test_bytes_of_an_earlier_release_are_read_with_defaults_for_what_it_did_not_know(file: Path) -> None:
    for values in _examples(file):
        old = fastavro.schemaless_reader(io.BytesIO(_written(codec.schema(file.stem.partition("-")[0]), values)),
                                         codec.schema(file.stem.partition("-")[0]), _schema(file))  # fmt: skip
        data = _prefix(file) + _written(_schema(file), old)

        name, found = codec.decode_fields(data)

        assert name == file.stem.partition("-")[0]
        assert {(reason["in_title"], reason["in_keywords"]) for reason in found["reasons"]} == {(-1, -1)}
        assert codec.renewed(data) == codec.encode_fields(name, found)


@each_schema
def test_an_earlier_release_reads_what_is_written_now_and_takes_a_new_symbol_for_unknown(file: Path) -> None:
    name = file.stem.partition("-")[0]
    for values in _examples(file):
        read = fastavro.schemaless_reader(
            io.BytesIO(_written(codec.schema(name), values)), codec.schema(name), _schema(file)
        )

        assert isinstance(read, dict)
        factors = [reason["factor"] for reason in values["reasons"]]
        assert [reason["factor"] for reason in read["reasons"]] == ["UNKNOWN" if f == "CUT" else f for f in factors]
        assert sum(reason["contribution"] for reason in read["reasons"]) == read["score"]


def test_bytes_of_this_release_are_not_written_anew() -> None:
    for path in paths():
        data = codec.encode_fields(*loaded(path))

        assert codec.renewed(data) is data
