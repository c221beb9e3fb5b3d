"""When a state that was kept is used, and when it is as if there were none."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.reading import Place
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition, code
from streams.lane.snapshots import Snapshots

FACTS, LAWS = ("facts", 0), ("laws", 0)
COMMITTED = {FACTS: 10, LAWS: 1}


class Sum:
    """A shard that adds up, and lasts."""

    def __init__(self) -> None:
        self.sum: object = 0

    def load(self, record: Input) -> None:
        raise AssertionError(f"nothing is loaded here: {record}")

    def restored(self) -> None:
        pass

    def decide(self, record: Input) -> Iterable[Output]:
        raise AssertionError(f"nothing is decided here: {record}")

    def settle(self) -> Iterable[Output]:
        return ()

    def image(self) -> object:
        return self.sum

    def recall(self, image: object) -> None:
        self.sum = image


PLAN = LanePlan(
    "adding", ("facts", "laws", "clock"), by_partition, lambda _key: [Source("facts", 0, Until.COMMITTED)],
    lambda _key: Sum(), governing=frozenset({"laws"}), passing=frozenset({"clock"}),
)  # fmt: skip


def _snapshots(folder: Path | None, identity: str = "first", **options: Any) -> Snapshots:
    return Snapshots(PLAN, folder, lambda names: dict.fromkeys(names, identity), **{"begin": _now, **options})


def _now(work: Callable[[], None]) -> None:
    work()


def _kept(folder: Path, value: object = 42, committed: Mapping[Place, int] = COMMITTED) -> Path:
    """A state that was kept in ``folder``; its file."""
    snapshots, shard = _snapshots(folder), Sum()
    snapshots.recall("0", shard, committed)
    shard.sum = value
    snapshots.keep({"0": shard}, committed, is_idle=True)
    (path,) = folder.iterdir()
    return path


def _recalled(folder: Path, committed: Mapping[Place, int] = COMMITTED, **options: Any) -> tuple[object, object]:
    shard = Sum()
    return _snapshots(folder, **options).recall("0", shard, committed), shard.sum


def test_a_state_comes_back_with_the_positions_it_stands_for(tmp_path: Path) -> None:
    _kept(tmp_path)
    assert _recalled(tmp_path) == (COMMITTED, 42)


def test_what_was_committed_since_is_left_to_the_log(tmp_path: Path) -> None:
    _kept(tmp_path)
    assert _recalled(tmp_path, {FACTS: 17, LAWS: 1}) == (COMMITTED, 42)


@pytest.mark.parametrize(
    "committed",
    [
        pytest.param({FACTS: 9, LAWS: 1}, id="the lane went back"),
        pytest.param({FACTS: 12, LAWS: 2}, id="another law holds"),
        pytest.param({LAWS: 1}, id="a partition is not its own any more"),
    ],
)
def test_a_state_that_the_log_contradicts_is_not_used(tmp_path: Path, committed: Mapping[Place, int]) -> None:
    _kept(tmp_path)
    assert _recalled(tmp_path, committed) == ({}, 0)


def test_a_topic_that_was_made_anew_is_another_topic(tmp_path: Path) -> None:
    _kept(tmp_path)
    assert _recalled(tmp_path, identity="second") == ({}, 0)


def test_other_code_makes_its_own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _kept(tmp_path)
    monkeypatch.setattr(code, "digest", lambda: "changed")
    assert _recalled(tmp_path) == ({}, 0)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:-1], id="cut short"),
        pytest.param(lambda data: data[:-40] + bytes([data[-40] ^ 1]) + data[-39:], id="a bit turned"),
        pytest.param(lambda _data: b"", id="empty"),
        pytest.param(lambda _data: b"[]\n", id="no header"),
        pytest.param(lambda data: data.replace(b"facts", b"fakts", 1), id="header changed"),
        pytest.param(lambda data: data.replace(b"positions", b"pnsitions", 1), id="a bit of the header turned"),
    ],
)
def test_a_damaged_file_is_as_if_there_were_none(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = _kept(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert _recalled(tmp_path) == ({}, 0)


def test_nothing_foreign_is_made_from_a_file(tmp_path: Path) -> None:
    class Command:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "made"),)

    assert pickle.dumps(Command())
    _kept(tmp_path, Command())
    assert _recalled(tmp_path) == ({}, 0)
    assert not (tmp_path / "made").exists()


def _of_a_module(tmp_path: Path, module: str, name: str) -> tuple[object, object]:
    """What comes of a file that asks for something out of a module."""
    path = _kept(tmp_path, "marker")
    data = path.read_bytes()
    header = data[: data.index(b"\n") + 1]
    body = pickle.PROTO + b"\x04" + pickle.SHORT_BINUNICODE + bytes([len(module)]) + module.encode()
    body += pickle.SHORT_BINUNICODE + bytes([len(name)]) + name.encode() + pickle.STACK_GLOBAL
    body += pickle.EMPTY_TUPLE + pickle.REDUCE + pickle.STOP
    path.write_bytes(header + body + hashlib.blake2b(header + body, digest_size=32).digest())
    return _recalled(tmp_path)


@pytest.mark.parametrize("name", ["os.getpid", "_written", "in_a_thread", "threading", "log"])
def test_nothing_is_made_of_what_our_modules_import_or_do(tmp_path: Path, name: str) -> None:
    assert _of_a_module(tmp_path, "streams.lane.snapshots", name) == ({}, 0)


def test_what_a_killed_process_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / "adding-0.snapshot.12345"
    left.write_bytes(b"half")
    snapshots, shard = _snapshots(tmp_path), Sum()
    snapshots.recall("0", shard, COMMITTED)
    snapshots.keep({"0": shard}, COMMITTED, is_idle=True)
    assert [path.name for path in tmp_path.iterdir()] == ["adding-0.snapshot"]


def test_only_its_owner_may_read_a_snapshot(tmp_path: Path) -> None:
    path = _kept(tmp_path / "snapshots")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_shard_is_kept_once_it_has_taken_in_enough(tmp_path: Path) -> None:
    snapshots, shard, path = _snapshots(tmp_path, records=2), Sum(), _kept(tmp_path)
    snapshots.recall("0", shard, COMMITTED)
    path.unlink()

    def taken(topic: str, many: int, is_idle: bool) -> bool:
        snapshots.count([Input(topic, 0, 0, 0, None, None, ())] * many, {(topic, 0): 11})
        snapshots.keep({"0": shard}, COMMITTED, is_idle)
        return path.exists()

    assert not taken("facts", 1, is_idle=True)
    assert not taken("clock", 9, is_idle=True)
    assert not taken("facts", 8, is_idle=False)
    assert taken("facts", 1, is_idle=False)
    path.unlink()
    assert not taken("facts", 1, is_idle=True)
    assert taken("facts", 1, is_idle=True)
    path.unlink()
    assert taken("laws", 1, is_idle=True)


def test_one_state_is_written_at_a_time(tmp_path: Path) -> None:
    waiting: list[Callable[[], None]] = []
    snapshots, shards = _snapshots(tmp_path, begin=waiting.append), {"0": Sum(), "1": Sum()}
    for key, shard in shards.items():
        snapshots.recall(key, shard, {("facts", int(key)): 3})
    for _ in range(3):
        snapshots.keep(shards, {("facts", 0): 3, ("facts", 1): 3}, is_idle=True)
    assert len(waiting) == 1
    waiting.pop()()
    snapshots.keep(shards, {("facts", 0): 3, ("facts", 1): 3}, is_idle=True)
    waiting.pop()()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adding-0.snapshot", "adding-1.snapshot"]


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    snapshots, shard = _snapshots(blocked), Sum()
    assert snapshots.recall("0", shard, COMMITTED) == {}
    snapshots.keep({"0": shard}, COMMITTED, is_idle=True)
    assert "no snapshot could be written" in caplog.text


def test_without_a_folder_nothing_is_kept() -> None:
    snapshots, shard = _snapshots(None), Sum()
    assert snapshots.recall("0", shard, COMMITTED) == {}
    snapshots.keep({"0": shard}, COMMITTED, is_idle=True)
