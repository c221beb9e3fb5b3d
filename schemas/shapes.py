"""The shape of plain values against a record's schema: fields that miss, fields that nobody knows, wrong types.

For values that come from JSON or from a caller, before they can be written as Avro: the ways in which JSON spells
dates, times, decimals and ids are read on the way.
"""

from __future__ import annotations

import base64
import difflib
import functools
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from schemas import codec
from schemas.faults import fault
from schemas.records import Fault
from schemas.refusals import Code

_AMOUNT = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_BITS = {"int": 31, "long": 63}
_NOTHING: Any = object()


def shape_faults(name: str, values: object) -> list[Fault]:
    """Every way in which ``values`` differ in shape from the record ``name``; empty where they fit."""
    return read(name, values)[1]


def read(name: str, values: object) -> tuple[dict[str, Any], list[Fault]]:
    """``values`` as the plain values of the record ``name``, defaults filled in, and every fault of shape.

    With faults, a field that is wrong is left out of the values.
    """
    found: list[Fault] = []
    plain = _read(codec.schema(name), values, _Place("", found, _named(name), _is_sealed(name)))
    return (plain if plain is not _NOTHING else {}), found


def read_field(name: str, field: str, value: object) -> tuple[Any, list[Fault]]:
    """One field of the record ``name`` in the same way; ``None`` for a value that is wrong."""
    found: list[Fault] = []
    schema = next(each["type"] for each in codec.schema(name)["fields"] if each["name"] == field)
    plain = _read(schema, value, _Place(field, found, _named(name), _is_sealed(name)))
    return (None if plain is _NOTHING else plain), found


def spelled(value: object) -> str:
    """A plain value that JSON has no form for, as ``read`` takes it; ``default`` of ``json.dumps``."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


#: Faults of one record that are told. Whoever sends more of them has to be told fewer, not to make us find them all.
MOST_FAULTS = 200


class _Place:
    """Where in a record we are, and where its faults go."""

    __slots__ = ("found", "is_sealed", "named", "path")

    def __init__(self, path: str, found: list[Fault], named: Mapping[str, Any], is_sealed: bool) -> None:
        self.path = path
        self.found = found
        self.named = named
        self.is_sealed = is_sealed

    def field(self, name: str) -> _Place:
        return _Place(f"{self.path}.{name}" if self.path else name, self.found, self.named, self.is_sealed)

    def entry(self, index: int) -> _Place:
        return _Place(f"{self.path}[{index}]", self.found, self.named, self.is_sealed)

    @property
    def is_full(self) -> bool:
        """Whether so much is wrong already that nothing more is looked for."""
        return len(self.found) >= MOST_FAULTS

    def refuse(self, rule: Code, value: object, repair: str) -> Any:
        if not self.is_full:
            self.found.append(fault(self.path, rule, value, repair))
        return _NOTHING


def _read(schema: Any, value: Any, place: _Place) -> Any:
    if isinstance(schema, list):
        return None if value is None else _read(next(each for each in schema if each != "null"), value, place)
    if isinstance(schema, str):
        return _read(place.named[schema], value, place) if schema in place.named else _leaf(schema, value, place)
    if schema["type"] == "record":
        return _record(schema, value, place)
    if schema["type"] == "array":
        return _array(schema, value, place)
    if schema["type"] == "enum":
        return _symbol(schema, value, place)
    return _leaf(schema.get("logicalType", schema["type"]), value, place)


def _record(schema: Any, value: Any, place: _Place) -> Any:
    if not isinstance(value, Mapping):
        return place.refuse("wrong-type", _named_type(value), f"give an object with the fields of {schema['name']}")
    plain: dict[str, Any] = {}
    names = [field["name"] for field in schema["fields"]]
    for field in schema["fields"]:
        name = field["name"]
        if name in value:
            inner = _read(field["type"], value[name], place.field(name))
        elif "default" in field:
            inner = field["default"] if not isinstance(field["default"], list) else []
        else:
            inner = place.field(name).refuse("missing-field", None, f"add it: {field.get('doc', name)}")
        if inner is not _NOTHING:
            plain[name] = inner
    for unknown in value:
        if place.is_full:
            break
        if unknown not in names:
            # Beside what is sealed, a plain text may stand under a name of its own by mistake.
            told = type(value[unknown]).__name__ if place.is_sealed else value[unknown]
            place.field(str(unknown)).refuse("unknown-field", told, _nearest(str(unknown), names))
    return plain


def _array(schema: Any, value: Any, place: _Place) -> Any:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return place.refuse("wrong-type", value, "give a list")
    found = []
    for index, item in enumerate(value):
        if place.is_full:
            break
        plain = _read(schema["items"], item, place.entry(index))
        if plain is not _NOTHING:
            found.append(plain)
    return found


def _symbol(schema: Any, value: Any, place: _Place) -> Any:
    if value in schema["symbols"]:
        return str(value)
    if not isinstance(value, str):
        return place.refuse("wrong-type", value, f"give one of {', '.join(schema['symbols'])}")
    return place.refuse("unknown-value", value, _nearest(value, schema["symbols"]))


def _leaf(kind: str, value: Any, place: _Place) -> Any:
    reader, wanted = _LEAVES[kind]
    try:
        plain = reader(value)
    except ValueError:
        plain = _NOTHING
    if plain is not _NOTHING:
        return plain
    # Of bytes nothing is repeated: they are kept secret where they are a plain text by mistake.
    return place.refuse("wrong-type", type(value).__name__ if kind == "bytes" else value, f"give {wanted}")


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else _NOTHING


def _integer(value: Any, bits: int) -> Any:
    good = isinstance(value, int) and not isinstance(value, bool) and -(1 << bits) <= value < 1 << bits
    return value if good else _NOTHING


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else _NOTHING


def _decimal(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return Decimal(value) if isinstance(value, str) and _AMOUNT.fullmatch(value) else _NOTHING


def _time(value: Any) -> Any:
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return time if isinstance(time, datetime) and time.tzinfo is not None else _NOTHING


def _day(value: Any) -> Any:
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return day if isinstance(day, date) and not isinstance(day, datetime) else _NOTHING


def _uuid(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return value
    return uuid.UUID(value) if isinstance(value, str) else _NOTHING


def _bytes(value: Any) -> Any:
    if isinstance(value, bytes):
        return value
    return base64.b64decode(value, validate=True) if isinstance(value, str) else _NOTHING


_LEAVES: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "string": (_text, "text"),
    "bytes": (_bytes, "bytes in base64"),
    "int": (functools.partial(_integer, bits=_BITS["int"]), "a whole number of at most 32 bits"),
    "long": (functools.partial(_integer, bits=_BITS["long"]), "a whole number of at most 64 bits"),
    "double": (_number, "a number"),
    "decimal": (_decimal, 'a decimal number, as text where it matters, for example "12000.50"'),
    "timestamp-micros": (_time, "a time with its zone, for example 2025-03-01T08:00:00+08:00"),
    "date": (_day, "a date, for example 2025-03-01"),
    "uuid": (_uuid, "a UUID, for example 123e4567-e89b-42d3-a456-426614174000"),
}


def _named_type(value: object) -> str:
    return f"{type(value).__name__} {value}"


def _nearest(unknown: str, known: Sequence[str]) -> str:
    # A long name is not worth comparing: the nearest of short ones is found by its beginning.
    near = difflib.get_close_matches(unknown[:100].lower(), [each.lower() for each in known], 1, 0.6)
    if near:
        return f"did you mean {next(each for each in known if each.lower() == near[0])}?"
    return f"take it out or name one of {', '.join(known)}"


@functools.cache
def _named(name: str) -> Mapping[str, Any]:
    """The types that are named inside the schema of a record."""
    return {each["name"]: each for each in _types_in(codec.schema(name))}


@functools.cache
def _is_sealed(name: str) -> bool:
    """Whether a field of a record is bytes, and no amount."""
    return any(field["type"] == "bytes" for each in _types_in(codec.schema(name)) for field in each.get("fields", ()))


def _types_in(schema: Any) -> Iterator[Any]:
    if isinstance(schema, list):
        for each in schema:
            yield from _types_in(each)
    elif isinstance(schema, Mapping):
        if schema["type"] in {"record", "enum"}:
            yield schema
        for field in schema.get("fields", ()):
            yield from _types_in(field["type"])
        yield from _types_in(schema.get("items"))
