"""The vault: one key for the annexes of each achievement, wrapped by a master key, outside of the log.

    vault/keys.json       all keys, each wrapped (AES-256-GCM) by the master that the file names
    vault/master.key      the master, unless another place is named; master.key.next while it is replaced
    vault/erased/         a tombstone for each achievement whose annex was erased: up to which erasure no key comes back

A new master takes three steps: it is written beside the old one, then ``keys.json`` names it, and from that moment on
it counts; then zeros go over the old one and the new one takes its place. Whoever holds the vault next finishes what a
crash left. To destroy a key is to do this without it, so that no old file that is left opens anything.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.home import Home
from infra.settings import Settings
from infra.vault.disk import Disk, read
from infra.vault.ring import Master, Name, Ring, master_in, ring_in
from infra.vault.sealing import KEY_BYTES
from schemas.errors import Misconfigured


class Vault:
    """The keys of one market. One process at a time does anything with them; others wait for it."""

    def __init__(self, folder: Path, master: Path | None = None, disk: Disk | None = None) -> None:
        self._folder = folder
        self._keys = folder / "keys.json"
        self._master = master or folder / "master.key"
        self._next = self._master.with_name(f"{self._master.name}.next")
        self._disk = disk or Disk()

    @classmethod
    def of(cls, settings: Settings) -> Vault:
        """The vault of a home."""
        return cls(Home(settings.home).vault, settings.vault_master)

    def key(self, ref: str, after_erasure: int) -> bytes | None:
        """The key of an achievement's annexes since an erasure (0: since ever); ``None`` where there is none.

        Raises ``Misconfigured`` where the vault's files do not belong together, or one was changed.
        """
        with self._held() as (ring, master):
            if self._is_dead(ref, after_erasure) or (ref, after_erasure) not in ring.wrapped:
                return None
            return ring.key((ref, after_erasure), master)

    def key_made(self, ref: str, after_erasure: int) -> bytes:
        """The same, made where there is none. Raises ``Misconfigured`` also where that key was destroyed."""
        with self._held() as (ring, master):
            if self._is_dead(ref, after_erasure):
                raise Misconfigured(
                    [f"the annex of {ref} was erased, and its key with it: open it anew after that erasure"]
                )
            name = ref, after_erasure
            if name in ring.wrapped:
                return ring.key(name, master)
            key = secrets.token_bytes(KEY_BYTES)
            self._disk.write(self._keys, ring.with_key(name, key, master).text())
            return key

    def names(self) -> frozenset[Name]:
        """The names of all keys there are."""
        with self._held() as (ring, _):
            return frozenset(ring.wrapped)

    def destroy(self, erasures: Mapping[str, int], deposited: Collection[str] = ()) -> list[str]:
        """Destroy every key from before the erasure of its achievement; the achievements whose key went now.

        A tombstone is set where a key goes, or something was ``deposited``: nothing else could come back. What is
        destroyed already costs nothing, so that whoever reads the log may ask for all erasures there were.
        """
        if not self._keys.exists() and not erasures:
            return []
        with self._held() as (ring, master):
            graves, there = self._graves(), {ref for ref, _ in ring.wrapped}.union(deposited)
            for ref, version in erasures.items():
                if ref in there and graves.get(ref, 0) < version:
                    self._disk.write(self._tombstone(ref), json.dumps({"ref": ref, "version": version}))
                    graves[ref] = version
            dead = {ref for ref, after in ring.wrapped if after < graves.get(ref, 0)}
            if dead:
                self._replace(ring, master)
            return sorted(dead)

    def rotate(self) -> int:
        """Wrap all keys anew by another master; how many there are."""
        with self._held() as (ring, master):
            return len(self._replace(ring, master).wrapped)

    @contextmanager
    def _held(self) -> Iterator[tuple[Ring, Master]]:
        """The keys and the master that wraps them, for one process at a time, what a crash left put in order."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self._folder / "lock").open("a")
        except OSError as error:
            raise Misconfigured([f"{self._folder}: {error.strerror}; give this account the right to write"]) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._found()

    def _found(self) -> tuple[Ring, Master]:
        text = read(self._keys)
        if text is None:
            return self._begun()
        ring = ring_in(text, self._keys)
        for place in (self._master, self._next):
            master = master_in(read(place))
            if master is not None and master.name == ring.master:
                self._settled(ring)
                return ring, master
        raise Misconfigured(
            [
                f"{self._master} is not the key that wraps {self._keys}: restore both from one backup, or name the "
                "right file with TECHDOCK_VAULT_MASTER"
            ]
        )

    def _begun(self) -> tuple[Ring, Master]:
        """An empty vault; a master that stands there already is used, be it one that a crash left."""
        master = master_in(read(self._master))
        if master is None:
            master = Master.new()
            self._disk.write(self._master, master.text())
        return Ring(master.name, {}), master

    def _replace(self, ring: Ring, master: Master) -> Ring:
        """The same keys without those that are dead, under another master."""
        fresh, graves = Master.new(), self._graves()
        made = ring.rewrapped(master, fresh, lambda name: name[1] >= graves.get(name[0], 0))
        self._disk.write(self._next, fresh.text())
        self._disk.write(self._keys, made.text())
        self._settled(made)
        return made

    def _settled(self, ring: Ring) -> None:
        """One master is left: the one that counts."""
        left = master_in(read(self._next))
        if left is None and not self._next.exists():
            return
        if left is not None and left.name == ring.master:
            self._disk.blank(self._master)
            self._disk.move(self._next, self._master)
        else:
            self._disk.blank(self._next)
            self._disk.remove(self._next)

    def _is_dead(self, ref: str, after_erasure: int) -> bool:
        return after_erasure < self._buried(ref)

    def _buried(self, ref: str) -> int:
        """Up to which erasure the keys of an achievement are gone for good; 0 where there was none."""
        text = read(self._tombstone(ref))
        return 0 if text is None else _grave(text, self._tombstone(ref))[1]

    def _graves(self) -> dict[str, int]:
        """The same of every achievement whose annex was ever erased."""
        return dict(_grave(read(path) or "", path) for path in (self._folder / "erased").glob("*.json"))

    def _tombstone(self, ref: str) -> Path:
        return self._folder / "erased" / f"{hashlib.sha256(ref.encode()).hexdigest()[:32]}.json"


def _grave(text: str, path: Path) -> tuple[str, int]:
    """The achievement of a tombstone, and up to which erasure its keys are gone."""
    try:
        said = json.loads(text)
        return str(said["ref"]), int(said["version"])
    except (ValueError, KeyError, TypeError):
        raise Misconfigured([f"{path} was changed and cannot be read: restore the vault from its backup"]) from None
