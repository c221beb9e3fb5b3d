"""Functions that write a record as bytes, written out for each schema of ours: the counterpart of ``readers``."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from schemas.generated import EXACT, Schema, Source, Unusual, alone

Write = Callable[[Any], bytes]

_EPOCH = datetime.fromtimestamp(0, UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_ONE = Decimal(1)
_DOUBLE = struct.Struct("<d")


def writer(schema: Schema, prefix: bytes) -> Write:
    """A function that writes a record as ``schema`` has it, ``prefix`` first.

    It raises one of ``DOUBTS`` where a value is not of the type that its field has.
    """
    source = Source("def write(value):")
    source.says(f"return b''.join(({source.value(prefix)}, {', '.join(_told(source, schema, 'value'))}))")
    return cast(Write, source.function("write"))


def _told(source: Source, schema: Any, value: str) -> list[str]:
    """The names of the bytes that ``value`` becomes, in order, once ``source`` has made them."""
    schema = source.meant(schema)
    if isinstance(schema, list):
        return [_optional(source, schema, value)]
    match kind := schema if isinstance(schema, str) else schema["type"]:
        case "record":
            return [part for field in schema["fields"] for part in _field(source, field, value)]
        case "enum":
            numbers = {symbol: _long(number) for number, symbol in enumerate(schema["symbols"])}
            return [f"{source.value(numbers)}[{value}]"]
        case "array":
            return [_array(source, schema["items"], value)]
        case "bytes" if isinstance(schema, dict):
            return [f"{source.value(_decimal(schema['precision'], schema['scale']))}({value})"]
        case "string" if isinstance(schema, str):
            name = source.name()
            source.says(f"{name} = {value}.encode()")
            return [f"{source.value(_SIZES)}[len({name})]", name]
    write = _SIMPLE[kind] if isinstance(schema, str) else _LOGICAL[schema["logicalType"]]
    return [f"{source.value(write)}({value})"]


def _field(source: Source, field: Schema, value: str) -> list[str]:
    name = source.name()
    source.says(f"{name} = {value}.{field['name']}")
    return _told(source, field["type"], name)


def _optional(source: Source, schema: list[Any], value: str) -> str:
    one, null, other = alone(schema)
    name = source.name()
    with source.under(f"if {value} is None:"):
        source.says(f"{name} = {bytes([null])!r}")
    with source.under("else:"):
        source.says(f"{name} = b''.join(({bytes([other])!r}, {', '.join(_told(source, one, value))}))")
    return name


def _array(source: Source, items: Any, value: str) -> str:
    name, one = source.name(), source.name()
    with source.under(f"if {value}:"):
        source.says(f"{name} = [{source.value(_SIZES)}[len({value})]]")
        with source.under(f"for {one} in {value}:"):
            source.says(f"{name} += ({', '.join(_told(source, items, one))},)")
        source.says(f"{name} = b''.join({name}) + b'\\0'")
    with source.under("else:"):
        source.says(f"{name} = b'\\0'")
    return name


def _decimal(precision: int, scale: int) -> Write:
    most = 10**precision

    def write(value: Decimal) -> bytes:
        scaled = value.scaleb(scale, EXACT)
        unscaled = int(scaled)
        # More decimals than the schema has are none of ours, be they zeros.
        if not scaled.same_quantum(_ONE) or not -most < unscaled < most:
            raise Unusual
        return _bytes(unscaled.to_bytes((unscaled.bit_length() + 8) // 8, "big", signed=True))

    return write


def _number(number: int) -> bytes:
    left = number << 1 if number >= 0 else ~(number << 1)
    found = bytearray()
    while left > 127:
        found.append(left & 127 | 128)
        left >>= 7
    found.append(left)
    return bytes(found)


#: Most numbers are small: sizes, counts, versions.
_SMALL = [_number(number) for number in range(1024)]


def _long(number: int) -> bytes:
    if 0 <= number < 1024:
        return _SMALL[number]
    if not -(2**62) <= number < 2**62:
        raise Unusual
    return _number(number)


class _Sizes(dict[int, bytes]):
    """How many bytes or items follow, in bytes; the small numbers are here, the others are made."""

    def __missing__(self, number: int) -> bytes:
        return _long(number)


_SIZES = _Sizes(enumerate(_SMALL))


def _bytes(data: bytes) -> bytes:
    return _SIZES[len(data)] + data


def _boolean(value: bool) -> bytes:
    return b"\1" if value else b"\0"


def _double(value: float) -> bytes:
    return _DOUBLE.pack(value)


def _date(day: date) -> bytes:
    return _long(day.toordinal() - _EPOCH_DAY)


def _moment(moment: datetime) -> bytes:
    since = moment - _EPOCH
    number = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    left = number << 1
    if not 1 << 49 <= left < 1 << 56:
        return _long(number)
    # From 1978 to 3111 it has eight bytes: seven bits go into each, by halves, then all but the last go on.
    left = left & 0xFFFFFFF | (left & 0xFFFFFFF0000000) << 4
    left = left & 0x3FFF00003FFF | (left & 0xFFFC0000FFFC000) << 2
    left = left & 0x7F007F007F007F | (left & 0x3F803F803F803F80) << 1
    return (left | 0x80808080808080).to_bytes(8, "little")


def _uuid(value: uuid.UUID) -> bytes:
    if type(value) is not uuid.UUID:
        raise Unusual
    # As ``str`` has it, without asking the object for each part.
    digits = value.int.to_bytes(16, "big").hex()
    return f"H{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}".encode()


_SIMPLE: Mapping[str, Write] = {
    "int": _long, "long": _long, "boolean": _boolean, "double": _double, "bytes": _bytes,
}  # fmt: skip
_LOGICAL: Mapping[str, Write] = {"uuid": _uuid, "date": _date, "timestamp-micros": _moment}
