"""Schemas by id, from a registry on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from infra.registry import schema_by_id
from schemas.errors import Unavailable

ANSWERS = {"/schemas/ids/7": (200, {"schema": json.dumps({"type": "record", "name": "ClockTicked", "fields": []})})}


class _Registry(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012 - one list for all requests, on purpose

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, body = ANSWERS.get(self.path, (500, {}) if self.path.endswith("/9") else (404, {"error_code": 40403}))
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    _Registry.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), _Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_without_a_registry_there_is_no_look_up() -> None:
    assert schema_by_id(None) is None


def test_a_schema_is_asked_for_once(url: str) -> None:
    look_up = schema_by_id(url)
    assert look_up is not None
    assert [look_up(7), look_up(7)] == [{"type": "record", "name": "ClockTicked", "fields": []}] * 2
    assert _Registry.asked == ["/schemas/ids/7"]


def test_an_id_the_registry_does_not_know_is_none_and_asked_for_again_a_second_later(url: str) -> None:
    now = [10.0]
    look_up = schema_by_id(url, lambda: now[0])
    assert look_up is not None
    assert [look_up(8), look_up(8), look_up(6)] == [None] * 3
    assert _Registry.asked == ["/schemas/ids/8", "/schemas/ids/6"]
    now[0] += 1.0
    assert look_up(8) is None
    assert _Registry.asked[2:] == ["/schemas/ids/8"]


def test_a_registry_in_trouble_is_unavailable_and_not_the_records_fault(url: str) -> None:
    look_up = schema_by_id(url)
    assert look_up is not None
    with pytest.raises(Unavailable, match="registry"):
        look_up(9)
    away = schema_by_id("http://127.0.0.1:1")
    assert away is not None
    with pytest.raises(Unavailable, match="does not answer"):
        away(7)
