"""Functions that read a record from its bytes, written out for each schema of ours."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast

from schemas.generated import EXACT, Schema, Source, Unusual, alone, field_schemas, present
from schemas.slots import become, open_form

#: From the bytes and where something begins to that and where the next thing begins.
Read = Callable[[bytes, int], tuple[Any, int]]

_EPOCH = datetime.fromtimestamp(0, UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
#: Bits of a whole number that is read here, at most; fastavro reads those of 64.
_BITS = 63
#: One of these is set in a byte that is no count of one byte: what begins so is negative, or goes on.
_NO_COUNT = 0b1000_0001
_DOUBLE = struct.Struct("<d")
#: Bytes of a UUID as it is usually written, and the byte that says so many.
_UUID_BYTES = 36
#: The slots of a UUID: to fill them takes half as long as ``UUID(text)``.
_SET_INT, _SET_SAFE = (getattr(uuid.UUID, slot).__set__ for slot in ("int", "is_safe"))
_SAFE_UNKNOWN = uuid.SafeUUID.unknown


def reader(schema: Schema, cls: type) -> Read:
    """A function that reads ``cls`` as ``schema`` has it.

    It raises one of ``DOUBTS`` where it is not sure. It may read past the end of the bytes, and then says so by where
    the next thing would begin.
    """
    source = Source("def read(data, at):")
    source.says(f"return {_told(source, schema, cls)}, at")
    return cast(Read, source.function("read"))


def _told(source: Source, schema: Any, hint: Any) -> str:
    """The name of what ``source`` reads next, once it has read it."""
    schema, hint = source.meant(schema), present(hint)
    if isinstance(schema, list):
        return _optional(source, schema, hint)
    match kind := schema if isinstance(schema, str) else schema["type"]:
        case "record":
            told = [_told(source, each, inner) for _, each, inner in field_schemas(schema, hint)]
            return _made(source, hint, told)
        case "enum":
            return _one_byte(source, _members(schema, hint))
        case "array":
            return _array(source, schema["items"], hint)
        case "boolean":
            return _one_byte(source, {0: False, 1: True})
        case "bytes" if isinstance(schema, dict):
            return _called(source, _decimal(schema["precision"], schema["scale"]))
        case "string" if isinstance(schema, str):
            return _text_of(source)
        case "int" if isinstance(schema, str):
            return _small(source)
    return _called(source, _SIMPLE[kind] if isinstance(schema, str) else _LOGICAL[schema["logicalType"]])


def _noted(source: Source, expression: str) -> str:
    name = source.name()
    source.says(f"{name} = {expression}")
    return name


def _made(source: Source, cls: type, values: Iterable[str]) -> str:
    """One of ``cls``, whose slots are filled as its own ``__init__`` does, but for a look at each name."""
    if hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__} looks at its fields itself, and is not read so")
    name = _noted(source, f"{source.value(object.__new__)}({source.value(open_form(cls))})")
    for field, value in zip(fields(cls), values, strict=True):
        source.says(f"{name}.{field.name} = {value}")
    source.says(f"{source.value(become)}({name}, {source.value(cls)})")
    return name


def _called(source: Source, read: Read) -> str:
    name = source.name()
    source.says(f"{name}, at = {source.value(read)}(data, at)")
    return name


def _one_byte(source: Source, values: Mapping[int, Any]) -> str:
    name = _noted(source, f"{source.value(values)}[data[at]]")
    source.says("at += 1")
    return name


def _members(schema: Schema, hint: Any) -> Mapping[int, Any]:
    """What the symbols of an enum are, by the byte that says each; none of ours has more than fit."""
    is_ours = isinstance(hint, type) and issubclass(hint, StrEnum)
    return {2 * place: hint(symbol) if is_ours else symbol for place, symbol in enumerate(schema["symbols"][:64])}


def _text_of(source: Source) -> str:
    """Most texts have their size in one byte."""
    size, name = _noted(source, "data[at]"), source.name()
    with source.under(f"if {size} & {_NO_COUNT}:"):
        source.says(f"{name}, at = {source.value(_text)}(data, at)")
    with source.under("else:"):
        source.says("at += 1", f"{name} = data[at:(at := at + ({size} >> 1))].decode()")
    return name


def _small(source: Source) -> str:
    """Most whole numbers have one byte."""
    name = _noted(source, "data[at]")
    with source.under(f"if {name} > 127:"):
        source.says(f"{name}, at = {source.value(_int)}(data, at)")
    with source.under("else:"):
        source.says("at += 1", f"{name} = {name} >> 1 ^ -({name} & 1)")
    return name


def _optional(source: Source, schema: list[Any], hint: Any) -> str:
    one, null, other = alone(schema)
    which, name = _noted(source, "data[at]"), source.name()
    source.says("at += 1")
    with source.under(f"if {which} == {null}:"):
        source.says(f"{name} = None")
    with source.under(f"elif {which} == {other}:"):
        source.says(f"{name} = {_told(source, one, hint)}")
    with source.under("else:"):
        source.says(f"raise {source.value(Unusual)}")
    return name


def _array(source: Source, items: Any, hint: Any) -> str:
    count, name, size = source.name(), source.name(), source.value(_size)
    source.says(f"{name} = ()", f"{count}, at = {size}(data, at)")
    with source.under(f"while {count}:"):
        each = source.name()
        source.says(f"{each} = []")
        with source.under(f"for {source.name()} in range({count}):"):
            source.says(f"{each}.append({_told(source, items, hint.__args__[0])})")
        source.says(f"{name} += tuple({each})", f"{count}, at = {size}(data, at)")
    return name


def _decimal(precision: int, scale: int) -> Read:
    most = 10**precision

    def read(data: bytes, at: int) -> tuple[Decimal, int]:
        size = data[at]
        if size & _NO_COUNT:
            raise Unusual
        at += 1
        unscaled = int.from_bytes(data[at : (at := at + (size >> 1))], "big", signed=True)
        if not -most < unscaled < most:
            raise Unusual
        return Decimal(unscaled).scaleb(-scale, EXACT), at

    return read


def _long(data: bytes, at: int) -> tuple[int, int]:
    byte, number, shift = data[at], 0, 0
    while byte > 127:
        number |= (byte & 127) << shift
        shift += 7
        if shift == _BITS:
            raise Unusual
        at += 1
        byte = data[at]
    number |= byte << shift
    return (number >> 1) ^ -(number & 1), at + 1


def _int(data: bytes, at: int) -> tuple[int, int]:
    number, at = _long(data, at)
    if not -(2**31) <= number < 2**31:
        raise Unusual
    return number, at


def _size(data: bytes, at: int) -> tuple[int, int]:
    size = data[at]
    if not size & _NO_COUNT:
        return size >> 1, at + 1
    size, at = _long(data, at)
    if size < 0:
        raise Unusual
    return size, at


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _size(data, at)
    return data[at : at + size], at + size


def _text(data: bytes, at: int) -> tuple[str, int]:
    raw, at = _bytes(data, at)
    return raw.decode(), at


def _double(data: bytes, at: int) -> tuple[float, int]:
    return _DOUBLE.unpack_from(data, at)[0], at + 8


def _date(data: bytes, at: int) -> tuple[date, int]:
    days, at = _long(data, at)
    return date.fromordinal(days + _EPOCH_DAY), at


def _moment(data: bytes, at: int) -> tuple[datetime, int]:
    left = int.from_bytes(data[at : at + 8], "little")
    if left & 0x8080808080808080 != 0x80808080808080:
        micros, at = _long(data, at)
        return _EPOCH + timedelta(microseconds=micros), at
    # Most moments have eight bytes, with seven bits of the number in each: put together by halves.
    left = left & 0x7F007F007F007F | (left & 0x7F007F007F007F00) >> 1
    left = left & 0x3FFF00003FFF | (left & 0x3FFF00003FFF0000) >> 2
    left = left & 0xFFFFFFF | (left & 0xFFFFFFF00000000) >> 4
    return _EPOCH + timedelta(microseconds=left >> 1 ^ -(left & 1)), at + 8


def _uuid(data: bytes, at: int) -> tuple[uuid.UUID, int]:
    if data[at] != 2 * _UUID_BYTES:
        raise Unusual
    at += 1 + _UUID_BYTES
    digits = data[at - _UUID_BYTES : at].replace(b"-", b"")
    if len(digits) != 32:
        raise Unusual
    found = object.__new__(uuid.UUID)
    _SET_INT(found, int(digits, 16))
    _SET_SAFE(found, _SAFE_UNKNOWN)
    return found, at


_SIMPLE: Mapping[str, Read] = {"int": _int, "long": _long, "double": _double, "bytes": _bytes}
_LOGICAL: Mapping[str, Read] = {"uuid": _uuid, "date": _date, "timestamp-micros": _moment}
