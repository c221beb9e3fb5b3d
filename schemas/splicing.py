"""Records made from others whose bytes are carried over instead of being decoded and encoded again.

An Avro record is the bytes of its fields, one after another. Where two schemas share a run of fields, the same ones in
the same order, that run has the same bytes in both.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping, Sequence
from typing import Any

import fastavro
from fastavro.schema import to_parsing_canonical_form

from schemas import codec
from schemas.errors import Unreadable


class Splice:
    """Makes records ``target`` from records ``source``, whose first fields stand together somewhere in ``target``.

    Raises ``ValueError`` where the two schemas share no such run.
    """

    def __init__(self, source: str, target: str) -> None:
        mine, theirs = _fields(source), _fields(target)
        names = [field["name"] for field in theirs]
        start = names.index(mine[0]["name"]) if mine[0]["name"] in names else len(names)
        length = 0
        for one, other in zip(mine, theirs[start:], strict=False):
            if one["name"] != other["name"] or _shape([one]) != _shape([other]):
                break
            length += 1
        if not length:
            raise ValueError(f"{source} does not begin with fields of {target}")
        self._prefix, self._target = codec.prefix(source), codec.prefix(target)
        self._shared, self._beyond = _part(mine[:length]), _part(mine[length:])
        self._head, self._tail = _part(theirs[:start]), _part(theirs[start + length :])

    def made(self, data: bytes, values: Mapping[str, Any], beyond: Mapping[str, Any] | None = None) -> bytes:
        """``target`` in single-object encoding, with the shared fields of ``data`` and the others from ``values``.

        ``beyond`` are the values of the source's other fields, where they are known: then nothing is decoded.
        Raises ``Unreadable`` where ``data`` is no ``source``.
        """
        data = codec.renewed(data)
        if not data.startswith(self._prefix):
            raise Unreadable("value", f"starts with {data[:10].hex()}, not with {self._prefix.hex()}")
        end = self._end(data) if beyond is None else len(data) - len(_written(self._beyond, beyond))
        return b"".join(
            (self._target, _written(self._head, values), data[len(self._prefix) : end], _written(self._tail, values))
        )

    def _end(self, data: bytes) -> int:
        stream = io.BytesIO(data)
        stream.seek(len(self._prefix))
        fastavro.schemaless_reader(stream, self._shared, None)
        return stream.tell()


def _fields(name: str) -> Sequence[Mapping[str, Any]]:
    fields: Sequence[Mapping[str, Any]] = codec.schema(name)["fields"]
    return fields


def _part(fields: Sequence[Mapping[str, Any]]) -> Any:
    return fastavro.parse_schema({"type": "record", "name": "Part", "fields": list(fields)})


def _shape(fields: Sequence[Mapping[str, Any]]) -> str:
    return str(to_parsing_canonical_form(_part(fields)))


def _written(part: Any, values: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, part, values)
    return out.getvalue()


@functools.cache
def splice(source: str, target: str) -> Splice:
    """The one ``Splice`` of these two."""
    return Splice(source, target)
