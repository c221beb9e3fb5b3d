"""A person repairs a draft in an editor of their own, or in a file."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
import typer

from producers.quarantine.drafts import Repaired, draft
from producers.quarantine.editing import from_editor, from_file
from schemas import codec
from schemas.errors import Misconfigured
from schemas.salvage import salvaged
from tests.unit.producers.quarantine.setting_aside import aside
from tests.unit.streams.making import achievement

RECORD = achievement(maturity=6)
CUT = aside(codec.encode(RECORD)[:-6])
FOUND = salvaged(CUT.value)


class Terminal:
    """Where somebody sits."""

    def isatty(self) -> bool:
        return True


def _editor(folder: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    """An editor that makes ``change`` to the values of the draft, a line of Python."""
    script = folder / "editor.py"
    script.write_text(
        "import json, sys\npath = sys.argv[1]\ndraft = json.load(open(path))\nvalues = draft['values']\n"
        f"{change}\njson.dump(draft, open(path, 'w'))\n"
    )
    monkeypatch.setenv("EDITOR", shlex.join([sys.executable, "-W", "ignore", str(script)]))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(sys, "stdin", Terminal())


def test_what_an_editor_makes_of_a_draft_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _editor(tmp_path, monkeypatch, "values['owners'] = ['dlut']")
    repaired = from_editor(CUT, FOUND, print)
    assert isinstance(repaired, Repaired)
    assert codec.decode_fields(repaired.data)[1]["owners"] == ["dlut"]


def test_after_a_mistake_the_person_is_asked_and_what_was_typed_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second time, the first change is there to be built upon.
    _editor(tmp_path, monkeypatch, "values['maturity'] = {6: 12, 12: 7}[values['maturity']]")
    monkeypatch.setattr(typer, "confirm", lambda *_question, **_options: True)
    told: list[str] = []
    repaired = from_editor(CUT, FOUND, told.append)
    assert codec.decode_fields(repaired.data)[1]["maturity"] == 7
    assert told == ["maturity: range, '12': give a whole number, 1 to 9"]


def test_a_draft_that_nobody_changed_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "true")
    monkeypatch.setattr(sys, "stdin", Terminal())
    told: list[str] = []
    with pytest.raises(typer.Exit):
        from_editor(CUT, FOUND, told.append)
    assert told == ["nothing was changed"]


def test_an_editor_that_is_not_there_or_a_terminal_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor")
    with pytest.raises(Misconfigured, match=r"--out F\.json"):
        from_editor(CUT, FOUND, print)
    monkeypatch.setattr(sys, "stdin", Terminal())
    with pytest.raises(Misconfigured, match="set EDITOR"):
        from_editor(CUT, FOUND, print)


def test_a_file_is_taken_or_all_its_faults_are_told(tmp_path: Path) -> None:
    path, told = tmp_path / "draft.json", list[str]()
    path.write_text(draft(CUT, FOUND), encoding="utf-8")
    assert from_file(path, CUT, FOUND, told.append).submission_id == RECORD.submission_id
    broken = json.loads(draft(CUT, FOUND))
    broken["values"] |= {"version": 0, "institution_id": "dicp"}
    path.write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(typer.Exit):
        from_file(path, CUT, FOUND, told.append)
    assert [line.partition(",")[0] for line in told] == ["version: range", "institution_id: speaks-for-itself"]
    with pytest.raises(Misconfigured, match="No such file"):
        from_file(tmp_path / "none.json", CUT, FOUND, told.append)
