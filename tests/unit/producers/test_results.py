"""A result file has one row for each row of the import, in its order, whatever becomes of them when."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import openpyxl
import pytest
import typer
from hypothesis import given, strategies as st
from typer.testing import CliRunner

from producers import import_run
from producers.commands import import_file
from producers.drafts import Draft
from producers.import_run import Job
from producers.receipts import Answered
from producers.results import ResultFile, harmless
from schemas.errors import Misconfigured, Unavailable
from schemas.records import Fault
from tests.unit.producers.test_import_files import NOW, Told

_FILE = "id,title\nA1,pump\nA2,\nA3,valve\n"


class Answering:
    """Accepts all but A3, whose receipt comes first."""

    def __init__(self, stays_away: bool = False) -> None:
        self._sent: list[Draft] = []
        self._stays_away = stays_away

    def send(self, record: str, draft: Draft) -> None:
        assert record == "AchievementRegistered"
        self._sent.append(draft)

    def arrived(self) -> Iterable[Answered]:
        return ()

    def rest(self) -> Iterator[Answered]:
        if self._stays_away:
            raise Unavailable("no receipts")
        for draft in reversed(self._sent):
            faults = (Fault("version", "newer", "1", "send 2"),) if draft.subject_id == "A3" else ()
            yield Answered(draft.line, draft.subject_id, faults)


def _imported(path: Path, result: Path, last_word: str = "accepted", outlet: Answering | None = None) -> None:
    prepared = import_run.prepared(Job(path, "achievements", "dlut", NOW))
    with ResultFile(result, last_word) as results:
        import_run.run(prepared, Told(), outlet or Answering(), results)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_row_is_told_in_its_order_with_every_reason_and_repair(tmp_path: Path) -> None:
    (tmp_path / "offers.csv").write_text(_FILE)
    _imported(tmp_path / "offers.csv", tmp_path / "result.csv")
    rows = _read(tmp_path / "result.csv")
    assert [(row["line"], row["id"], row["result"]) for row in rows] == [
        ("2", "A1", "accepted"), ("3", "A2", "refused"), ("4", "A3", "refused"),
    ]  # fmt: skip
    assert all(row["why"] and row["repair"] for row in rows[1:])
    assert rows[2]["why"] == "version: newer '1'"


def test_the_same_goes_into_a_workbook_and_into_json_lines(tmp_path: Path) -> None:
    (tmp_path / "offers.csv").write_text(_FILE)
    for suffix in ("csv", "xlsx", "jsonl"):
        _imported(tmp_path / "offers.csv", tmp_path / f"result.{suffix}")
    told = _read(tmp_path / "result.csv")
    lines = [json.loads(line) for line in (tmp_path / "result.jsonl").read_text(encoding="utf-8").splitlines()]
    sheet = openpyxl.load_workbook(tmp_path / "result.xlsx").active
    assert sheet is not None
    cells = [[str(cell or "") for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert cells == [list(row.values()) for row in told]
    assert [list(map(str, line.values())) for line in lines] == cells


def test_without_receipts_a_good_row_is_only_sent(tmp_path: Path) -> None:
    (tmp_path / "offers.csv").write_text(_FILE.replace("A3,valve\n", ""))
    prepared = import_run.prepared(Job(tmp_path / "offers.csv", "achievements", "dlut", NOW))
    with ResultFile(tmp_path / "result.csv", "valid") as results:
        import_run.run(prepared, Told(), None, results)
    assert [row["result"] for row in _read(tmp_path / "result.csv")] == ["valid", "refused"]


def test_rows_whose_receipt_did_not_come_are_told_too(tmp_path: Path) -> None:
    (tmp_path / "offers.csv").write_text(_FILE)
    with pytest.raises(Unavailable):
        _imported(tmp_path / "offers.csv", tmp_path / "result.csv", outlet=Answering(stays_away=True))
    rows = _read(tmp_path / "result.csv")
    assert [row["result"] for row in rows] == ["unanswered", "refused", "unanswered"]
    assert "again" in rows[0]["repair"]


def test_rows_on_one_line_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "offers.json").write_text(json.dumps([{"id": name, "title": "pump"} for name in ("A3", "A1")]))
    _imported(tmp_path / "offers.json", tmp_path / "result.csv")
    assert [(row["id"], row["result"]) for row in _read(tmp_path / "result.csv")] == [
        ("A3", "refused"), ("A1", "accepted"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


@given(st.text())
def test_a_harmless_cell_says_the_same(text: str) -> None:
    assert harmless(text).removeprefix("'" if harmless(text) != text else "") == text


def test_the_file_that_is_imported_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    path.write_text(_FILE)
    told = CliRunner().invoke(
        _app(), [str(path), "--as", "achievements", "--institution", "dlut", "--dry-run", "--result", str(path)]
    )
    assert isinstance(told.exception, Misconfigured)
    assert path.read_text() == _FILE


def _app() -> typer.Typer:
    app = typer.Typer()
    app.command()(import_file)
    return app


def test_a_file_that_cannot_be_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"\.csv, \.xlsx, \.jsonl"):
        ResultFile(tmp_path / "result.pdf", "sent")
    with pytest.raises(Misconfigured, match="cannot be written"):
        ResultFile(tmp_path / "no" / "folder.csv", "sent")
