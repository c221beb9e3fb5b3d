"""The leanest client of HTTP/1.1, so that a benchmark measures the server: connections stay, answers have a length."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from urllib.parse import urlsplit

from schemas.errors import Unavailable

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wire:
    """Posts to one path over a few connections, each with one request at a time."""

    def __init__(self, url: str, path: str, headers: dict[str, str], connections: int = 32) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 80
        told = "".join(f"{name}: {value}\r\n" for name, value in {"Host": address.netloc, **headers}.items())
        self._head = f"POST {path} HTTP/1.1\r\n{told}Content-Length: ".encode()
        self._free: asyncio.Queue[_Connection | None] = asyncio.Queue()
        for _ in range(connections):
            self._free.put_nowait(None)

    async def post(self, body: bytes) -> tuple[int, bytes]:
        """The status of the answer, and its body."""
        connection = await self._free.get()
        try:
            reader, writer = connection or await asyncio.open_connection(self._host, self._port)
            writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if length is None:
                raise Unavailable("an answer came without its length")
            answer = int(head[9:12]), await reader.readexactly(int(length[1]))
        except BaseException:
            self._free.put_nowait(None)
            raise
        self._free.put_nowait((reader, writer))
        return answer

    async def close(self) -> None:
        """Lets go of every connection."""
        while not self._free.empty():
            if (connection := self._free.get_nowait()) is not None:
                connection[1].close()
                with suppress(ConnectionError):
                    await connection[1].wait_closed()
