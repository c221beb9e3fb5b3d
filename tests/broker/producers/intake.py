"""The intake as a process of its own, before the broker that all tests share or one of a test's own."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from infra import reading
from infra.topics import KafkaCluster
from producers import admittance, tokens
from producers.institution_log import say
from producers.institutions import Description, new_key
from producers.tokens import SCOPES, Grant
from schemas import codec, topics
from schemas.records import InstitutionKind, TokenScope

ROOT = Path(__file__).parents[3]


def until(outcome: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return once ``outcome``; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not outcome():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class Intake:
    """The running process, and how to speak to it."""

    def __init__(self, bootstrap: str, url: str, process: subprocess.Popen[bytes], trusted: str | None) -> None:
        self.bootstrap = bootstrap
        self.url = url
        self.process = process
        self._verify = ssl.create_default_context(cafile=trusted) if trusted else True

    def client(self, token: str | None) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, verify=self._verify)

    def is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5, verify=self._verify).status_code == 200
        except httpx.TransportError:
            return False

    def inbox(self, institution_id: str) -> list[tuple[str, dict[str, Any]]]:
        read = reading.committed_records(self.bootstrap, [topics.inbox(institution_id).name])
        return [codec.decode_fields(message.value()) for message in read]


@contextmanager
def intake(bootstrap: str, certificate: tuple[Path, Path] | None = None) -> Iterator[Intake]:
    """An intake that answers; over TLS where it has a certificate and its key."""
    port = free_port()
    with KafkaCluster(bootstrap) as cluster:
        cluster.create([topics.INSTITUTIONS] if topics.INSTITUTIONS.name not in cluster.topics() else [])
    with tempfile.TemporaryDirectory(prefix="techdock-intake-") as folder, (Path(folder) / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "producers", "gateway"], cwd=ROOT, stdout=log, stderr=log,
            env={
                **os.environ, "TECHDOCK_HOME": folder, "TECHDOCK_BOOTSTRAP": bootstrap,
                "TECHDOCK_INTAKE_PORT": str(port), "PYTHONPATH": str(ROOT),
                "TECHDOCK_INTAKE_CERTIFICATE": str(certificate[0]) if certificate else "",
                "TECHDOCK_INTAKE_KEY": str(certificate[1]) if certificate else "",
            },
        )  # fmt: skip
        scheme, trusted = ("https", str(certificate[0])) if certificate else ("http", None)
        made = Intake(bootstrap, f"{scheme}://127.0.0.1:{port}", process, trusted)
        try:
            until(lambda: made.is_up() or process.poll() is not None)
            assert process.poll() is None, (Path(folder) / "log").read_text(encoding="utf-8")
            yield made
            assert process.poll() is None, (Path(folder) / "log").read_text(encoding="utf-8")
        finally:
            process.terminate()
            assert process.wait(30) == 0, (Path(folder) / "log").read_text(encoding="utf-8")


def admitted(bootstrap: str, scopes: Sequence[TokenScope] = SCOPES) -> tuple[str, str, str]:
    """An institution of a test's own, a token of its, and the id of the token."""
    name = f"http-{uuid.uuid4().hex[:12]}"
    now = datetime.now(UTC)
    admittance.admit_described(bootstrap, Description(name, None, "Lab", InstitutionKind.INSTITUTE, None), now)
    token, token_id = new_key(), tokens.new_id()
    say(bootstrap, tokens.issue(Grant(name, tuple(scopes), "", None), token_id, token, now))
    return name, token, token_id


def offer(number: int | str = 1, **changes: Any) -> dict[str, Any]:
    """A submission as JSON."""
    return {
        "record": "AchievementRegistered", "achievement_id": f"A{number}", "version": 1,
        "registered_at": "2026-03-01T08:00:00+08:00", "zh": {"title": "船体清洗机器人", "abstract": "", "keywords": []},
        **changes,
    }  # fmt: skip
