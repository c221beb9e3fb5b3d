"""As whom a process speaks to Kafka, by what its environment says and the home it can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.security import access, secrets
from infra.security.access import Login, login
from schemas.errors import Misconfigured

HERE = "127.0.0.1:9092"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose secure cluster has three nodes."""
    folder = tmp_path / "secrets"
    secrets.write(folder / access.CLUSTER, json.dumps({"bootstrap": f"{HERE},127.0.0.1:9093"}))
    secrets.write(access.password_file(folder, access.OPERATOR), "all-powerful\n")
    return tmp_path


def test_nobody_is_asked_in_the_plain(tmp_path: Path) -> None:
    assert login(HERE, {"TECHDOCK_HOME": str(tmp_path)}) is None


def test_whoever_can_read_the_secrets_of_a_home_is_the_operator_of_its_cluster(home: Path) -> None:
    known = login(HERE, {"TECHDOCK_HOME": str(home)})

    assert known == Login(access.OPERATOR, "all-powerful", home / "secrets" / access.BUNDLE)


def test_the_operators_password_is_shown_to_no_other_cluster(home: Path) -> None:
    assert login("kafka.example.org:9092", {"TECHDOCK_HOME": str(home)}) is None
    assert login(f"{HERE},kafka.example.org:9092", {"TECHDOCK_HOME": str(home)}) is None


def test_the_environment_names_a_principal_before_the_home_does(home: Path, tmp_path: Path) -> None:
    secrets.write(tmp_path / "password", "theirs\n")
    env = {"TECHDOCK_HOME": str(home), access.USERNAME: "institution.dlut"}
    named = {**env, access.PASSWORD_FILE: str(tmp_path / "password")}

    assert login(HERE, named) == Login("institution.dlut", "theirs", None)
    assert login(HERE, {**named, access.AUTHORITIES: "/etc/ca.pem"}) == Login(
        "institution.dlut", "theirs", Path("/etc/ca.pem")
    )


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({access.USERNAME: "institution.dlut"}, access.PASSWORD_FILE),
        ({access.PASSWORD_FILE: "/somewhere"}, access.USERNAME),
        ({"TECHDOCK_SECURITY": "sasl_ssl", "TECHDOCK_BOOTSTRAP": HERE}, access.USERNAME),
        ({access.USERNAME: "a", access.PASSWORD_FILE: "/nowhere/password"}, "/nowhere/password"),
    ],
)
def test_what_is_missing_is_named(env: dict[str, str], missing: str) -> None:
    with pytest.raises(Misconfigured, match=f"^{missing}"):
        login(HERE, env)


def test_a_child_is_told_of_the_password_that_its_home_has_for_it(home: Path) -> None:
    folder = home / "secrets"
    secrets.write(access.password_file(folder, "techdock.web"), "webs")

    assert login(HERE, access.environment(folder, "techdock.web")) == Login("techdock.web", "webs", None)
    assert access.environment(folder, "techdock.deals") == {}


def test_a_login_does_not_show_its_password() -> None:
    assert "secret" not in repr(Login("techdock.web", "secret", None))


def test_authorities_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="TECHDOCK_KAFKA_CA"):
        Login("a", "b", tmp_path / "none.pem").trust()
