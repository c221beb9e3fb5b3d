"""The account that the embedded PostgreSQL runs as where we are root."""

from __future__ import annotations

import pwd
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra import database
from infra.home import Home
from schemas.errors import Misconfigured


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The accounts of a machine on which nobody ran PostgreSQL; what is added to it is known from then on."""
    accounts: set[str] = set()
    server = tmp_path / "bin" / "postgres"
    server.parent.mkdir()
    server.touch(mode=0o755)

    def found(name: str) -> SimpleNamespace:
        if name not in accounts:
            raise KeyError(name)
        return SimpleNamespace(pw_name=name)

    monkeypatch.setattr(pwd, "getpwnam", found)
    monkeypatch.setattr(database, "_installation", lambda: tmp_path)
    return accounts


def test_an_account_that_another_start_has_just_made_will_do(
    known: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(command: list[str], *, check: bool, **_: object) -> subprocess.CompletedProcess[bytes]:
        known.add(command[-1])
        return _ended(command, 9, check)

    monkeypatch.setattr(subprocess, "run", too_late)
    assert database._account(Home(tmp_path)) in known


@pytest.mark.usefixtures("known")
def test_where_no_account_can_be_made_the_way_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda command, *, check, **_: _ended(command, 1, check))
    with pytest.raises(Misconfigured, match="start TechDock as another user"):
        database._account(Home(tmp_path))


def _ended(command: list[str], code: int, check: bool) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.CompletedProcess(command, code, b"", b"")
    if check:
        done.check_returncode()
    return done
