"""A file as rows: its bytes (plain or gzipped), its encoding, its lines."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from schemas.errors import Misconfigured

#: Longest line that is read, in characters; a longer one is reported and skipped.
MAX_LINE = 4 * 1024 * 1024
#: What reading raises when the medium or the compression is damaged.
_DAMAGED = (EOFError, zlib.error, OSError)
_GZIP = b"\x1f\x8b"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: Bytes that could not be decoded come out as these (``errors="surrogateescape"``).
_UNDECODED = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged area of a sheet, for example ``B3:C5``; a wide one covers several columns."""

    name: str
    is_wide: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``line`` counts from 1, ``merged`` tells of columns whose value comes from a merged area."""

    line: int
    cells: Mapping[str, Any]
    merged: Mapping[str, Merged] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """One row that cannot be read."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; ``is_empty`` where it is known that there are no rows."""

    columns: tuple[str, ...]
    rows: Iterator[Row | BrokenRow]
    is_empty: bool = False


class Source:
    """A file that can be read several times, and tells how far it has been read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw: BinaryIO | None = None
        try:
            self.size = path.stat().st_size
            with path.open("rb") as start:
                self._is_gzip = start.read(2) == _GZIP
        except OSError as error:
            raise Misconfigured([f"{path}: {error.strerror}"]) from error
        if self.size == 0:
            raise Misconfigured([f"{path}: the file is empty"])

    @property
    def suffix(self) -> str:
        """What kind of file its name says it is, without ``.gz``."""
        name = self.path.name.lower().removesuffix(".gz")
        return Path(name).suffix

    @property
    def done(self) -> int:
        """Bytes of the file that have been read."""
        return self._raw.tell() if self._raw is not None and not self._raw.closed else 0

    def open(self) -> BinaryIO:
        """Its bytes from the start, unzipped."""
        self._raw = self.path.open("rb")
        if not self._is_gzip:
            return self._raw
        # GzipFile does not close what it did not open; the raw file goes with its last reader.
        return io.BufferedReader(gzip.GzipFile(fileobj=self._raw), 128 * 1024)

    def close(self) -> None:
        """Lets go of the file."""
        if self._raw is not None:
            self._raw.close()


def lines(source: Source, encoding: str) -> Iterator[tuple[int, str] | BrokenRow]:
    """Each line with its number and its line end; undecodable bytes are in it as surrogates (see ``undecoded``).

    A line that is too long, and the place where a damaged file breaks off, come as broken rows.
    """
    text = _text(source, encoding)
    number = 0
    try:
        while line := text.readline(MAX_LINE):
            number += 1
            if len(line) < MAX_LINE or line[-1] in "\r\n":
                yield number, line
                continue
            while line and line[-1] not in "\r\n":
                line = text.readline(MAX_LINE)
            yield BrokenRow(number, f"the line is longer than {MAX_LINE:,} characters")
    except _DAMAGED as error:
        yield _broken_off(number + 1, error)
    finally:
        text.close()
        source.close()


def pieces(source: Source, encoding: str, size: int) -> Iterator[str | BrokenRow]:
    """The text in pieces of about ``size`` characters, wherever its lines end; damage comes as a last broken row."""
    text = _text(source, encoding)
    line = 1
    try:
        while piece := text.read(size):
            line += piece.count("\n")
            yield piece
    except _DAMAGED as error:
        yield _broken_off(line, error)
    finally:
        text.close()
        source.close()


def _text(source: Source, encoding: str) -> io.TextIOWrapper:
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return io.TextIOWrapper(source.open(), encoding=encoding, errors=errors, newline="")


def _broken_off(line: int, error: Exception) -> BrokenRow:
    return BrokenRow(line, f"the file breaks off here ({error}); get it again, the rows before it are fine")


def undecoded(text: str, encoding: str) -> str | None:
    """Why a line is no text in this encoding; ``None`` where it is."""
    bad = "\ufffd" in text if encoding.startswith("utf-16") else not text.isascii() and _UNDECODED.search(text)
    return (
        f"there are bytes that are not {encoding.removesuffix('-sig')}; if the file is, use --encoding" if bad else None
    )


def encoding_of(source: Source, asked: str | None) -> str:
    """The encoding that was asked for, or the one that the bytes speak for: UTF-8, UTF-16 or GB18030.

    Raises ``Misconfigured`` for an encoding that Python does not know.
    """
    if asked is not None:
        return _known(asked)
    with source.open() as stream:
        try:
            encoding = _marked(stream.read(4)) or _weighed(stream)
        except _DAMAGED:
            encoding = "utf-8-sig"
    source.close()
    return encoding


def _known(name: str) -> str:
    try:
        "".encode(name)
        canonical = codecs.lookup(name).name
    except (LookupError, UnicodeError) as error:
        known = "for example utf-8, gb18030, gbk, big5, utf-16 or windows-1252"
        raise Misconfigured(
            [f"--encoding {name}: no such text encoding; give one that Python knows, {known}"]
        ) from error
    return "utf-8-sig" if canonical == "utf-8" else canonical


def _marked(start: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    if len(start) == 4 and start[1::2] == b"\0\0":
        return "utf-16-le"
    return "utf-16-be" if len(start) == 4 and start[::2] == b"\0\0" else None


def _weighed(stream: BinaryIO) -> str:
    """UTF-8, unless most lines that could tell are not, and those read as everyday Chinese in GB18030."""
    utf8 = others = 0
    sample: list[bytes] = []
    while line := stream.readline(MAX_LINE):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            utf8 += 1
        except UnicodeDecodeError:
            others += 1
            if len(sample) < 200:
                sample.append(line[:10_000].rstrip())
    return "gb18030" if others > utf8 and _is_everyday_chinese(sample) else "utf-8-sig"


def _is_everyday_chinese(sample: list[bytes]) -> bool:
    # GB 2312 holds the 6,763 characters of daily use. Latin letters with accents that are misread as GB18030 fall
    # outside of it almost always.
    wide = b"".join(sample).decode("gb18030", errors="replace")
    characters = [character for character in wide if not character.isascii()]
    usual = "".join(characters).encode("gb2312", errors="ignore").decode("gb2312")
    return bool(characters) and len(usual) >= 0.8 * len(characters)
