"""CSV and TSV files as rows; a broken row costs itself and nothing after it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator

from infra.tables.files import MAX_LINE, BrokenRow, Row, Source, Table, lines, undecoded
from schemas.errors import Misconfigured
from schemas.faults import shown

#: A quoted field that goes on for longer than this was never closed.
_MAX_LINES_OF_A_ROW = 1000
_DELIMITERS = (",", "\t", ";", "|")

Lines = Iterator[tuple[int, str] | BrokenRow]


def table(source: Source, encoding: str) -> Table:
    """A delimited file with a header row; raises ``Misconfigured`` where the header cannot be read."""
    csv.field_size_limit(MAX_LINE)
    numbered = lines(source, encoding)
    header = _header(source, encoding, numbered)
    delimiter = "\t" if source.suffix == ".tsv" else max(_DELIMITERS, key=header.count)
    columns = _fields([header], delimiter)
    if columns is None:
        raise Misconfigured([f"{source.path}: the header {shown(header.strip())!r} is not closed; mend its quotes"])
    names = tuple(column.strip() for column in columns)
    return Table(names, _rows(numbered, names, delimiter, encoding))


def _header(source: Source, encoding: str, numbered: Lines) -> str:
    for item in numbered:
        if isinstance(item, BrokenRow):
            raise Misconfigured([f"{source.path}, line {item.line}: {item.why}"])
        if item[1].strip():
            why = undecoded(item[1], encoding)
            if why is not None:
                raise Misconfigured([f"{source.path}, header: {why}"])
            return item[1]
    raise Misconfigured([f"{source.path}: there is nothing but empty lines"])


def _rows(numbered: Lines, columns: tuple[str, ...], delimiter: str, encoding: str) -> Iterator[Row | BrokenRow]:
    # Lines that were taken for the inside of an open quote come back here when it turns out that they are not.
    back: deque[tuple[int, str] | BrokenRow] = deque()
    while (item := back.popleft() if back else next(numbered, None)) is not None:
        if isinstance(item, BrokenRow):
            yield item
            continue
        line, text = item
        if not text.strip():
            continue
        taken = _record(item, back, numbered, (delimiter, len(columns)))
        fields = _fields([text for _, text in taken], delimiter)
        why = _broken(fields, taken, columns, encoding)
        if why is not None:
            back.extendleft(reversed(taken[1:]))
            yield BrokenRow(line, why)
        elif fields is not None and any(fields):
            yield Row(line, dict(zip(columns, fields, strict=True)))


def _record(
    first: tuple[int, str], back: deque[tuple[int, str] | BrokenRow], numbered: Lines, form: tuple[str, int]
) -> list[tuple[int, str]]:
    """The lines of the record that starts with ``first``: further ones as long as a quote is open."""
    taken = [first]
    quotes = first[1].count('"')
    if quotes % 2 == 0:
        return taken
    alone = _fields([first[1]], form[0])
    if alone is not None and len(alone) == form[1]:
        # A single quote in the middle of a field, for example an inch sign, opens nothing.
        return taken
    size = len(first[1])
    while quotes % 2 and len(taken) < _MAX_LINES_OF_A_ROW and size < MAX_LINE:
        item = back.popleft() if back else next(numbered, None)
        if item is None or isinstance(item, BrokenRow):
            if item is not None:
                back.appendleft(item)
            return taken
        taken.append(item)
        quotes += item[1].count('"')
        size += len(item[1])
    return taken


def _fields(texts: list[str], delimiter: str) -> list[str] | None:
    """The fields of one record; ``None`` where its quotes are wrong."""
    try:
        return next(csv.reader(texts, delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _broken(
    fields: list[str] | None, taken: list[tuple[int, str]], columns: tuple[str, ...], encoding: str
) -> str | None:
    if fields is None:
        return "a quoted field is not closed, or goes on after its closing quote; double the quotes inside it"
    if len(fields) != len(columns):
        return f"it has {len(fields)} columns, the header has {len(columns)}; quote fields that hold the separator"
    return next((why for _, text in taken if (why := undecoded(text, encoding)) is not None), None)
