"""States of shards kept on this machine, so that a restart need not read every record again.

    committed, and nothing to do ──▶ image, a copy in memory ──▶ a thread writes it beside the last one, then renames

A snapshot is only ever a shorter way to what the log says. Its first line says what it stands for: this lane and shard,
the code that made it, the very topics, and the positions up to which their records are in it. It is used where all of
that still holds, and the group has committed no less; from there on the log is read as ever. Anything else, a damaged
file included, is as if there were none.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import pickle
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from infra import metrics
from infra.reading import Place
from streams.lane import code
from streams.lane.background import Begin, in_a_thread
from streams.lane.plan import Input, LanePlan, Lasting, Shard

log = logging.getLogger(__name__)

#: Records that a shard takes in before its next snapshot, when there is nothing else to do.
RECORDS = 2_000
#: So many times as many, whatever else there is to do.
_WHILE_BUSY = 5
_FORMAT = "techdock-snapshot-1"
_DIGEST_BYTES = 32
_BLOCK = 1 << 20
#: What a state consists of besides our own: nothing else is made from a file.
_FOREIGN = {
    "builtins": {"bytearray", "frozenset", "set"},
    "collections": {"defaultdict", "deque"},
    "datetime": {"date", "datetime", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "numpy": {"dtype", "ndarray"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    "uuid": {"UUID"},
}


class _Unusable(Exception):
    """A snapshot that is not used, and why."""


class Snapshots:
    """The snapshots of one worker's share of a lane, in ``folder``; without a folder there are none.

    ``identities`` tells the ids of topics: one that was made anew is another topic under the same name.
    """

    def __init__(
        self, plan: LanePlan, folder: Path | None, identities: Callable[[set[str]], Mapping[str, str]],
        begin: Begin = in_a_thread, records: int | None = None,
    ) -> None:  # fmt: skip
        self._plan = plan
        self._folder = folder
        self._identities = identities
        self._begin = begin
        self._records = RECORDS if records is None else records
        self._new: Counter[str] = Counter()
        self._identity: dict[str, Mapping[str, str]] = {}
        self._is_writing = threading.Lock()

    def recall(self, key: str, shard: Shard, committed: Mapping[Place, int]) -> dict[Place, int]:
        """Give ``shard`` its last state that is kept; the positions that it has then, none where there is no state.

        What governs the shard is loaded already. A position in a governing topic must be the very same, for a record
        in between would have said that others mean something else.
        """
        if self._folder is None or not isinstance(shard, Lasting):
            return {}
        # Without a snapshot there should soon be one.
        self._new[key] = self._records
        mine = self._plan.of_shard(key, committed)
        path, began = self._path(key), time.monotonic()
        try:
            self._identity[key] = self._identities({topic for topic, _ in mine})
            positions, image = _read(path, self._header(key), lambda found: self._check(found, mine))
        except FileNotFoundError:
            return {}
        except (_Unusable, OSError) as error:
            log.warning("lane %s: the snapshot of shard %s is not used: %s", self._plan.name, key, error)
            metrics.LANE_SNAPSHOTS.labels(self._plan.name, "unusable").inc()
            return {}
        shard.recall(image)
        self._new[key] = 0
        metrics.LANE_SNAPSHOTS.labels(self._plan.name, "used").inc()
        log.info("lane %s: shard %s recalled in %.1f s", self._plan.name, key, time.monotonic() - began)
        return positions

    def count(self, decided: Sequence[Input], positions: Mapping[Place, int]) -> None:
        """These records are in the states now, whose positions moved so far."""
        if not self._new:
            return
        for record in decided:
            if record.topic not in self._plan.passing:
                self._new[self._plan.shard_of(record.topic, record.partition)] += 1
        for place in positions:
            if place[0] in self._plan.governing:
                # What was kept under other words will not be used any more.
                self._new[self._plan.shard_of(*place)] += self._records

    def keep(self, shards: Mapping[str, Shard], positions: Mapping[Place, int], is_idle: bool) -> None:
        """Keep the state of one shard that has much that is new, as it is right after a commit of ``positions``."""
        least = self._records * (1 if is_idle else _WHILE_BUSY)
        due = [key for key in shards if self._new[key] >= least]
        if not due or not self._is_writing.acquire(blocking=False):
            return
        key = max(due, key=lambda one: self._new[one])
        shard = shards[key]
        assert isinstance(shard, Lasting)
        self._new[key] = 0
        header = {
            **self._header(key),
            "positions": sorted((*place, end) for place, end in self._plan.of_shard(key, positions).items()),
        }
        began = time.perf_counter()
        image, path = shard.image(), self._path(key)
        metrics.LANE_SNAPSHOT_PAUSE_SECONDS.labels(self._plan.name).observe(time.perf_counter() - began)
        self._begin(lambda: self._write(path, header, image))

    def _write(self, path: Path, header: Mapping[str, Any], image: object) -> None:
        try:
            _written(path, header, image)
            metrics.LANE_SNAPSHOTS.labels(self._plan.name, "written").inc()
        except OSError as error:
            # The lane goes on without: it would only take longer to come back.
            log.error("lane %s: no snapshot could be written to %s: %s", self._plan.name, path, error)
            metrics.LANE_SNAPSHOTS.labels(self._plan.name, "failed").inc()
        finally:
            self._is_writing.release()

    def _path(self, key: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{self._plan.name}-{key}.snapshot"

    def _header(self, key: str) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "lane": self._plan.name,
            "shard": key,
            "code": code.digest(),
            "topics": dict(self._identity.get(key, {})),
        }

    def _check(self, found: Mapping[Place, int], committed: Mapping[Place, int]) -> None:
        for place in found.keys() | committed.keys():
            kept, now = found.get(place, 0), committed.get(place, 0)
            if kept > now or (kept < now and place[0] in self._plan.governing):
                raise _Unusable(f"it stands at {kept} of {place[0]}[{place[1]}], the lane at {now}")


# Files: a line that says what it is, the state, a digest of all before it


class _Hashed:
    """A file that is written, with the digest of what was."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)

    def write(self, data: Any) -> int:
        # In Python, so that the lane's own thread gets its turn between two pieces.
        self.digest.update(data)
        return self._file.write(data)


class _Unpickler(pickle.Unpickler):
    """Makes nothing but what states consist of."""

    def find_class(self, module: str, name: str) -> Any:
        if name in _FOREIGN.get(module, ()):
            return super().find_class(module, name)
        # Our own modules hold more than classes of ours: what they import, too.
        found = super().find_class(module, name) if module.partition(".")[0] in code.OWN and "." not in name else None
        if getattr(found, "__module__", None) != module or not (isinstance(found, type) or name == "standing_clock"):
            raise _Unusable(f"it holds a {module}.{name}")
        return found


def _written(path: Path, header: Mapping[str, Any], image: object) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # What a process that was killed left half written is of no use to anybody.
    for left in path.parent.glob(f"{path.name}.*"):
        left.unlink(missing_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            hashed = _Hashed(file)
            hashed.write(json.dumps(header).encode() + b"\n")
            pickle.Pickler(hashed, protocol=5).dump(image)
            file.write(hashed.digest.digest())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _read(
    path: Path, expected: Mapping[str, Any], check: Callable[[Mapping[Place, int]], None]
) -> tuple[dict[Place, int], object]:  # fmt: skip
    with path.open("rb") as file:
        header = _header_of(file)
        differs = sorted(name for name in expected if header.get(name) != expected[name])
        if differs:
            raise _Unusable(f"it was made for other {', '.join(differs)}")
        start = file.tell()
        _check_digest(file)
        file.seek(start)
        positions = {(topic, partition): end for topic, partition, end in header["positions"]}
        check(positions)
        return positions, _loaded(file)


def _loaded(file: BinaryIO) -> object:
    try:
        return _Unpickler(file).load()
    except _Unusable:
        raise
    except Exception as error:
        # Whatever it is: all that a snapshot says stands in the log as well.
        raise _Unusable(f"it cannot be read: {error!r}") from error


def _header_of(file: BinaryIO) -> dict[str, Any]:
    if os.fstat(file.fileno()).st_uid != os.geteuid():
        raise _Unusable("it is somebody else's")
    try:
        header = json.loads(file.readline(_BLOCK))
    except ValueError as error:
        raise _Unusable("its first line cannot be read") from error
    if not isinstance(header, dict):
        raise _Unusable("its first line says nothing")
    return header


def _check_digest(file: BinaryIO) -> None:
    left = os.fstat(file.fileno()).st_size - _DIGEST_BYTES
    file.seek(0)
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    while left > 0:
        block = file.read(min(left, _BLOCK))
        if not block:
            break
        digest.update(block)
        left -= len(block)
    if digest.digest() != file.read(_DIGEST_BYTES):
        raise _Unusable("it is damaged")
