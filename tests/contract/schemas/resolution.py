"""Two editions of the schemas, held against each other: the examples of each, read with the schemas of the other."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import fastavro

from schemas.editions import Edition
from tests.contract.schemas.examples import loaded, spelled

#: What every enum of ours falls back on.
FALLBACK = "UNKNOWN"


def misreadings(earlier: Edition, later: Edition) -> list[str]:
    """Examples of either edition that programs of the other one do not read, or read as something else."""
    return [*_misread(earlier, later, False), *_misread(later, earlier, True)]


def _misread(writer: Edition, reader: Edition, may_fall_back: bool) -> Iterator[str]:
    for path in writer.examples():
        name, written = loaded(path, writer)
        if name not in reader.records:
            # A record that is new is nothing to readers that never heard of it.
            if not may_fall_back:
                yield f"{spelled(path)}: {reader.name} has no {name}"
            continue
        where = f"{spelled(path)} of {writer.name}, read by {reader.name}"
        try:
            read = resolved(writer.schema(name), reader.schema(name), written)
        except (ValueError, TypeError, fastavro.read.SchemaResolutionError) as error:
            yield f"{where}: {error}"
        else:
            yield from (f"{where}: {told}" for told in _changed(name, written, read, may_fall_back))


def resolved(writer: Mapping[str, Any], reader: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` as written by one schema and read by the other."""
    data = io.BytesIO()
    fastavro.schemaless_writer(data, fastavro.parse_schema(dict(writer)), dict(values))
    data.seek(0)
    read: dict[str, Any] = fastavro.schemaless_reader(
        data, fastavro.parse_schema(dict(writer)), fastavro.parse_schema(dict(reader))
    )
    return read


def _changed(path: str, written: Any, read: Any, may_fall_back: bool) -> Iterator[str]:
    """Where what both know was read as something else."""
    if isinstance(written, Mapping) and isinstance(read, Mapping):
        for name in written.keys() & read.keys():
            yield from _changed(f"{path}.{name}", written[name], read[name], may_fall_back)
    elif isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        for before, after in zip(written, read, strict=True):
            yield from _changed(path, before, after, may_fall_back)
    elif written != read and not (may_fall_back and read == FALLBACK):
        yield f"{path} was {written!r} and reads as {read!r}"
