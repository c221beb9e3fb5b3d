"""An Excel workbook to fill in: one row a record, drop-downs where values are a closed set, a sheet that explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from producers import spellings
from producers.template_columns import COLUMNS, Column
from schemas.errors import Misconfigured

#: Rows that are prepared; more may be written below, without drop-downs.
_ROWS = 5_000
_CURRENCIES = ("CNY", "USD", "EUR", "GBP", "JPY", "HKD", "KRW")
#: Whole numbers with their least and largest value.
_WHOLE: Mapping[str, tuple[int, int]] = {
    "maturity": (1, 9), "maturity_wanted": (1, 9), "version": (1, 2**31 - 1), "sequence": (1, 2**31 - 1),
    "matches_wanted": (1, 100),
}  # fmt: skip
#: Several words may stand in one cell, so a list only warns.
_SEVERAL = frozenset({"modes"})
_DAYS = frozenset({"valid_until", "deadline"})
_WIDE = ("abstract", "title", "reason")
_NEEDED = PatternFill("solid", start_color="FFE699")
_GUIDE_HEADINGS = ("列 column", "必填 needed", "填写说明", "what to write", "示例 example")


def kind_of(path: Path) -> str:
    """What a template named like this is for; raises ``Misconfigured`` where the name does not say."""
    found = [kind for kind in COLUMNS if path.stem.lower().startswith(kind[:-1])]
    if not found:
        raise Misconfigured([f"{path.name}: say with --as what the rows are: {', '.join(COLUMNS)}"])
    return found[0]


def write(path: Path, kind: str) -> None:
    """Writes the template for rows of ``kind``; raises ``Misconfigured`` where there cannot be such a file."""
    if path.suffix.lower() != ".xlsx":
        raise Misconfigured([f"{path.name}: a template is an Excel workbook, so its name ends in .xlsx"])
    if path.exists():
        raise Misconfigured([f"{path}: is there already, and may be filled in: choose another name, or remove it"])
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = kind
    for number, column in enumerate(COLUMNS[kind], 1):
        _prepare(sheet, number, column)
    sheet.freeze_panes = "B2"
    _explain(book.create_sheet("说明 guide"), COLUMNS[kind])
    try:
        book.save(path)
    except OSError as error:
        raise Misconfigured([f"{path}: cannot be written ({error.strerror})"]) from error


def _prepare(sheet: Worksheet, number: int, column: Column) -> None:
    letter = get_column_letter(number)
    heading = sheet.cell(1, number, column.heading)
    heading.font = Font(bold=True)
    heading.alignment = Alignment(wrap_text=True, vertical="top")
    if column.is_needed:
        heading.fill = _NEEDED
    heading.comment = Comment(f"{column.zh}\n{column.en}", "TechDock", width=280, height=90)
    sheet.column_dimensions[letter].width = 40 if column.field.startswith(_WIDE) else 18
    if column.field in _DAYS:
        sheet.column_dimensions[letter].number_format = "yyyy-mm-dd"
    elif column.field not in _WHOLE and column.field not in {"price", "budget"}:
        # As text, so that no id or code loses a zero or becomes a date.
        sheet.column_dimensions[letter].number_format = "@"
    rule = _rule(column)
    if rule is not None:
        rule.add(f"{letter}2:{letter}{_ROWS + 1}")
        sheet.add_data_validation(rule)


def _rule(column: Column) -> DataValidation | None:
    listed: Sequence[str] = _CURRENCIES if column.field == "currency" else spellings.choices(column.field)
    if listed:
        rule = DataValidation(type="list", formula1=f'"{",".join(listed)}"', allow_blank=True)
        rule.errorStyle = "warning" if column.field in _SEVERAL or column.field == "currency" else "stop"
    elif column.field in _WHOLE:
        least, most = _WHOLE[column.field]
        rule = DataValidation(type="whole", operator="between", formula1=str(least), formula2=str(most))
    elif column.field in _DAYS:
        rule = DataValidation(type="date", operator="greaterThan", formula1="36526")
        rule.errorStyle = "warning"
    else:
        return None
    rule.promptTitle, rule.prompt = column.name, f"{column.zh}\n{column.en}"
    rule.errorTitle, rule.error = column.name, f"{column.zh}\n{column.en}"
    rule.showInputMessage = rule.showErrorMessage = True
    return rule


def _explain(sheet: Worksheet, columns: Sequence[Column]) -> None:
    sheet.append(_GUIDE_HEADINGS)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column in columns:
        listed = " / ".join(spellings.choices(column.field))
        told = f"{column.zh}：{listed}" if listed else column.zh
        sheet.append([column.heading, "✓" if column.is_needed else "", told, column.en, column.example])
    for letter, width in zip("ABCDE", (36, 14, 60, 50, 40), strict=True):
        sheet.column_dimensions[letter].width = width
