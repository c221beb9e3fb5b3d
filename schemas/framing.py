"""How the bytes of a record begin: as Avro single-object encoding has it, or as Confluent's wire format has it.

Everything of ours decides, compares and passes on single-object encoding. Confluent's frame is put on where a record
leaves for a topic that others read, and taken off where one is read: the bytes between are the same.

Which ids a registry has given our schemas is asked once, when a process starts, and adopted for as long as it lives,
as its schemas are.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas import topics

#: Bytes of a fingerprint with its marker, and of a registry's id with its marker.
SINGLE_OBJECT_BYTES, CONFLUENT_BYTES = 10, 5
SINGLE_OBJECT = b"\xc3\x01"
CONFLUENT = b"\x00"


def confluent(schema_id: int) -> bytes:
    """The five bytes before a record: a zero, then the id of its schema, big-endian."""
    return CONFLUENT + struct.pack(">I", schema_id)


@dataclass(frozen=True, slots=True)
class Framing:
    """The ids of our schemas in a registry, and whether they are written.

    ``prefixes`` has by id the ten bytes with which single-object encoding begins under that schema; where two schemas
    have the same, the last one's id is written. Without any, all is single-object encoding.
    """

    prefixes: Mapping[int, bytes] = field(default_factory=dict)
    writes_confluent: bool = False
    _by_frame: Mapping[bytes, bytes] = field(init=False, repr=False)
    _frames: Mapping[bytes, bytes] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_frame = {confluent(schema_id): prefix for schema_id, prefix in self.prefixes.items()}
        object.__setattr__(self, "_by_frame", by_frame)
        object.__setattr__(self, "_frames", {prefix: frame for frame, prefix in by_frame.items()})

    def head(self, data: bytes) -> tuple[bytes, int]:
        """The first ten bytes that ``data`` has in single-object encoding, and where its fields begin.

        They are its own first ten bytes where it has no frame, or one with an id that is none of ours.
        """
        prefix = self._by_frame.get(data[:CONFLUENT_BYTES]) if data[:1] == CONFLUENT else None
        if prefix is None:
            return data[:SINGLE_OBJECT_BYTES], SINGLE_OBJECT_BYTES
        return prefix, CONFLUENT_BYTES

    def bare(self, data: bytes) -> bytes:
        """``data`` in single-object encoding, if it has a frame with one of our ids; else as it is."""
        head, start = self.head(data)
        return data if start == SINGLE_OBJECT_BYTES else head + data[start:]

    def written(self, topic: str, data: bytes) -> bytes:
        """``data`` as it goes to ``topic``: with Confluent's frame where others read it and a registry is in use."""
        if not self.writes_confluent or not topics.is_shared(topic):
            return data
        frame = self._frames.get(data[:SINGLE_OBJECT_BYTES])
        return data if frame is None else frame + data[SINGLE_OBJECT_BYTES:]


class _Adopted:
    """What this process adopted; one place, so that thirty readers need not be handed it."""

    framing = Framing()


def adopt(framing: Framing) -> None:
    """From now on this process reads and writes so. Call it once, before anything is read."""
    _Adopted.framing = framing


def adopted() -> Framing:
    """How this process reads and writes: single-object encoding, unless it adopted another framing."""
    return _Adopted.framing
