"""Bytes to record and back: Avro single-object encoding out, that or the Confluent wire format in."""

from __future__ import annotations

import functools
import io
import json
import struct
import types
import typing
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, cast

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form

from schemas import editions, framing, readers, writers
from schemas.editions import Edition
from schemas.errors import Unreadable
from schemas.generated import DOUBTS
from schemas.records import RECORDS, Record

#: Looks a writer's schema up by its id in a registry; ``None`` where the id is unknown.
SchemaById = Callable[[int], Mapping[str, Any] | None]
#: What fastavro may raise on bytes that do not follow the schema (it has no error of its own for that).
MALFORMED = (EOFError, ValueError, IndexError, KeyError, TypeError, OverflowError, struct.error, StopIteration)


@functools.cache
def schema(name: str) -> dict[str, Any]:
    """The schema of a record, as it stands in ``schemas/avro``."""
    return editions.PRESENT.schema(name)


@functools.cache
def _parsed(name: str) -> Any:
    return fastavro.parse_schema(schema(name))


@functools.cache
def prefix(name: str) -> bytes:
    """First ten bytes of a record in single-object encoding: marker, then CRC-64-AVRO little-endian."""
    return _prefix(_parsed(name))


def prefix_under(schema: Mapping[str, Any]) -> bytes:
    """The same of a record that is written under this schema, be it of another release."""
    return _prefix(fastavro.parse_schema(dict(schema)))


def _prefix(parsed: Any) -> bytes:
    return framing.SINGLE_OBJECT + bytes.fromhex(fingerprint(to_parsing_canonical_form(parsed), "CRC-64-AVRO"))


@functools.cache
def _name_by_prefix() -> dict[bytes, str]:
    return {prefix(name): name for name in RECORDS}


def written_by(released: Iterable[Edition]) -> dict[bytes, tuple[str, Any]]:
    """Name and writer's schema of every record of these releases, by its first ten bytes."""
    schemas = [(name, fastavro.parse_schema(one.schema(name))) for one in released for name in one.records]
    return {_prefix(parsed): (name, parsed) for name, parsed in schemas}


@functools.cache
def _earlier() -> Mapping[bytes, tuple[str, Any]]:
    return written_by(editions.releases())


def encode_fields(name: str, values: Mapping[str, Any]) -> bytes:
    """A record given as plain values in single-object encoding."""
    out = io.BytesIO()
    out.write(prefix(name))
    fastavro.schemaless_writer(out, _parsed(name), values)
    return out.getvalue()


def encode(record: Record) -> bytes:
    """A record in single-object encoding."""
    name = type(record).__name__
    write = _writer_of(name)
    try:
        return write(record)
    except DOUBTS:
        return encode_fields(name, plain(record))


@functools.cache
def _writer_of(name: str) -> writers.Write:
    return writers.writer(schema(name), prefix(name))


@functools.cache
def _reader_of(name: str) -> readers.Read:
    return readers.reader(schema(name), RECORDS[name])


def named(data: bytes | None) -> str | None:
    """The name of the record that ``data`` begins as in this release's encoding; ``None`` where it is none."""
    return None if data is None else _name_by_prefix().get(framing.adopted().head(data)[0])


def decode_fields(data: bytes | None, schema_by_id: SchemaById | None = None) -> tuple[str, dict[str, Any]]:
    """Name of the record in ``data`` and its plain values.

    ``schema_by_id`` is asked for the ids of others; what has one of ours is read without. Raises ``Unreadable`` for
    bytes that are no record of ours.
    """
    if not data:
        raise Unreadable("value", "there are no bytes; a submission needs an Avro record")
    head, start = framing.adopted().head(data)
    name = _name_by_prefix().get(head)
    if name is not None:
        return name, _narrow(name, _read(data, start, _parsed(name), None))
    if head[:2] == framing.SINGLE_OBJECT:
        return _of_an_earlier_release(data, head, start)
    if data[:1] == framing.CONFLUENT and len(data) > framing.CONFLUENT_BYTES:
        return _confluent(data, schema_by_id)
    raise Unreadable(
        "value", f"starts with {data[:2].hex()}, which is neither Avro single-object nor Confluent framing"
    )


def renewed(data: bytes) -> bytes:
    """A record as this release writes it, in single-object encoding.

    That is ``data`` itself, unless it has a frame, or an earlier release wrote it under another schema.
    """
    data = framing.adopted().bare(data)
    is_earlier = data[:10] not in _name_by_prefix() and data[:10] in _earlier()
    return encode_fields(*decode_fields(data)) if is_earlier else data


def decode(data: bytes | None, schema_by_id: SchemaById | None = None) -> Record:
    """The record in ``data``; raises ``Unreadable``."""
    found = _usual(data) if data else None
    if found is not None:
        return found
    name, values = decode_fields(data, schema_by_id)
    return record(name, values)


def _usual(data: bytes) -> Record | None:
    """The record in ``data``, if this release wrote it and it is as usual as records are."""
    head, start = framing.adopted().head(data)
    name = _name_by_prefix().get(head)
    if name is None:
        return None
    read = _reader_of(name)
    try:
        found, end = read(data, start)
    except DOUBTS:
        return None
    return cast(Record, found) if end == len(data) else None


def record(name: str, values: Mapping[str, Any]) -> Record:
    """Plain values as read from Avro, as the frozen record of that name."""
    cls: type = RECORDS[name]
    return cast(Record, _builder(cls)(values))


def _of_an_earlier_release(data: bytes, head: bytes, start: int) -> tuple[str, dict[str, Any]]:
    name, writer = _earlier().get(head, ("", None))
    if name not in RECORDS:
        raise Unreadable(
            "value", f"unknown schema fingerprint {head[2:].hex()}: a schema of another release than we know"
        )
    return name, _narrow(name, _read(data, start, writer, _parsed(name)))


def _confluent(data: bytes, schema_by_id: SchemaById | None) -> tuple[str, dict[str, Any]]:
    (schema_id,) = struct.unpack(">I", data[1 : framing.CONFLUENT_BYTES])
    if schema_by_id is None:
        raise Unreadable("value", f"Confluent framing with schema id {schema_id}, but no schema registry is configured")
    writer = schema_by_id(schema_id)
    if writer is None:
        raise Unreadable("value", f"the schema registry does not know schema id {schema_id}")
    name = str(writer.get("name", "")).rpartition(".")[2]
    if name not in RECORDS:
        raise Unreadable("value", f"schema id {schema_id} is a record {name!r}, which is none of ours")
    try:
        parsed = _schema_of_others(json.dumps(writer, sort_keys=True))
    except (*MALFORMED, fastavro.schema.SchemaParseException) as error:
        raise Unreadable("value", f"schema id {schema_id} of the registry is no schema of Avro") from error
    return name, _narrow(name, _read(data, framing.CONFLUENT_BYTES, parsed, _parsed(name)))


@functools.lru_cache(maxsize=256)
def _schema_of_others(text: str) -> Any:
    return fastavro.parse_schema(json.loads(text))


def _read(data: bytes, start: int, writer: Any, reader: Any) -> dict[str, Any]:
    stream = io.BytesIO(data)
    stream.seek(start)
    try:
        values = cast(dict[str, Any], fastavro.schemaless_reader(stream, writer, reader))
    except MALFORMED as error:
        raise Unreadable(
            "value", f"does not follow its schema ({type(error).__name__} at byte {stream.tell()})"
        ) from error
    except fastavro.read.SchemaResolutionError as error:
        raise Unreadable("value", "its schema cannot be resolved to ours; check compatibility") from error
    if stream.tell() != len(data):
        raise Unreadable("value", f"{len(data) - stream.tell()} bytes follow the record")
    return values


@functools.cache
def _ints(name: str) -> tuple[str, ...]:
    return tuple(field["name"] for field in schema(name)["fields"] if field["type"] in ("int", ["null", "int"]))


def _narrow(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """``values``, once every ``int`` has at most 32 bits: fastavro takes any number there, and no database does."""
    for field in _ints(name):
        value = values[field]
        if value is not None and not -(2**31) <= value < 2**31:
            raise Unreadable("value", f"does not follow its schema ({field} has more than the 32 bits of an int)")
    return values


@functools.cache
def _field_names(cls: type) -> tuple[str, ...] | None:
    """Looked up once a class: records are written far more often than classes are made."""
    return tuple(each.name for each in fields(cls)) if is_dataclass(cls) else None


def plain(value: Any) -> Any:
    """A record, or a part of one, as the plain values that Avro writes."""
    cls: type = type(value)
    names = _field_names(cls)
    if names is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


Builder = Callable[[Any], Any]


@functools.cache
def _builder(cls: type) -> Builder:
    """A function from plain values to ``cls``; compiled once per class."""
    hints = typing.get_type_hints(cls)
    converters = [(f.name, _converter(hints[f.name])) for f in fields(cls)]
    changed = [(name, convert) for name, convert in converters if convert is not None]

    def build(values: Mapping[str, Any]) -> Any:
        arguments = dict(values)
        for name, convert in changed:
            arguments[name] = convert(arguments[name])
        return cls(**arguments)

    return build


def _converter(hint: Any) -> Builder | None:
    origin = typing.get_origin(hint)
    if origin is types.UnionType:
        inner = _converter(next(a for a in typing.get_args(hint) if a is not type(None)))
        return None if inner is None else lambda value: None if value is None else inner(value)
    if origin is tuple:
        item = _converter(typing.get_args(hint)[0])
        return tuple if item is None else lambda value: tuple([item(each) for each in value])
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if isinstance(hint, type) and is_dataclass(hint):
        return _builder(hint)
    if hint is uuid.UUID:
        return lambda value: value if isinstance(value, uuid.UUID) else uuid.UUID(value)
    return None
