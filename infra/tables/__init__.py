"""Files of rows that people keep: CSV, TSV, JSON lines, Excel, plain or gzipped, in the encodings that occur."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from infra.tables import delimited, files, json_rows, workbook
from infra.tables.files import Source, Table
from schemas.errors import Misconfigured

_READERS: Mapping[str, Callable[[Source, str], Table]] = {
    ".csv": delimited.table, ".tsv": delimited.table, ".txt": delimited.table,
    ".jsonl": json_rows.table, ".ndjson": json_rows.table, ".json": json_rows.table,
}  # fmt: skip


def opened(source: Source, encoding: str | None = None, sheet: str | None = None) -> Table:
    """The columns and rows of a file, by what its name says it is; raises ``Misconfigured`` where that is nothing."""
    if source.suffix == ".xlsx":
        return workbook.table(source, sheet)
    reader = _READERS.get(source.suffix)
    if reader is None:
        known = ", ".join([*_READERS, ".xlsx"])
        raise Misconfigured([f"{source.path}: cannot tell what it is from {source.suffix!r}; name it {known} (or .gz)"])
    if sheet is not None:
        raise Misconfigured([f"--sheet {sheet}: only Excel workbooks have sheets"])
    return reader(source, files.encoding_of(source, encoding))
