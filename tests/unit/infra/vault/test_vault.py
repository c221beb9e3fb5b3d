"""Keys come back until they are destroyed, then never; whatever step the machine dies at."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.settings import Settings
from infra.vault.disk import Disk
from infra.vault.ring import Ring, master_in, ring_in
from infra.vault.vault import Vault
from schemas.errors import Misconfigured

A, B = "dlut/A1", "dicp/B1"


class Crash(Exception):
    """The machine dies here."""


class Dying(Disk):
    """Dies instead of the step of that number, or right after it."""

    def __init__(self, step: int, is_after: bool) -> None:
        self._left = step
        self._is_after = is_after

    def write(self, path: Path, text: str) -> None:
        self._step(lambda: super(Dying, self).write(path, text))

    def move(self, source: Path, target: Path) -> None:
        self._step(lambda: super(Dying, self).move(source, target))

    def blank(self, path: Path) -> None:
        self._step(lambda: super(Dying, self).blank(path))

    def remove(self, path: Path) -> None:
        self._step(lambda: super(Dying, self).remove(path))

    def _step(self, done: Callable[[], None]) -> None:
        self._left -= 1
        if self._left == 0 and not self._is_after:
            raise Crash
        done()
        if self._left == 0:
            raise Crash


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "vault"


def test_a_key_is_made_once_and_comes_back_to_whoever_opens_the_vault(folder: Path) -> None:
    made = Vault(folder).key_made(A, 0)
    assert len(made) == 32
    assert Vault(folder).key_made(A, 0) == Vault(folder).key(A, 0) == made
    assert Vault(folder).key(B, 0) is None
    assert len({made, Vault(folder).key_made(B, 0), Vault(folder).key_made(A, 3)}) == 3


def test_nobody_else_may_look_into_it_and_no_key_lies_there_bare(folder: Path) -> None:
    made = Vault(folder).key_made(A, 0)
    Vault(folder).destroy({B: 1})
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "lock":
            assert path.stat().st_mode & 0o777 == 0o600, path
            for form in (made, made.hex().encode(), base64.b64encode(made)):
                assert form not in path.read_bytes(), path


def test_an_erasure_of_what_never_had_a_key_nor_a_deposit_leaves_no_tombstone(folder: Path) -> None:
    vault = Vault(folder)
    vault.key_made(B, 0)
    assert vault.destroy({f"dlut/none{number}": 1 for number in range(50)}) == []
    assert not list((folder / "erased").glob("*"))
    # Where a key comes back from a backup, the log's erasure still finds it.
    vault.key_made(A, 0)
    assert vault.destroy({A: 1}) == [A]
    assert len(list((folder / "erased").iterdir())) == 1


def test_a_key_that_was_destroyed_never_comes_back(folder: Path) -> None:
    vault = Vault(folder)
    made, other = vault.key_made(A, 0), vault.key_made(B, 0)
    assert vault.destroy({A: 4}) == [A]
    assert vault.destroy({A: 4}) == []
    assert vault.key(A, 0) is None
    with pytest.raises(Misconfigured, match="was erased"):
        vault.key_made(A, 0)
    assert vault.key(B, 0) == other
    anew = vault.key_made(A, 4)
    assert anew != made
    assert vault.destroy({A: 4}) == []
    assert vault.key(A, 4) == anew


def test_what_was_erased_before_it_had_a_key_gets_none_either(folder: Path) -> None:
    Vault(folder).destroy({A: 2}, {A})
    with pytest.raises(Misconfigured, match="was erased"):
        Vault(folder).key_made(A, 0)


def test_nothing_that_is_left_of_the_files_opens_what_was_destroyed(folder: Path) -> None:
    vault = Vault(folder)
    vault.key_made(A, 0)
    left = (folder / "keys.json").read_text(encoding="utf-8")
    vault.destroy({A: 1})
    former = ring_in(left, folder)
    master = master_in((folder / "master.key").read_text(encoding="utf-8"))
    assert master is not None
    assert sorted(path.name for path in folder.iterdir()) == ["erased", "keys.json", "lock", "master.key"]
    with pytest.raises(Misconfigured, match="opens nothing"):
        former.key((A, 0), master)
    # Also where somebody lays the former file back.
    (folder / "keys.json").write_text(left, encoding="utf-8")
    with pytest.raises(Misconfigured, match="restore both from one backup"):
        vault.key(A, 0)


def test_a_vault_from_a_backup_forgets_again_what_the_log_says_is_erased(folder: Path, tmp_path: Path) -> None:
    vault = Vault(folder)
    vault.key_made(A, 0)
    shutil.copytree(folder, tmp_path / "backup")
    vault.destroy({A: 1})
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "backup", folder)
    assert vault.key(A, 0) is not None
    assert vault.destroy({A: 1}) == [A]
    assert vault.key(A, 0) is None


def test_zeros_go_over_a_master_before_another_takes_its_place(folder: Path) -> None:
    vault = Vault(folder)
    vault.key_made(A, 0)
    with (folder / "master.key").open("rb") as former:
        key = json.loads(former.read())["key"]
        vault.rotate()
        former.seek(0)
        left = former.read()
    assert left == bytes(len(left))
    assert key not in (folder / "master.key").read_text(encoding="utf-8")


def test_rotation_changes_every_wrapping_and_no_key(folder: Path) -> None:
    vault = Vault(folder)
    keys = {ref: vault.key_made(ref, 0) for ref in (A, B)}
    before = (folder / "keys.json").read_text(encoding="utf-8")
    assert vault.rotate() == 2
    after = (folder / "keys.json").read_text(encoding="utf-8")
    assert {ref: vault.key(ref, 0) for ref in (A, B)} == keys
    wrapped = [{one["wrapped"] for one in json.loads(text)["keys"]} for text in (before, after)]
    assert not wrapped[0] & wrapped[1]


_DEEDS: dict[str, Callable[[Vault], Any]] = {
    "rotate": lambda vault: vault.rotate(),
    "destroy": lambda vault: vault.destroy({A: 1}),
    "make": lambda vault: vault.key_made("dlut/A9", 0),
}


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("deed", _DEEDS)
def test_whatever_step_the_machine_dies_at_the_next_one_finds_all_keys(folder: Path, deed: str, is_after: bool) -> None:
    vault = Vault(folder)
    keys = {ref: vault.key_made(ref, 0) for ref in (A, B)}
    for step in range(1, 20):
        home = folder.with_name(f"{deed}-{step}")
        shutil.copytree(folder, home)
        try:
            _DEEDS[deed](Vault(home, disk=Dying(step, is_after)))
        except Crash:
            _recovers(home, keys, deed)
        else:
            break
    else:
        pytest.fail("it takes ever more steps")
    assert step > 1


def _recovers(home: Path, keys: dict[str, bytes], deed: str) -> None:
    found = Vault(home)
    assert found.key(B, 0) == keys[B]
    assert found.key(A, 0) in ({keys[A], None} if deed == "destroy" else {keys[A]})
    _DEEDS[deed](found)
    assert found.key(B, 0) == keys[B]
    assert found.key(A, 0) == (None if deed == "destroy" else keys[A])
    assert not (home / "master.key.next").exists()
    stored = ring_in((home / "keys.json").read_text(encoding="utf-8"), home)
    assert ((A, 0) in stored.wrapped) == (deed != "destroy")


def test_a_machine_that_dies_at_the_first_step_leaves_a_vault_that_begins_anew(folder: Path) -> None:
    for step in (1, 2):
        for is_after in (False, True):
            home = folder.with_name(f"new-{step}-{is_after}")
            with pytest.raises(Crash):
                Vault(home, disk=Dying(step, is_after)).key_made(A, 0)
            assert len(Vault(home).key_made(A, 0)) == 32


def test_any_changed_byte_of_a_wrapped_key_is_told(folder: Path) -> None:
    vault = Vault(folder)
    vault.key_made(A, 0)
    path = folder / "keys.json"
    good = ring_in(path.read_text(encoding="utf-8"), path)
    for place in range(len(good.wrapped[A, 0])):
        data = bytearray(good.wrapped[A, 0])
        data[place] ^= 1
        path.write_text(Ring(good.master, {(A, 0): bytes(data)}).text(), encoding="utf-8")
        with pytest.raises(Misconfigured, match=r"key of dlut/A1 in the vault was changed"):
            vault.key(A, 0)


def test_a_key_that_was_moved_to_another_achievement_opens_nothing(folder: Path) -> None:
    vault = Vault(folder)
    vault.key_made(A, 0)
    path = folder / "keys.json"
    good = ring_in(path.read_text(encoding="utf-8"), path)
    path.write_text(Ring(good.master, {(B, 0): good.wrapped[A, 0]}).text(), encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"key of dicp/B1 in the vault was changed"):
        vault.key(B, 0)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"master": "x", "keys": [{"ref": 1}]}', "\u0000"])
def test_a_file_of_keys_that_is_none_is_told_plainly(folder: Path, text: str) -> None:
    vault = Vault(folder)
    vault.key_made(A, 0)
    (folder / "keys.json").write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match="restore the vault from its backup"):
        vault.key(A, 0)


def test_a_tombstone_that_is_none_is_told_and_gives_no_key_back(folder: Path) -> None:
    Vault(folder).destroy({A: 1}, {A})
    (stone,) = (folder / "erased").iterdir()
    stone.write_text("{}", encoding="utf-8")
    for ask in (lambda: Vault(folder).key_made(A, 0), lambda: Vault(folder).rotate()):
        with pytest.raises(Misconfigured, match="was changed and cannot be read"):
            ask()


@pytest.mark.parametrize("text", ["", "{}", '{"name": "x", "key": "AAAA"}'])
def test_a_master_that_is_none_is_told_plainly(folder: Path, text: str) -> None:
    vault = Vault(folder)
    vault.key_made(A, 0)
    (folder / "master.key").write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match="name the right file with TECHDOCK_VAULT_MASTER"):
        vault.key_made(A, 0)


def test_the_master_may_lie_elsewhere_and_is_named_by_a_setting(tmp_path: Path) -> None:
    place = tmp_path / "token" / "m.key"
    settings = Settings.from_env({"TECHDOCK_HOME": str(tmp_path / "home"), "TECHDOCK_VAULT_MASTER": str(place)})
    vault = Vault.of(settings)
    made = vault.key_made(A, 0)
    vault.destroy({B: 1})
    vault.rotate()
    assert Vault.of(settings).key(A, 0) == made
    assert place.exists()
    assert not (tmp_path / "home" / "vault" / "master.key").exists()
    with pytest.raises(Misconfigured, match="is not the key that wraps"):
        Vault(tmp_path / "home" / "vault").key(A, 0)
