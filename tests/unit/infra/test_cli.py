"""The command line speaks in sentences and says what went wrong in its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def techdock(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TECHDOCK_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", [("status",), ("status", "--json"), ("verify",), ("topics", "plan")])
def test_without_anything_running_the_next_step_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    answer = techdock(tmp_path, *command)
    assert answer.returncode == 2
    assert answer.stderr == "nothing is running here: start it with `techdock up`\n"
    assert answer.stdout == ""


def test_all_that_is_wrong_with_the_environment_is_told_at_once(tmp_path: Path) -> None:
    answer = techdock(tmp_path, "up", TECHDOCK_WEB_PORT="x", TECHDOCK_METRICS_PORT="y")
    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 2
    assert "Traceback" not in answer.stderr


def test_an_absent_broker_is_told_as_such(tmp_path: Path) -> None:
    nobody = {"TECHDOCK_BOOTSTRAP": "127.0.0.1:9", "TECHDOCK_DATABASE_URL": "sqlite://"}
    answer = techdock(tmp_path, "up", **nobody)
    assert answer.returncode == 3
    assert answer.stderr.startswith("no Kafka answers at 127.0.0.1:9: start it")


def test_down_where_nothing_runs_is_fine(tmp_path: Path) -> None:
    answer = techdock(tmp_path, "down")
    assert (answer.returncode, answer.stdout) == (0, "nothing is running here\n")


def test_our_own_help_tells_the_exit_codes(tmp_path: Path) -> None:
    answer = techdock(tmp_path, "status", "--help")
    assert answer.returncode == 0
    assert "--json" in answer.stdout
    assert "2 misconfigured" in techdock(tmp_path, "--help").stdout


def test_an_unknown_option_is_a_usage_error(tmp_path: Path) -> None:
    assert techdock(tmp_path, "status", "--nonsense").returncode == 2


def test_schemas_are_registered_nowhere_unless_a_registry_is_named(tmp_path: Path) -> None:
    answer = techdock(tmp_path, "schemas", "register", TECHDOCK_SCHEMA_REGISTRY_URL="")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "TECHDOCK_SCHEMA_REGISTRY_URL is not set" in answer.stderr
    away = techdock(tmp_path, "schemas", "register", TECHDOCK_SCHEMA_REGISTRY_URL="http://127.0.0.1:9")
    assert away.returncode == 3
    assert "the schema registry does not answer" in away.stderr


def test_only_what_reads_or_writes_records_needs_to_know_a_registrys_ids(tmp_path: Path) -> None:
    away = {"TECHDOCK_SCHEMA_REGISTRY_URL": "http://127.0.0.1:9"}
    asked = techdock(tmp_path, "institution", "list", **away)
    assert (asked.returncode, asked.stdout) == (3, "")
    assert "start the registry at http://127.0.0.1:9" in asked.stderr
    assert techdock(tmp_path, "institution", "list", "--help", **away).returncode == 0
    assert techdock(tmp_path, "down", **away).returncode == 0
    assert "nothing is running here" in techdock(tmp_path, "status", **away).stderr
