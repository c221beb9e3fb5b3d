"""The import command: what it prints and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from producers import commands
from schemas.errors import Misconfigured

ROWS = "id,title,maturity\n1,pump,5\n2,,12\nbroken\n"


def imported(path: Path, *options: str) -> Result:
    app = typer.Typer()
    # Two commands, so that the first word is the command's name.
    app.command("import")(commands.import_file)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["import", str(path), "--institution", "dlut", *options])


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_a_dry_run_tells_every_fault_of_every_row(rows: Path) -> None:
    result = imported(rows, "--as", "achievements", "--dry-run")

    assert result.exit_code == 1
    for told in ("line 3, 2: zh: language-missing", "line 3, 2: maturity: range: '12'", "line 4: unreadable"):
        assert told in result.stdout


def test_a_dry_run_of_good_rows_exits_with_0(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,title\n1,pump\n", encoding="utf-8")

    assert imported(path, "--as", "achievements", "--dry-run").exit_code == 0


def test_machines_get_one_object(rows: Path) -> None:
    result = imported(rows, "--as", "achievements", "--dry-run", "--json")
    answer = json.loads(result.stdout)

    assert result.exit_code == 1
    assert answer["seconds"] >= 0
    assert {name: answer[name] for name in ("rows", "valid", "refused", "unreadable")} == {
        "rows": 3, "valid": 1, "refused": 1, "unreadable": 1,
    }  # fmt: skip
    assert [(each["line"], each["id"], each["rule"]) for each in answer["faults"]] == [
        (3, "2", "language-missing"),
        (3, "2", "range"),
        (4, "", "unreadable"),
    ]


def test_an_institution_that_cannot_be_one_is_told_before_anything(rows: Path) -> None:
    result = imported(rows, "--as", "achievements", "--institution", "DL UT")

    assert isinstance(result.exception, Misconfigured)


def test_an_unknown_kind_is_a_usage_error(rows: Path) -> None:
    assert imported(rows, "--as", "ideas").exit_code == 2
