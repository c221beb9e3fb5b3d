"""The examples beside the schemas, as they lie on disk and as plain Avro values.

Ids, amounts, times and days are text, as anybody would write them. Bytes that hold a whole record of ours are written
as that record: ``{"Candidate": {…}}``. Any other bytes are written in base64.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

from schemas import codec

FOLDER = Path(str(resources.files("schemas"))) / "examples"
AVRO = Path(str(resources.files("schemas"))) / "avro"

_NATURAL: Mapping[str, Callable[[Any], Any]] = {
    "uuid": uuid.UUID,
    "decimal": Decimal,
    "timestamp-micros": datetime.fromisoformat,
    "date": date.fromisoformat,
}


def paths() -> list[Path]:
    """Every example, ``<Record>/<name>.json``."""
    return sorted(FOLDER.glob("*/*.json"))


def spelled(path: Path) -> str:
    """``Record/name``, for the names of tests."""
    return f"{path.parent.name}/{path.stem}"


def loaded(path: Path) -> tuple[str, dict[str, Any]]:
    """The name of the record and its plain values, defaults filled in."""
    name = path.parent.name
    return name, _values(name, json.loads(path.read_text(encoding="utf-8")))


def _values(name: str, written: Mapping[str, Any]) -> dict[str, Any]:
    schema = codec.schema(name)
    values: dict[str, Any] = _plain(schema, written, {each["name"]: each for each in types_in(schema)})
    return values


def _plain(schema: Any, value: Any, named: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return None if value is None else _plain(schema[1], value, named)
    if isinstance(schema, str):
        return _plain(named[schema], value, named) if schema in named else _leaf(schema, value)
    if schema["type"] == "record":
        unknown = value.keys() - {field["name"] for field in schema["fields"]}
        assert not unknown, f"{schema['name']} has no {unknown}"
        return {
            field["name"]: _plain(field["type"], value[field["name"]], named)
            if field["name"] in value
            else field["default"]
            for field in schema["fields"]
        }
    if schema["type"] == "array":
        return [_plain(schema["items"], item, named) for item in value]
    return _NATURAL[schema["logicalType"]](value) if "logicalType" in schema else value


def _leaf(kind: str, value: Any) -> Any:
    if kind == "bytes" and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    if kind == "bytes":
        ((name, written),) = value.items()
        return codec.encode_fields(name, _values(name, written))
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
