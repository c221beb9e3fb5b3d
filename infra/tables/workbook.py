"""Excel workbooks (.xlsx) as rows, merged cells included."""

from __future__ import annotations

import itertools
import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from infra.tables.files import BrokenRow, Merged, Row, Source, Table
from schemas.errors import Misconfigured

#: What openpyxl raises on files that are no workbooks or are damaged (it has no error of its own for most of it).
_DAMAGED = (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, ParseError)
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
#: A heading and remarks may stand above the header, not more.
_MOST_ABOVE = 20


class Area:
    """A merged area: its corners (rows and columns from 1) and the value of its first cell, once that was read."""

    __slots__ = ("bottom", "left", "name", "right", "top", "value")

    def __init__(self, name: str) -> None:
        self.name = name
        self.left, self.top, self.right, self.bottom = range_boundaries(name)
        self.value: Any = None


Numbered = Iterator[tuple[int, list[Any], list[Area]]]


def table(source: Source, sheet: str | None) -> Table:
    """One sheet of a workbook (the first unless named); its header is the first row that names two things.

    A merged cell's value counts for every row of its area. Where it covers several columns of a data row, it has no
    one meaning and the row says so. Raises ``Misconfigured`` for a file that is no workbook or an unknown sheet.
    """
    try:
        book = openpyxl.load_workbook(source.path, read_only=True, data_only=True)
    except _DAMAGED as error:
        repair = "save it again as .xlsx or as CSV"
        raise Misconfigured([f"{source.path}: is no Excel workbook that can be read; {repair}"]) from error
    if sheet is not None and sheet not in book.sheetnames:
        raise Misconfigured([f"--sheet {sheet}: {source.path.name} has the sheets {', '.join(book.sheetnames)}"])
    chosen = book[sheet] if sheet is not None else book.worksheets[0]
    # Writers often leave a wrong size behind, which would cut rows off.
    chosen.reset_dimensions()
    areas = _areas(source, chosen._worksheet_path)
    numbered = _filled(chosen.iter_rows(values_only=True), areas)
    columns = _header(source, numbered)
    return Table(columns, _rows(numbered, columns, book.close))


def _areas(source: Source, member: str) -> list[Area]:
    """The merged areas of a sheet, which openpyxl does not tell when it reads row by row."""
    names: list[str] = []
    with zipfile.ZipFile(source.path) as archive, archive.open(member.lstrip("/")) as stream:
        tail = b""
        while chunk := stream.read(256 * 1024):
            window = tail + chunk
            names += [found[1].decode() for found in _MERGED.finditer(window)]
            # An element may lie across two chunks; what was found is cut off, so that it is not found twice.
            last = window.rfind(b"<")
            tail = window[last:] if last >= 0 and b">" not in window[last:] else b""
    return [Area(name) for name in names]


def _filled(rows: Iterator[Sequence[Any]], areas: list[Area]) -> Numbered:
    """Rows with their numbers, merged values in every cell of their areas, and the areas they are in."""
    waiting = deque(sorted(areas, key=lambda area: area.top))
    live: list[Area] = []
    for number, values in enumerate(rows, start=1):
        while waiting and waiting[0].top <= number:
            live.append(waiting.popleft())
        live = [area for area in live if area.bottom >= number]
        cells = list(values)
        for area in live:
            cells += [None] * (area.right - len(cells))
            if area.top == number:
                area.value = cells[area.left - 1]
            cells[area.left - 1 : area.right] = [area.value] * (area.right - area.left + 1)
        yield number, cells, live


def _header(source: Source, numbered: Numbered) -> tuple[str, ...]:
    try:
        for number, cells, areas in numbered:
            if len({_name(cell) for cell in cells} - {""}) >= 2:
                return _names(cells, max([number, *(area.bottom for area in areas)]) - number, numbered)
            if number >= _MOST_ABOVE:
                break
    except _DAMAGED as error:
        raise Misconfigured([f"{source.path}: the sheet is damaged ({error}); save it again"]) from error
    raise Misconfigured([f"{source.path}: no header found; name the columns in the first row, two or more"])


def _names(cells: list[Any], more: int, numbered: Numbered) -> tuple[str, ...]:
    """A header over several rows has cells merged downwards beside those that are divided: the lowest name counts."""
    names = [_name(cell) for cell in cells]
    for _, below, _ in itertools.islice(numbered, more):
        names += [""] * (len(below) - len(names))
        names = [_name(cell) or name for name, cell in itertools.zip_longest(names, below)]
    return tuple(names)


def _name(cell: Any) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def _rows(numbered: Numbered, columns: tuple[str, ...], close: Callable[[], None]) -> Iterator[Row | BrokenRow]:
    number = 0
    try:
        for number, cells, areas in numbered:
            if any(cell is not None and cell != "" for cell in cells[: len(columns)]):
                yield _row(number, cells, columns, areas)
    except _DAMAGED as error:
        yield BrokenRow(number + 1, f"the sheet breaks off here ({error}); save the workbook again")
    finally:
        close()


def _row(number: int, cells: list[Any], columns: tuple[str, ...], areas: list[Area]) -> Row | BrokenRow:
    failed = next((cell for cell in cells if isinstance(cell, str) and cell in _ERRORS), None)
    if failed is not None:
        return BrokenRow(number, f"a formula in it failed ({failed}); mend it or put the value in its place")
    named: dict[str, Any] = {}
    for name, value in zip(columns, cells, strict=False):
        # Of two columns with one name, as below a merged header, the first that is filled counts.
        if name and named.get(name) is None:
            named[name] = value
    return Row(number, named, _merged(columns, areas) if areas else {})


def _merged(columns: tuple[str, ...], areas: list[Area]) -> dict[str, Merged]:
    """The columns of a row whose value comes from a merged area."""
    return {
        name: Merged(area.name, is_wide=len(set(columns[area.left - 1 : area.right]) - {""}) > 1)
        for area in areas
        for name in columns[area.left - 1 : area.right]
        if name
    }
