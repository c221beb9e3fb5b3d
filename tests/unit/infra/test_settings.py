"""What the environment may say, and what is said back when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import Settings
from schemas.errors import Misconfigured


def test_an_empty_environment_is_a_home_of_its_own_in_the_current_folder() -> None:
    settings = Settings.from_env({})
    assert settings.home == Path.cwd() / ".techdock"
    assert settings.artefacts == settings.home / "artefacts"
    assert (settings.bootstrap, settings.database_url, settings.metrics_port) == (None, None, 0)
    assert settings.process_name == "techdock"


def test_empty_variables_count_as_unset() -> None:
    assert Settings.from_env({"TECHDOCK_HOME": "", "TECHDOCK_BOOTSTRAP": "", "TECHDOCK_WEB_PORT": ""}) == (
        Settings.from_env({})
    )


def test_every_variable_is_read(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {
            "TECHDOCK_HOME": str(tmp_path),
            "TECHDOCK_ARTEFACTS": str(tmp_path / "jars"),
            "TECHDOCK_BOOTSTRAP": "a:9092,[::1]:9093",
            "TECHDOCK_DATABASE_URL": "postgresql://me@db/techdock",
            "TECHDOCK_PROCESS_NAME": "admission-1",
            "TECHDOCK_METRICS_PORT": "9100",
            "TECHDOCK_WEB_PORT": "8080",
            "TECHDOCK_BROKER_PORT": "9092",
            "TECHDOCK_SCHEMA_REGISTRY_URL": "https://registry",
            "TECHDOCK_WIRE_FORMAT": "single-object",
        }
    )
    assert settings == Settings(
        tmp_path,
        tmp_path / "jars",
        "a:9092,[::1]:9093",
        "postgresql+psycopg://me@db/techdock",
        "admission-1",
        9100,
        8080,
        9092,
        "https://registry",
        "single-object",
    )


def test_all_problems_are_told_at_once_and_a_password_is_not() -> None:
    with pytest.raises(Misconfigured) as caught:
        Settings.from_env(
            {
                "TECHDOCK_BOOTSTRAP": "nowhere",
                "TECHDOCK_DATABASE_URL": "mysql://me:secret@db",
                "TECHDOCK_METRICS_PORT": "65536",
                "TECHDOCK_WEB_PORT": "-1",
                "TECHDOCK_BROKER_PORT": "²",
                "TECHDOCK_SCHEMA_REGISTRY_URL": "registry",
                "TECHDOCK_WIRE_FORMAT": "avro",
            }
        )
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "TECHDOCK_BOOTSTRAP",
        "TECHDOCK_DATABASE_URL",
        "TECHDOCK_METRICS_PORT",
        "TECHDOCK_WEB_PORT",
        "TECHDOCK_BROKER_PORT",
        "TECHDOCK_SCHEMA_REGISTRY_URL",
        "TECHDOCK_WIRE_FORMAT",
    ]
    assert "secret" not in str(caught.value)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(Misconfigured, match="is a file"):
        Settings.from_env({"TECHDOCK_HOME": str(file)})


def test_the_intake_listens_on_this_machine_unless_it_is_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "one.pem").write_text("", encoding="utf-8")
    named = {f"TECHDOCK_INTAKE_{name}": str(tmp_path / "one.pem") for name in ("CERTIFICATE", "KEY")}
    assert Settings.from_env({}).intake_host == "127.0.0.1"
    settings = Settings.from_env({**named, "TECHDOCK_INTAKE_HOST": "::", "TECHDOCK_INTAKE_PORT": "8443"})
    assert (settings.intake_host, settings.intake_port) == ("::", 8443)
    assert settings.intake_certificate == settings.intake_key == tmp_path / "one.pem"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"TECHDOCK_INTAKE_HOST": "intake.example.org"}, "is no IP address"),
        (
            {"TECHDOCK_INTAKE_CERTIFICATE": "/nowhere/a.pem", "TECHDOCK_INTAKE_KEY": "/nowhere/b.pem"},
            "there is no file",
        ),
        ({"TECHDOCK_INTAKE_KEY": __file__}, "go together"),
    ],
)
def test_what_is_wrong_about_the_intake_is_told(given: dict[str, str], told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        Settings.from_env(given)
