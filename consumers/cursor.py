"""Where a subscriber stands in the stream of matches: the next offset of each partition, as ``12.5.0.7``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OFFSETS = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})*")


class NoCursor(ValueError):
    """A text that is no position in this stream; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Next offsets, by partition."""

    offsets: tuple[int, ...]

    @classmethod
    def parse(cls, text: str, partitions: int) -> Cursor:
        """The cursor written as ``text``; raises ``NoCursor``."""
        offsets = text.split(".")
        if _OFFSETS.fullmatch(text) is None or len(offsets) != partitions:
            example = ".".join(str(offset) for offset in (12, 5, 0, 7, *range(partitions))[:partitions])
            raise NoCursor(
                f"{text[:80]!r} is no cursor: a cursor is the id of an event of this stream, {partitions} offsets "
                f"with dots between them, for example {example}"
            )
        return cls(tuple(int(offset) for offset in offsets))

    def past(self, partition: int, offset: int) -> Cursor:
        """The cursor after the record at ``offset`` of ``partition``."""
        offsets = list(self.offsets)
        offsets[partition] = offset + 1
        return Cursor(tuple(offsets))

    def __str__(self) -> str:
        return ".".join(str(offset) for offset in self.offsets)
