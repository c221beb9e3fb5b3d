"""The body of a request: taken in no faster than it is wanted, and no more of it than is allowed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from infra.exact_json import STRICT
from producers.gateway.problems import Problem, no_json


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may bring, and how long it may take to bring it, in bytes and seconds."""

    body_bytes: int = 8 * 1024 * 1024
    body_seconds: float = 20.0
    rows: int = 1_000
    depth: int = 16
    file_bytes: int = 64 * 1024 * 1024
    file_seconds: float = 120.0


@dataclass(slots=True)
class Room:
    """Bytes of bodies that are in memory, of all institutions and of each: many that come slowly add up."""

    most: int = 128 * 1024 * 1024
    most_of_one: int = 48 * 1024 * 1024
    _held: Counter[str] = field(default_factory=Counter)
    _all: int = 0

    @contextmanager
    def held(self, institution_id: str) -> Iterator[Callable[[int], None]]:
        """For one request: what takes so many bytes more of the room, and raises ``Problem`` where they are not there.

        What was taken is given back when the block is left.
        """
        mine = 0

        def more(size: int) -> None:
            nonlocal mine
            if self._all + size > self.most or self._held[institution_id] + size > self.most_of_one:
                told = "Too many bodies are coming in at the same time; nothing of this one was taken."
                raise Problem("not-available", told, retry_after=1.0)
            mine += size
            self._all += size
            self._held[institution_id] += size

        try:
            yield more
        finally:
            self._all -= mine
            self._held[institution_id] -= mine
            if not self._held[institution_id]:
                del self._held[institution_id]


async def take(request: Request, most: int, seconds: float, sink: Callable[[bytes], object]) -> None:
    """Hands the body to ``sink`` as it comes in. Raises ``Problem`` once it is too large, or takes too long."""
    told = request.headers.get("content-length", "0")
    if told.isascii() and told.isdigit() and int(told[:20]) > most:
        raise _too_large(most)
    taken = 0
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.stream():
                taken += len(piece)
                if taken > most:
                    raise _too_large(most)
                sink(piece)
    except TimeoutError:
        raise Problem("too-slow", f"The body did not come within {seconds:.0f} seconds; nothing was taken.") from None
    except ClientDisconnect:
        # Nobody hears the answer.
        raise Problem("not-understood", "The client left in the middle of the body; nothing was taken.") from None


async def whole(request: Request, most: int, seconds: float, more: Callable[[int], None]) -> bytes:
    """The whole body, each piece once ``more`` has room for it. Raises as ``take``, and what ``more`` raises."""
    found = bytearray()

    def keep(piece: bytes) -> None:
        more(len(piece))
        found.extend(piece)

    await take(request, most, seconds, keep)
    return bytes(found)


def rows(data: bytes, limits: Limits) -> list[tuple[str, Any]]:
    """The submissions of a JSON body, each with the JSON pointer at which it stands.

    One object, an array, or ``{"submissions": [...]}``. Raises ``Problem`` for any other body.
    """
    found = _parsed(data, limits)
    if isinstance(found, dict) and "submissions" in found:
        start, batch = "/submissions", found["submissions"]
        if len(found) > 1:
            raise no_json("beside `submissions` nothing else can stand")
    elif isinstance(found, dict):
        return [("", found)]
    else:
        start, batch = "", found
    if not isinstance(batch, list):
        raise no_json("it is neither an object nor a list of objects")
    if not batch:
        raise no_json("the list is empty")
    if len(batch) > limits.rows:
        raise Problem("too-large", f"There are {len(batch):,} submissions; at most {limits.rows:,} go at once.")
    return [(f"{start}/{number}", row) for number, row in enumerate(batch)]


def _parsed(data: bytes, limits: Limits) -> Any:
    try:
        found = STRICT.decode(data.decode("utf-8"))
    except RecursionError:
        raise no_json(f"it is nested deeper than {limits.depth} levels") from None
    except ValueError as error:
        raise no_json(str(error)[:200]) from None
    if _depth(found, limits.depth) > limits.depth:
        raise no_json(f"it is nested deeper than {limits.depth} levels")
    return found


def _depth(value: Any, most: int) -> int:
    """How deep a value is nested; not looked at further once that is more than ``most``."""
    level, depth = [value], 0
    while level and depth <= most:
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        level, depth = inner, depth + 1
    return depth


def _too_large(most: int) -> Problem:
    return Problem("too-large", f"The body has more than {most:,} bytes; nothing of it was taken.")
