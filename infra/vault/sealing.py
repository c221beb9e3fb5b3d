"""An annex under the key of its achievement: AES-256-GCM, bound to the place where it belongs."""

from __future__ import annotations

import json
import secrets
from dataclasses import astuple, dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.errors import Unreadable
from schemas.padding import NONCE_BYTES, padded, unpadded

#: Bytes of every key.
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Label:
    """Where an annex belongs. It is sealed along: under another label nothing opens."""

    ref: str
    after_erasure: int
    version: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """What may stand in the log."""

    nonce: bytes
    ciphertext: bytes


def sealed(content: bytes, key: bytes, label: Label) -> Sealed:
    """``content`` so that only ``key`` opens it, and only under ``label``. Raises ``Unreadable`` where it is too large.

    The nonce is random: of 96 bits, far fewer than 2^32 of one key, so that none comes twice.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return Sealed(nonce, AESGCM(key).encrypt(nonce, padded(content), bound(*astuple(label))))


def opened(found: Sealed, key: bytes, label: Label) -> bytes:
    """The content. Raises ``Unreadable`` where anything of it, of the key or of the label is another than it was."""
    try:
        return unpadded(AESGCM(key).decrypt(found.nonce, found.ciphertext, bound(*astuple(label))))
    except (InvalidTag, ValueError):
        raise Unreadable(
            f"annex of {label.ref}, version {label.version}",
            "it does not open with its key: it was changed or moved, or this market's vault did not seal it",
        ) from None


def bound(*parts: str | int) -> bytes:
    """``parts`` as bytes that no other parts have: what is authenticated beside a ciphertext."""
    return json.dumps(parts, ensure_ascii=True).encode()
