"""Our schemas in a registry on this machine: each under its full name, and kept compatible from the first on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from infra.registration import register
from schemas.editions import PRESENT, releases
from schemas.errors import Misconfigured, Unavailable

EDITIONS = (*releases(), PRESENT)


class Registry(HTTPServer):
    """Answers as Confluent's does, as far as we ask; ``refused`` are subjects that it does not want."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.levels: dict[str, str] = {}
        self.schemas: list[tuple[str, str]] = []
        self.refused: set[str] = set()
        self.is_in_trouble = False
        self.url = f"http://127.0.0.1:{self.server_port}/"

    def answer(self, path: str, body: dict[str, str]) -> tuple[int, object]:
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


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_every_record_has_a_subject_of_its_full_name_that_is_kept_compatible(registry: Registry) -> None:
    ids = register(registry.url, EDITIONS)

    assert set(ids) == {f"techdock.{name}" for name in PRESENT.records}
    assert registry.levels == dict.fromkeys(ids, "FULL_TRANSITIVE")
    for subject, schema_id in ids.items():
        named, text = registry.schemas[schema_id - 1]
        assert (named, json.loads(text)) == (subject, PRESENT.schema(subject.removeprefix("techdock.")))


def test_registering_again_changes_nothing(registry: Registry) -> None:
    ids = register(registry.url, EDITIONS)
    schemas = list(registry.schemas)

    assert register(registry.url, EDITIONS) == ids
    assert registry.schemas == schemas


def test_every_schema_that_is_refused_is_named(registry: Registry) -> None:
    registry.refused = {"techdock.ClockTicked", "techdock.Candidate"}

    with pytest.raises(Misconfigured) as refused:
        register(registry.url, [PRESENT])

    told = "\n".join(refused.value.problems)
    assert "techdock.ClockTicked of present: the schema registry refuses it (READER_FIELD" in told
    assert "techdock.Candidate of present" in told


def test_a_registry_that_is_away_or_no_registry_is_unavailable(registry: Registry) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        register("http://127.0.0.1:1", [PRESENT])
    registry.is_in_trouble = True
    with pytest.raises(Unavailable, match="503"):
        register(registry.url, [PRESENT])
