"""Keys on their ring: each wrapped by the master, and bound to the achievement whose annexes it opens."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.vault.sealing import KEY_BYTES, bound
from schemas.errors import Misconfigured
from schemas.padding import NONCE_BYTES

#: An achievement's reference, and the erasure since which a key holds.
Name = tuple[str, int]


@dataclass(frozen=True, slots=True, repr=False)
class Master:
    """The key that wraps all others; its name says which one a ring needs."""

    name: str
    key: bytes

    @classmethod
    def new(cls) -> Master:
        """One of 256 random bits."""
        return cls(secrets.token_hex(16), secrets.token_bytes(KEY_BYTES))

    def text(self) -> str:
        """What its file holds."""
        return json.dumps({"name": self.name, "key": base64.b64encode(self.key).decode()})


def master_in(text: str | None) -> Master | None:
    """The master that a file holds; ``None`` where it holds none."""
    try:
        said = json.loads(text or "")
        key = base64.b64decode(said["key"], validate=True)
        return Master(str(said["name"]), key) if len(key) == KEY_BYTES else None
    except (ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class Ring:
    """All keys as they are wrapped by the master of that name: a nonce, then the key under AES-256-GCM."""

    master: str
    wrapped: Mapping[Name, bytes]

    def key(self, name: Name, master: Master) -> bytes:
        """One key. Raises ``Misconfigured`` where it was changed, or is another's."""
        data = self.wrapped[name]
        try:
            return AESGCM(master.key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], bound(self.master, *name))
        except (InvalidTag, ValueError):
            raise Misconfigured(
                [f"the key of {name[0]} in the vault was changed and opens nothing: restore the vault from its backup"]
            ) from None

    def with_key(self, name: Name, key: bytes, master: Master) -> Ring:
        """The same with one more key."""
        return Ring(self.master, {**self.wrapped, name: _wrapped(name, key, master)})

    def rewrapped(self, master: Master, fresh: Master, lives: Callable[[Name], bool]) -> Ring:
        """Those keys that live, under another master."""
        kept = {name: _wrapped(name, self.key(name, master), fresh) for name in self.wrapped if lives(name)}
        return Ring(fresh.name, kept)

    def text(self) -> str:
        """What its file holds."""
        keys = [
            {"ref": ref, "after_erasure": after, "wrapped": base64.b64encode(data).decode()}
            for (ref, after), data in self.wrapped.items()
        ]
        return json.dumps({"master": self.master, "keys": keys}, ensure_ascii=False, indent=1)


def ring_in(text: str, path: Path) -> Ring:
    """The ring that a file holds. Raises ``Misconfigured`` where it holds none."""
    try:
        said = json.loads(text)
        keys = {
            (str(one["ref"]), int(one["after_erasure"])): base64.b64decode(one["wrapped"], validate=True)
            for one in said["keys"]
        }
        return Ring(str(said["master"]), keys)
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise Misconfigured([f"{path} was changed and cannot be read: restore the vault from its backup"]) from None


def _wrapped(name: Name, key: bytes, master: Master) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(master.key).encrypt(nonce, key, bound(master.name, *name))
