"""Follows the stream of matches of a running system: reconnects by itself, exactly where it stood."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from schemas.errors import Misconfigured, Unavailable

#: Longer than the heartbeat: a stream that is silent for so long is broken.
_SILENCE = 40.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One event: its cursor, its name (``MatchProposed``, …) and its values."""

    cursor: str
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What came between two empty lines of an event stream; ``data`` is empty where only an id came."""

    cursor: str | None = None
    name: str = "message"
    data: str = ""


def messages(lines: Iterable[str]) -> Iterator[Message]:
    """The messages in the lines of an event stream, as the HTML standard has them; comments are left out."""
    now = Message()
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            yield now
            now = Message()
        elif field == "id":
            now = replace(now, cursor=value)
        elif field == "event":
            now = replace(now, name=value)
        elif field == "data":
            now = replace(now, data=f"{now.data}\n{value}" if now.data else value)


def follow(
    url: str, asked: Mapping[str, str | list[str]], wait: Callable[[float], None] = time.sleep
) -> Iterator[Heard]:
    """Events without end; ``wait`` is called with seconds between two attempts.

    Raises ``Misconfigured`` where the system says that it was asked something wrong.
    """
    cursor: str | None = None
    pause = 0.5
    while True:
        try:
            for message in _connected(url, asked, cursor):
                pause = 0.5
                cursor = message.cursor or cursor
                if message.data:
                    yield Heard(cursor or "", message.name, json.loads(message.data))
        except (httpx.TransportError, Unavailable):
            # It stopped or restarts: what we have not heard will still be there.
            pass
        wait(pause)
        pause = min(pause * 2, 10.0)


def _connected(url: str, asked: Mapping[str, str | list[str]], cursor: str | None) -> Iterator[Message]:
    headers = {"Accept": "text/event-stream"} | ({} if cursor is None else {"Last-Event-ID": cursor})
    silence = httpx.Timeout(10.0, read=_SILENCE)
    with httpx.stream("GET", f"{url}/v1/matches/stream", params=asked, headers=headers, timeout=silence) as response:
        if 400 <= response.status_code < 500:
            response.read()
            raise Misconfigured([str(response.json().get("detail", response.text))])
        if response.status_code != 200:
            raise Unavailable(f"{url} answers with {response.status_code}")
        yield from messages(response.iter_lines())
