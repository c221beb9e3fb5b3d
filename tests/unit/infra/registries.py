"""A schema registry on this machine, as far as we ask one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class Registry(HTTPServer):
    """Answers as Confluent's does, as far as we ask; ``refused`` are subjects that it does not want."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.levels: dict[str, str] = {}
        self.schemas: list[tuple[str, str]] = []
        self.refused: set[str] = set()
        self.is_in_trouble = False
        self.asked = 0
        self.url = f"http://127.0.0.1:{self.server_port}/"

    def answer(self, path: str, body: dict[str, str]) -> tuple[int, object]:
        self.asked += 1
        if self.is_in_trouble:
            return 503, {}
        kind, subject = path.split("/")[1:3]
        if kind == "config":
            self.levels[subject] = body["compatibility"]
            return 200, body
        if self.levels.get(subject) != "FULL_TRANSITIVE":
            return 500, {"message": "asked to keep a schema before it was told how"}
        if subject in self.refused:
            return 409, {"error_code": 409, "message": "READER_FIELD_MISSING_DEFAULT_VALUE"}
        entry = subject, body["schema"]
        if entry not in self.schemas:
            self.schemas.append(entry)
        return 200, {"id": self.schemas.index(entry) + 1}


class _Answers(BaseHTTPRequestHandler):
    def _told(self) -> None:
        assert isinstance(self.server, Registry)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, content = self.server.answer(self.path, body)
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_PUT = do_POST = _told  # noqa: N815 - the names that the server looks for

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Registry]:
    """A registry that is there while the block runs."""
    with Registry() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
