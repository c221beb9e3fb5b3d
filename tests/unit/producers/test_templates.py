"""A template that is filled in goes in, column by column, and explains itself in both languages."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from infra.tables import columns
from producers import templates
from producers.template_columns import COLUMNS
from schemas.errors import Misconfigured
from tests.unit.producers.test_import_files import taken

#: Fields that a flat row cannot give, and those that say in general what two columns say for each language.
_LEFT_OUT = {
    "zh", "en", "ip_rights", "terms", "submission_id", "language", "title", "abstract", "keywords", "registered_at",
    "posted_at",
}  # fmt: skip


def _filled(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.xlsx"
    templates.write(path, kind)
    book = openpyxl.load_workbook(path)
    for number, column in enumerate(COLUMNS[kind], 1):
        book[kind].cell(2, number, column.example or None)
    book.save(path)
    return path


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_column_is_found_as_its_own_field(tmp_path: Path, kind: str) -> None:
    _, _, told = taken(_filled(tmp_path, kind), kind)
    mapping, unused = told.columns
    assert mapping == {column.field: column.heading for column in COLUMNS[kind]}
    assert not unused


@pytest.mark.parametrize("kind", COLUMNS)
def test_the_examples_of_the_guide_are_a_row_that_is_accepted(tmp_path: Path, kind: str) -> None:
    summary, kept, told = taken(_filled(tmp_path, kind), kind)
    assert told.faults == []
    assert (summary.rows, summary.sent, len(kept.values)) == (1, 1, 1)


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_template_has_every_field_that_a_flat_row_can_give(kind: str) -> None:
    offered = {column.field for column in COLUMNS[kind]}
    assert offered == columns.KINDS[kind].fields.keys() - _LEFT_OUT
    needed = {column.field for column in COLUMNS[kind] if column.is_needed}
    assert needed == {group[0] for group in columns.KINDS[kind].needed if len(group) == 1}


def test_closed_sets_are_drop_downs_and_everything_is_explained(tmp_path: Path) -> None:
    templates.write(tmp_path / "achievements.xlsx", "achievements")
    book = openpyxl.load_workbook(tmp_path / "achievements.xlsx")
    sheet, guide = book.worksheets
    lists = {rule.promptTitle: rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    assert lists["公开程度"] == '"公开,合作机构,保密"'
    assert lists["合作方式"].count(",") == 7
    assert guide.max_row == len(COLUMNS["achievements"]) + 1
    assert all(sheet.cell(1, number).comment for number in range(1, sheet.max_column + 1))


def test_a_filled_template_is_not_written_over(tmp_path: Path) -> None:
    path = _filled(tmp_path, "demands")
    with pytest.raises(Misconfigured, match="choose another name"):
        templates.write(path, "demands")


def test_the_name_of_the_file_says_what_it_is_for(tmp_path: Path) -> None:
    assert templates.kind_of(tmp_path / "Demands-2026.xlsx") == "demands"
    with pytest.raises(Misconfigured, match="--as"):
        templates.kind_of(tmp_path / "mine.xlsx")
    with pytest.raises(Misconfigured, match="xlsx"):
        templates.write(tmp_path / "achievements.csv", "achievements")
