"""Other commands find what runs here, or are told how to start it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from infra import home, runfiles
from infra.home import Endpoints, Home
from infra.runfiles import Record
from infra.settings import Settings
from schemas.errors import Misconfigured

RUNNING = Endpoints("127.0.0.1:1", "postgresql+psycopg://here", "http://127.0.0.1:2")


def settings(place: Home, **environment: str) -> Settings:
    return Settings.from_env({"TECHDOCK_HOME": str(place.root), **environment})


def supervised(place: Home, began: str | None = None) -> None:
    home.publish(place.endpoints, RUNNING.as_json())
    started = began or runfiles.started(os.getpid()) or ""
    runfiles.write(place.run, Record(home.SUPERVISOR, os.getpid(), started, ()))


def test_what_runs_is_found(place: Home) -> None:
    supervised(place)
    assert home.endpoints(settings(place)) == RUNNING


def test_what_a_home_says_of_itself_is_for_its_owner_alone(place: Home) -> None:
    supervised(place)
    assert place.endpoints.stat().st_mode & 0o777 == 0o600


def test_nothing_running_is_said_with_the_next_step(place: Home) -> None:
    with pytest.raises(Misconfigured, match=r"^nothing is running here: start it with `techdock up`$"):
        home.endpoints(settings(place))


def test_what_a_killed_supervisor_wrote_counts_as_nothing(place: Home) -> None:
    supervised(place, began="1")
    with pytest.raises(Misconfigured, match="nothing is running here"):
        home.endpoints(settings(place))


def test_the_environment_comes_first(place: Home) -> None:
    given = {"TECHDOCK_BOOTSTRAP": "kafka:9092", "TECHDOCK_DATABASE_URL": "sqlite://"}
    assert home.endpoints(settings(place, **given)) == Endpoints("kafka:9092", "sqlite://", None)
    supervised(place)
    assert home.endpoints(settings(place, TECHDOCK_BOOTSTRAP="kafka:9092")).bootstrap == "kafka:9092"


def test_the_schema_registry_is_the_one_that_is_named_or_else_the_one_that_runs_here(place: Home) -> None:
    ours = replace(RUNNING, schema_registry_url="http://127.0.0.1:3")
    supervised(place)
    assert home.registry_url(settings(place)) is None
    home.publish(place.endpoints, ours.as_json())
    assert home.registry_url(settings(place)) == "http://127.0.0.1:3"
    assert home.endpoints(settings(place)) == ours
    assert home.registry_url(settings(place, TECHDOCK_SCHEMA_REGISTRY_URL="http://theirs")) == "http://theirs"


def test_a_home_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match=r"^TECHDOCK_HOME: cannot write to "):
        Home(tmp_path / "file" / "below").make()
