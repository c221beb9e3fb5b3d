"""The examples beside the schemas, as they lie on disk and as plain Avro values.

Ids, amounts, times and days are text, as anybody would write them. Bytes that hold a whole record of ours are written
as that record: ``{"Candidate": {…}}``. Any other bytes are written in base64.
"""

from __future__ import annotations

import base64
import io
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form

from schemas.editions import PRESENT, Edition

AVRO = PRESENT.folder / "avro"

_NATURAL: Mapping[str, Callable[[Any], Any]] = {
    "uuid": uuid.UUID,
    "decimal": Decimal,
    "timestamp-micros": datetime.fromisoformat,
    "date": date.fromisoformat,
}


def paths() -> list[Path]:
    """Every example, ``<Record>/<name>.json``."""
    return list(PRESENT.examples())


def spelled(path: Path) -> str:
    """``Record/name``, for the names of tests."""
    return f"{path.parent.name}/{path.stem}"


def loaded(path: Path, edition: Edition = PRESENT) -> tuple[str, dict[str, Any]]:
    """The name of the record and its plain values, defaults filled in."""
    return path.parent.name, values(path.parent.name, json.loads(path.read_text(encoding="utf-8")), edition)


def values(name: str, written: Mapping[str, Any], edition: Edition = PRESENT) -> dict[str, Any]:
    """The plain values of an example as it is written."""
    schema = edition.schema(name)
    plain: dict[str, Any] = _plain(schema, written, {each["name"]: each for each in types_in(schema)}, edition)
    return plain


def single_object(schema: Mapping[str, Any], plain: Mapping[str, Any]) -> bytes:
    """A record by any schema, in single-object encoding."""
    parsed = fastavro.parse_schema(dict(schema))
    out = io.BytesIO()
    out.write(b"\xc3\x01" + bytes.fromhex(fingerprint(to_parsing_canonical_form(parsed), "CRC-64-AVRO")))
    fastavro.schemaless_writer(out, parsed, dict(plain))
    return out.getvalue()


def _plain(schema: Any, value: Any, named: Mapping[str, Any], edition: Edition) -> Any:
    if isinstance(schema, list):
        return None if value is None else _plain(schema[1], value, named, edition)
    if isinstance(schema, str):
        return _plain(named[schema], value, named, edition) if schema in named else _leaf(schema, value, edition)
    if schema["type"] == "record":
        unknown = value.keys() - {field["name"] for field in schema["fields"]}
        assert not unknown, f"{schema['name']} has no {unknown}"
        return {
            field["name"]: _plain(field["type"], value[field["name"]], named, edition)
            if field["name"] in value
            else field["default"]
            for field in schema["fields"]
        }
    if schema["type"] == "array":
        return [_plain(schema["items"], item, named, edition) for item in value]
    return _NATURAL[schema["logicalType"]](value) if "logicalType" in schema else value


def _leaf(kind: str, value: Any, edition: Edition) -> Any:
    if kind == "bytes" and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    if kind == "bytes":
        ((name, written),) = value.items()
        return single_object(edition.schema(name), values(name, written, edition))
    return value


def types_in(schema: Any) -> Iterator[Mapping[str, Any]]:
    """The schema and every record and enum defined inside it."""
    if isinstance(schema, list):
        for branch in schema:
            yield from types_in(branch)
    elif isinstance(schema, Mapping):
        if schema["type"] in {"record", "enum"}:
            yield schema
        for field in schema.get("fields", ()):
            yield from types_in(field["type"])
        if schema["type"] == "array":
            yield from types_in(schema["items"])
