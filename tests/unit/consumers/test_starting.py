"""``python -m consumers`` says what it can do and what it lacks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def consumers(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TECHDOCK_")}
    return subprocess.run(
        [sys.executable, "-m", "consumers", *arguments],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("web", "more")])
def test_without_a_job_the_jobs_are_named(arguments: tuple[str, ...]) -> None:
    answer = consumers(*arguments)
    assert answer.returncode == 2
    assert "usage: python -m consumers read-model|web|migrate|rebuild" in answer.stderr


@pytest.mark.parametrize("job", ["read-model", "web", "migrate", "rebuild"])
def test_what_is_not_set_is_named(job: str) -> None:
    answer = consumers(job)
    assert answer.returncode == 2
    assert "is not set" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_tables_of_another_release_are_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    answer = consumers("rebuild", TECHDOCK_DATABASE_URL=url)
    assert answer.returncode == 2
    assert "python -m consumers migrate" in answer.stderr


def test_a_database_that_does_not_answer_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = consumers("migrate", TECHDOCK_DATABASE_URL=f"postgresql://nobody@127.0.0.1:{port}/techdock")
    assert answer.returncode == 3
    assert "does not answer" in answer.stderr


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = consumers(
            "web", TECHDOCK_WEB_PORT=port, TECHDOCK_BOOTSTRAP="127.0.0.1:1", TECHDOCK_DATABASE_URL="sqlite://"
        )
    assert answer.returncode == 2
    assert f"TECHDOCK_WEB_PORT {port}: another process has it" in answer.stderr


def test_a_broker_that_is_away_is_waited_for_and_does_not_keep_us_from_stopping(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'techdock.db'}"
    assert consumers("migrate", TECHDOCK_DATABASE_URL=url).returncode == 0
    environment = {"PYTHONPATH": str(ROOT), "TECHDOCK_BOOTSTRAP": "127.0.0.1:1", "TECHDOCK_DATABASE_URL": url}
    process = subprocess.Popen(
        [sys.executable, "-m", "consumers", "read-model"],
        env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert any("no Kafka broker answers" in line for line in process.stderr)
    process.terminate()
    assert process.wait(5) == 0
    process.stderr.close()
