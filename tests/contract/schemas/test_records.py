"""The dataclasses equal the schemas: names, order, types, defaults."""

from __future__ import annotations

import dataclasses
import types
import typing
import uuid
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from schemas import codec, records
from schemas.records import RECORDS
from tests.contract.schemas.examples import types_in

_LEAVES = {
    "string": str,
    "bytes": bytes,
    "int": int,
    "long": int,
    "double": float,
    "boolean": bool,
    "uuid": uuid.UUID,
    "timestamp-micros": datetime,
    "date": date,
    "decimal": Decimal,
}
NAMES = sorted(RECORDS)


def _hint(schema: Any) -> Any:
    """The type that a field of this schema has in Python."""
    if isinstance(schema, list):
        null, other = schema
        assert null == "null"
        return _hint(other) | None
    if isinstance(schema, str):
        return _LEAVES.get(schema) or getattr(records, schema)
    if schema["type"] == "array":
        return types.GenericAlias(tuple, (_hint(schema["items"]), ...))
    if schema["type"] in {"record", "enum"}:
        return getattr(records, schema["name"])
    return _LEAVES[schema.get("logicalType", schema["type"])]


def _default(field: dict[str, Any], hint: Any) -> Any:
    """The default that a field of this schema has in Python."""
    if "default" not in field:
        return dataclasses.MISSING
    if field["default"] == []:
        return ()
    return hint(field["default"]) if isinstance(hint, type) and issubclass(hint, StrEnum) else field["default"]


def _leave_no_default(name: str) -> bool:
    """Whether we write this record ourselves: then every field is given, and nothing is forgotten by default."""
    return name not in {*records.SUBMISSIONS, "Text", "IpRight", "Terms", "Milestone", "Assessment", "PolicyRule"}


@pytest.mark.parametrize("name", NAMES)
def test_every_record_has_the_fields_of_its_schema(name: str) -> None:
    for schema in types_in(codec.schema(name)):
        if schema["type"] != "record":
            continue
        cls = getattr(records, schema["name"])
        hints = typing.get_type_hints(cls)
        assert [field.name for field in dataclasses.fields(cls)] == [field["name"] for field in schema["fields"]]
        assert {field["name"]: hints[field["name"]] for field in schema["fields"]} == {
            field["name"]: _hint(field["type"]) for field in schema["fields"]
        }


@pytest.mark.parametrize("name", NAMES)
def test_every_record_has_the_defaults_of_its_schema(name: str) -> None:
    for schema in types_in(codec.schema(name)):
        if schema["type"] != "record":
            continue
        cls = getattr(records, schema["name"])
        hints = typing.get_type_hints(cls)
        mine = {field.name: field.default for field in dataclasses.fields(cls)}
        for field in schema["fields"]:
            if _leave_no_default(schema["name"]):
                assert mine[field["name"]] is dataclasses.MISSING, f"{schema['name']}.{field['name']}"
            else:
                assert mine[field["name"]] == _default(field, hints[field["name"]]), f"{schema['name']}.{field['name']}"


@pytest.mark.parametrize("name", NAMES)
def test_every_enum_has_the_symbols_of_its_schema(name: str) -> None:
    for schema in types_in(codec.schema(name)):
        if schema["type"] == "enum":
            assert [member.value for member in getattr(records, schema["name"])] == schema["symbols"]
            assert [member.name for member in getattr(records, schema["name"])] == schema["symbols"]


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_of_a_record_agree(name: str) -> None:
    assert codec.schema(name)["doc"] == RECORDS[name].__doc__


def test_records_cannot_be_changed() -> None:
    for cls in RECORDS.values():
        assert vars(cls)["__dataclass_params__"].frozen
        assert "__slots__" in vars(cls)
