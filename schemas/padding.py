"""How large a sealed annex is: padded to a few sizes, so that its length tells little of what it says."""

from __future__ import annotations

import struct

from schemas.errors import Unreadable

#: Most bytes of an annex: sealed and with all around it, it fits into one record.
MOST_BYTES = 512_000
_LENGTH = struct.Struct(">I")
_SIZES = tuple(1 << power for power in range(12, 20))
#: What AES-GCM adds: the tag.
TAG_BYTES = 16
NONCE_BYTES = 12
#: Every length that a ciphertext may have.
SEALED_BYTES = frozenset(size + TAG_BYTES for size in _SIZES)


def padded(content: bytes) -> bytes:
    """``content`` with its length before it, filled up with zeros to the next power of two from 4,096 bytes on.

    Raises ``Unreadable`` for more than ``MOST_BYTES``.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable("annex", f"its {len(content):,} bytes are more than the {MOST_BYTES:,} that an annex may have")
    whole = _LENGTH.pack(len(content)) + content
    return whole.ljust(next(size for size in _SIZES if size >= len(whole)), b"\x00")


def unpadded(whole: bytes) -> bytes:
    """The content of what was ``padded``."""
    (length,) = _LENGTH.unpack_from(whole)
    return whole[_LENGTH.size : _LENGTH.size + length]
