"""Which fields the terms of standing achievements stand in, packed: six bytes for a term of a title or of keywords."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from streams.domain.provenance import Split

#: A term's number, then its parts; terms that are not here stand in the abstract alone.
_ROW = struct.Struct("<iBB")


def packed(fields: Mapping[str, Split], numbers: Mapping[str, int]) -> bytes:
    """``fields`` by the numbers of their terms; a term without a number is left out."""
    return b"".join([_ROW.pack(numbers[term], *split) for term, split in fields.items() if term in numbers])


def unpacked(data: bytes, terms: list[str]) -> dict[str, Split]:
    """What was packed, by the terms that have these numbers."""
    return {terms[number]: (title, keywords) for number, title, keywords in _ROW.iter_unpack(data)}
