"""``python -m streams`` says in one sentence why it cannot start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]


def _run(arguments: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TECHDOCK_")}
    return subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        cwd=_ROOT, env={**kept, **variables}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [["nonsense"], [], ["deals", "ranking"]])
def test_a_worker_that_does_not_exist_gives_the_usage(arguments: list[str]) -> None:
    done = _run(arguments)
    assert (done.returncode, done.stdout) == (2, "")
    workers = "admission|matching|ranking|deals|life-cycle|policies|duplicates|pipeline"
    assert done.stderr.splitlines() == [f"usage: python -m streams {workers}"]


def test_a_worker_without_a_broker_says_what_is_missing(tmp_path: Path) -> None:
    done = _run(["deals"], TECHDOCK_HOME=str(tmp_path / "home"))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("TECHDOCK_BOOTSTRAP is not set: give the address of a Kafka broker")
    assert not (tmp_path / "home").exists(), "nothing is made before the settings are right"


def test_all_illegal_settings_are_told_at_once(tmp_path: Path) -> None:
    done = _run(["pipeline"], TECHDOCK_HOME=str(tmp_path), TECHDOCK_BOOTSTRAP="nowhere", TECHDOCK_METRICS_PORT="eighty")
    assert done.returncode == 2
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        "TECHDOCK_BOOTSTRAP",
        "TECHDOCK_METRICS_PORT",
    ]


def test_a_worker_that_does_not_know_a_registrys_ids_yet_says_what_to_start(tmp_path: Path) -> None:
    done = _run(
        ["ranking"], TECHDOCK_HOME=str(tmp_path), TECHDOCK_BOOTSTRAP="127.0.0.1:9",
        TECHDOCK_SCHEMA_REGISTRY_URL="http://127.0.0.1:9",
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1
    assert "needed once before records can be written: start the registry at http://127.0.0.1:9" in done.stderr
