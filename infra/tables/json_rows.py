"""JSON files as rows: one object a line, or one array of objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from infra.exact_json import DECODER
from infra.tables.files import MAX_LINE, BrokenRow, Row, Source, Table, lines, pieces, undecoded
from schemas.faults import shown

_CHUNK = 64 * 1024
_SEPARATORS = re.compile(r"[\s,]*")
_NEXT_OBJECT = re.compile(r"\}\s*,?\s*(?=\{)")


def table(source: Source, encoding: str) -> Table:
    """A JSON file; its columns are those of all its rows, for a row may leave out what it has nothing to say of."""
    is_lines = source.suffix in {".jsonl", ".ndjson"} or _has_object_a_line(source, encoding)
    read = _from_lines if is_lines else _from_array
    columns = tuple(dict.fromkeys(name for row in read(source, encoding) if isinstance(row, Row) for name in row.cells))
    return Table(columns, read(source, encoding), is_empty=not columns)


def _has_object_a_line(source: Source, encoding: str) -> bool:
    start = next(pieces(source, encoding, _CHUNK), "")
    if isinstance(start, BrokenRow) or start.lstrip().startswith("["):
        return False
    first = start.strip().splitlines()[:1]
    return not (first and isinstance(_row(1, first[0]), BrokenRow))


def _from_lines(source: Source, encoding: str) -> Iterator[Row | BrokenRow]:
    for item in lines(source, encoding):
        if isinstance(item, BrokenRow):
            yield item
            continue
        line, text = item
        if text.isspace():
            continue
        why = undecoded(text, encoding)
        yield BrokenRow(line, why) if why is not None else _row(line, text)


def _row(line: int, text: str) -> Row | BrokenRow:
    try:
        return _object(line, DECODER.decode(text))
    except ValueError as error:
        return BrokenRow(line, f"is not JSON: {_reason(error)}")
    except RecursionError:
        return BrokenRow(line, "is nested too deeply")


def _object(line: int, value: Any) -> Row | BrokenRow:
    if isinstance(value, dict):
        return Row(line, value)
    return BrokenRow(line, f"is not an object but {shown(json.dumps(value, default=str))}")


def _reason(error: ValueError) -> str:
    return f"{error.msg}, character {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)


def _from_array(source: Source, encoding: str) -> Iterator[Row | BrokenRow]:
    """The objects of an array, read piece by piece; after a broken one it goes on with the next that begins."""
    window = _Window(pieces(source, encoding, _CHUNK))
    while window.skip_separators():
        if window.text[0] in "[]":
            window.drop(1)
            continue
        line = window.line
        try:
            value, end = window.decode()
        except ValueError as error:
            yield BrokenRow(line, f"is not JSON: {_reason(error)}")
            window.resume()
        except RecursionError:
            yield BrokenRow(line, "is nested too deeply")
            window.resume()
        else:
            why = undecoded(window.text[:end], encoding)
            window.drop(end)
            yield BrokenRow(line, why) if why is not None else _object(line, value)
    if window.damage is not None:
        yield window.damage


class _Window:
    """The part of a text that is being looked at, and the number of the line it begins in."""

    def __init__(self, source: Iterator[str | BrokenRow]) -> None:
        self._source = source
        self.text = ""
        self.line = 1
        self.damage: BrokenRow | None = None

    def skip_separators(self) -> bool:
        """Goes to where the next value begins; whether there is one."""
        while True:
            found = _SEPARATORS.match(self.text)
            self.drop(found.end() if found is not None else 0)
            if self.text or not self._more(1):
                return bool(self.text)

    def decode(self) -> tuple[Any, int]:
        """The value that begins here and where it ends; raises ``ValueError``, ``RecursionError``."""
        while True:
            try:
                value, end = DECODER.raw_decode(self.text)
            except json.JSONDecodeError as error:
                # It may only be that the value is not all here yet.
                is_cut = error.msg.startswith("Unterminated") or error.pos >= len(self.text) - 8
                if not is_cut or len(self.text) > MAX_LINE or not self._more(max(_CHUNK, len(self.text))):
                    raise
            else:
                return value, end

    def resume(self) -> None:
        """Goes to the next object that begins, after a broken one."""
        while True:
            found = _NEXT_OBJECT.search(self.text)
            if found is not None:
                self.drop(found.end())
                return
            keep = 64
            self.drop(max(0, len(self.text) - keep))
            if not self._more(_CHUNK):
                self.drop(len(self.text))
                return

    def drop(self, count: int) -> None:
        self.line += self.text.count("\n", 0, count)
        self.text = self.text[count:]

    def _more(self, size: int) -> bool:
        added: list[str] = []
        while sum(map(len, added)) < size:
            piece = next(self._source, None)
            if isinstance(piece, BrokenRow):
                self.damage = piece
            if piece is None or isinstance(piece, BrokenRow):
                break
            added.append(piece)
        self.text += "".join(added)
        return bool(added)
