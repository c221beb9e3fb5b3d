"""What the commands of annexes take from a person, and what they say of the rest."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from producers import annex_commands
from schemas.errors import Misconfigured
from schemas.padding import MOST_BYTES


class _Input:
    """Standard input."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def test_a_plain_text_may_come_by_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Input("配方".encode()))
    assert annex_commands._content(Path("-")) == "配方".encode()


def test_no_more_is_read_than_shows_that_it_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(MOST_BYTES + 100))
    assert len(annex_commands._content(tmp_path / "large")) == MOST_BYTES + 1


@pytest.mark.parametrize("name", ["absent", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misconfigured, match="name the file of the plain text"):
        annex_commands._content(tmp_path / name)


def test_a_plain_text_goes_into_a_new_file_of_its_owner_and_over_none(tmp_path: Path) -> None:
    place = tmp_path / "out"
    os.close(annex_commands._new_file(place))
    assert place.stat().st_mode & 0o777 == 0o600
    for taken in (place, tmp_path, tmp_path / "absent" / "out"):
        with pytest.raises(Misconfigured, match="name a new file"):
            annex_commands._new_file(taken)


@pytest.mark.parametrize("name", ["dlut", "dlut/", "/A1", "", "DLUT/A1"])
def test_an_achievement_is_named_with_its_institution(name: str) -> None:
    with pytest.raises(Misconfigured):
        annex_commands.split(name)
    assert annex_commands.split("dlut/2026/7") == ("dlut", "2026/7")


def test_a_last_day_is_a_date(capsys: Any) -> None:
    with pytest.raises(Misconfigured, match="give a date such as"):
        annex_commands._day("tomorrow")
    assert capsys.readouterr().out == ""
