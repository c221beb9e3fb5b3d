"""What became of each row of an import, as a file: one row for each, in the order of the import."""

from __future__ import annotations

import csv
import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol

from openpyxl import Workbook

from infra.tables.files import BrokenRow
from schemas.errors import Misconfigured
from schemas.faults import shown
from schemas.records import Fault

_COLUMNS = ("line", "id", "result", "why", "repair")
#: A cell that begins with one of these would be computed by a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_AGAIN = "import the same file again: what has arrived has no second effect"

Row = tuple[int, str, str, str, str]


class _Lines(Protocol):
    def write(self, row: Row) -> None: ...

    def close(self) -> None: ...


class Results(Protocol):
    """Who is told of each row in turn, and what becomes of it."""

    def begun(self, line: int, subject_id: str) -> None:
        """This row is next."""

    def sent(self, line: int, subject_id: str) -> None:
        """Nothing in the row itself speaks against it."""

    def accepted(self, line: int, subject_id: str) -> None:
        """Its receipt says so."""

    def unreadable(self, row: BrokenRow) -> None:
        """The row could not be read."""

    def refused(self, line: int, subject_id: str, faults: Sequence[Fault]) -> None:
        """The row breaks rules."""


class NoResults:
    """Nobody wants to know."""

    def begun(self, line: int, subject_id: str) -> None:
        """Nothing."""

    sent = accepted = begun

    def unreadable(self, row: BrokenRow) -> None:
        """Nothing."""

    def refused(self, line: int, subject_id: str, faults: Sequence[Fault]) -> None:
        """Nothing."""


class _Begun:
    """A row, and what is known of it so far."""

    __slots__ = ("is_done", "row")

    def __init__(self, line: int, subject_id: str) -> None:
        self.is_done = False
        self.row: Row = (line, shown(subject_id), "unanswered", "it was not sent, or no receipt came", _AGAIN)

    def end(self, result: str, why: str = "", repair: str = "") -> None:
        self.row = (*self.row[:2], result, why, repair)
        self.is_done = True


class ResultFile:
    """Rows go out as soon as what became of them and of all before them is known."""

    def __init__(self, path: Path, last_word: str) -> None:
        """``last_word`` on a good row: accepted by its receipt, or only sent, or only valid.

        Raises ``Misconfigured`` where there cannot be such a file.
        """
        kind = _KINDS.get(path.suffix.lower())
        if kind is None:
            raise Misconfigured([f"{path.name}: a result file ends in {', '.join(_KINDS)}"])
        try:
            self._out: _Lines = kind(path)
        except OSError as error:
            raise Misconfigured([f"{path}: cannot be written ({error.strerror})"]) from error
        self._last_word = last_word
        self._begun: deque[_Begun] = deque()
        #: The same, unanswered ones only, by line and id: a JSON array may have many rows on one line.
        self._open: defaultdict[tuple[int, str], deque[_Begun]] = defaultdict(deque)

    def __enter__(self) -> ResultFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for begun in self._begun:
            self._out.write(begun.row)
        self._out.close()

    def begun(self, line: int, subject_id: str) -> None:
        """This row is next."""
        begun = _Begun(line, subject_id)
        self._begun.append(begun)
        self._open[line, subject_id].append(begun)

    def sent(self, line: int, subject_id: str) -> None:
        """Nothing in the row itself speaks against it."""
        if self._last_word != "accepted":
            self._end(line, subject_id, self._last_word)

    def accepted(self, line: int, subject_id: str) -> None:
        """Its receipt says so."""
        self._end(line, subject_id, "accepted")

    def unreadable(self, row: BrokenRow) -> None:
        """The row could not be read."""
        self.begun(row.line, "")
        self._end(row.line, "", "unreadable", shown(row.why), "mend the row and import the file again")

    def refused(self, line: int, subject_id: str, faults: Sequence[Fault]) -> None:
        """The row breaks rules; all of them stand in one cell, and so do all repairs."""
        why = "; ".join(f"{each.field}: {each.rule}" + (f" '{each.value}'" if each.value else "") for each in faults)
        self._end(line, subject_id, "refused", why, "; ".join(each.repair for each in faults))

    def _end(self, line: int, subject_id: str, result: str, why: str = "", repair: str = "") -> None:
        waiting = self._open[line, subject_id]
        waiting.popleft().end(result, why, repair)
        if not waiting:
            del self._open[line, subject_id]
        while self._begun and self._begun[0].is_done:
            self._out.write(self._begun.popleft().row)


class _Csv:
    """With a mark of its encoding, by which spreadsheets know it for UTF-8."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(_COLUMNS)

    def write(self, row: Row) -> None:
        line, *texts = row
        self._writer.writerow([line, *map(harmless, texts)])

    def close(self) -> None:
        self._file.close()


class _Workbook:
    def __init__(self, path: Path) -> None:
        self._path = path
        # Found out now and not after the last row.
        path.open("wb").close()
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("result")
        self._sheet.append(_COLUMNS)

    def write(self, row: Row) -> None:
        line, *texts = row
        self._sheet.append([line, *map(harmless, texts)])

    def close(self) -> None:
        self._book.save(self._path)


class _JsonLines:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def write(self, row: Row) -> None:
        self._file.write(json.dumps(dict(zip(_COLUMNS, row, strict=True)), ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()


_KINDS: Mapping[str, Callable[[Path], _Lines]] = {".csv": _Csv, ".xlsx": _Workbook, ".jsonl": _JsonLines}


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before one that looks like it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
