"""An embedded broker for these tests, and homes of their own for those that kill it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from infra.home import Endpoints, Home
from infra.settings import Settings
from infra.supervisor import infrastructure
from infra.terminal import PlainSteps

Until = Callable[[Callable[[], bool]], None]
ROOT = Path(__file__).parents[3]
#: Kafka's jars are fetched once for all tests, and shared with the TechDock of this checkout.
ARTEFACTS = Path(os.environ.get("TECHDOCK_ARTEFACTS") or ROOT / ".techdock" / "artefacts")


@pytest.fixture
def until() -> Until:
    """Waits for an outcome, a minute at most."""

    def wait(outcome: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not outcome():
            assert time.monotonic() < deadline, "it did not happen within a minute"
            time.sleep(0.02)

    return wait


@pytest.fixture
def place() -> Iterator[Home]:
    # Not in pytest's own folder: every session that starts closes that to PostgreSQL's account, ours already running.
    with tempfile.TemporaryDirectory(prefix="techdock-") as folder:
        yield Home(Path(folder))


@pytest.fixture
def settings(place: Home) -> Settings:
    return Settings(place.root, ARTEFACTS)


@pytest.fixture(scope="session")
def running() -> Iterator[Endpoints]:
    """One broker and one database that all tests share which do not harm them."""
    with tempfile.TemporaryDirectory(prefix="techdock-") as folder:
        settings = Settings(Path(folder), ARTEFACTS)
        with infrastructure(settings, PlainSteps(Console(stderr=True))) as endpoints:
            yield endpoints
