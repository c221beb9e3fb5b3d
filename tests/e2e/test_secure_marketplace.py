"""The whole marketplace on a secure broker: every process under a name of its own, and an institution under its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.security import access
from tests.e2e.conftest import TECHDOCK, System, until

_ROWS = "id,title,abstract\n1,hull cleaning robot,removes barnacles\n2,valve,for cold liquids\n"
_WANTED = "id,title,abstract\n1,hull cleaning,remove barnacles in port\n"


@pytest.fixture
def secure(tmp_path_factory: pytest.TempPathFactory, artefacts: Path) -> Iterator[System]:
    system = System(tmp_path_factory.mktemp("secure"), artefacts)
    try:
        system.run("up", "--secure", "--detach")
        yield system
    finally:
        system.run("down")


def _as_institution(system: System, name: str, password: str, tmp_path: Path) -> dict[str, str]:
    """The environment of an institution's own machine: an address, its password, and whom to trust."""
    file = tmp_path / "password"
    file.write_text(password, encoding="utf-8")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("TECHDOCK_")},
        "TECHDOCK_HOME": str(tmp_path / "elsewhere"),
        "TECHDOCK_BOOTSTRAP": system.bootstrap(),
        access.USERNAME: f"institution.{name}",
        access.PASSWORD_FILE: str(file),
        access.AUTHORITIES: str(system.home / "secrets" / access.BUNDLE),
    }


def test_facts_go_in_and_matches_come_out_though_everybody_is_asked_who_he_is(secure: System, tmp_path: Path) -> None:
    offers, wanted = tmp_path / "offers.csv", tmp_path / "wanted.csv"
    offers.write_text(_ROWS, encoding="utf-8")
    wanted.write_text(_WANTED, encoding="utf-8")
    secure.run("institution", "add", "dlut", "--name-en", "DUT", "--kind", "university")
    env = _as_institution(secure, "dlut", secure.run("security", "admit", "dlut"), tmp_path)

    asked = (TECHDOCK, "import", str(offers), "--as", "achievements", "--institution", "dlut", "--wait", "--json")
    done = subprocess.run(asked, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accepted"] == 2
    os.kill(secure.pid("matching-1"), signal.SIGKILL)
    secure.run("import", str(wanted), "--as", "demands", "--institution", "neusoft", "--wait")
    until(lambda: secure.attempt("status").returncode == 0, 120)

    report = secure.verified()
    assert report["differences"] == []
    assert report["checked"]["matches"] == 1
    secure.run("security", "plan")
    # Every right that a process turned out to need, it has: the broker tells of each one that it refused.
    told = (secure.home / "logs" / "broker-1.log").read_text(encoding="utf-8").splitlines()
    assert [line for line in told if "Denied" in line and f"User:{access.OURS}" in line] == []

    refused = subprocess.run(
        (TECHDOCK, "security", "admit", "mallory"), env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 2
    assert "only the operator" in refused.stderr
