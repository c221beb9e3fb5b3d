"""Where the intake listens, and with what certificate."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from infra.settings import Settings
from producers.gateway import server
from schemas.errors import Misconfigured


def settings(**changes: object) -> Settings:
    return Settings(Path("/home"), Path("/jars"), "kafka:9092", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104
def test_beyond_this_machine_there_is_nothing_without_a_certificate(host: str) -> None:
    with pytest.raises(Misconfigured, match="beyond this machine only HTTPS"):
        server.serve(settings(intake_host=host))


def test_a_file_that_is_no_certificate_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    file.write_text("hello", encoding="utf-8")
    with pytest.raises(Misconfigured, match="give the PEM files"):
        server.serve(settings(intake_certificate=file, intake_key=file))


def test_a_port_that_another_process_has_is_told() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(Misconfigured, match="another process has it"),
    ):
        server.serve(settings(intake_port=taken.getsockname()[1]))
