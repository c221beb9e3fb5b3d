"""Bytes that are no submission, decoded as far as they go, for whoever repairs them."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import fastavro

from schemas import codec, framing
from schemas.errors import Unreadable
from schemas.records import RECORDS, SUBMISSIONS


@dataclass(frozen=True, slots=True)
class Salvage:
    """What could be read of some bytes.

    ``record`` is the record that they are or seem to be, ``values`` its fields up to byte ``offset``, where ``field``
    could not be read; ``field`` is ``None`` where all were. ``why`` is ``None`` of a record of ours that is whole.
    """

    record: str | None
    values: Mapping[str, Any]
    field: str | None
    offset: int
    why: str | None

    @property
    def is_submission(self) -> bool:
        """Whether admission can read it."""
        return self.why is None


def salvaged(data: bytes | None, hint: str | None = None, schema_by_id: codec.SchemaById | None = None) -> Salvage:
    """``data`` decoded as far as it goes; ``hint`` is the record that its sender calls it, where that is known.

    Raises ``Unavailable`` while a schema registry that is asked is away.
    """
    try:
        name, values = codec.decode_fields(data, schema_by_id)
    except Unreadable as error:
        return _parts(data or b"", hint if hint in RECORDS else None, str(error))
    why = None if name in SUBMISSIONS else f"value: {name} is no submission; institutions send {', '.join(SUBMISSIONS)}"
    return Salvage(name, values, None, len(data or b""), why)


def _parts(data: bytes, hint: str | None, why: str) -> Salvage:
    named = codec.named(data) or hint
    if data.lstrip()[:1] == b"{" and (values := _json(data)) is not None:
        return Salvage(hint or _likeliest(values), values, None, len(data), why)
    if named is None:
        return Salvage(None, {}, None, 0, why)
    values, field, offset = _fields(named, data, _start(data))
    return Salvage(named, values, field, offset, why)


def _start(data: bytes) -> int:
    if data.startswith(framing.SINGLE_OBJECT):
        return framing.SINGLE_OBJECT_BYTES
    # Without framing, the fields begin at once: some writers forget it.
    return framing.CONFLUENT_BYTES if data.startswith(framing.CONFLUENT) else 0


def _fields(name: str, data: bytes, start: int) -> tuple[dict[str, Any], str | None, int]:
    """The fields of a record that can be read, the first that cannot, and where that begins."""
    values: dict[str, Any] = {}
    end = start
    for count, field in enumerate(codec.schema(name)["fields"], 1):
        stream = io.BytesIO(data)
        stream.seek(start)
        try:
            values = dict(fastavro.schemaless_reader(stream, _beginning(name, count), None))
        except codec.MALFORMED:
            return values, field["name"], end
        end = stream.tell()
    return values, None, end


@functools.cache
def _beginning(name: str, count: int) -> Any:
    """The first ``count`` fields of a record: a type is defined where it is used first, so they stand alone."""
    return fastavro.parse_schema({"type": "record", "name": "Part", "fields": codec.schema(name)["fields"][:count]})


def _json(data: bytes) -> Mapping[str, Any] | None:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _likeliest(values: Mapping[str, Any]) -> str | None:
    """The submission that shares most field names with ``values``, once it is one alone."""
    shared = {
        name: len(values.keys() & {field["name"] for field in codec.schema(name)["fields"]}) for name in SUBMISSIONS
    }
    most = max(shared.values())
    best = [name for name, count in shared.items() if count == most]
    return best[0] if len(best) == 1 else None
