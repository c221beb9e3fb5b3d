"""Homes of their own for the tests that kill what runs in them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.home import Home
from infra.settings import Settings

Until = Callable[[Callable[[], bool]], None]


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
def settings(place: Home, artefacts: Path) -> Settings:
    return Settings(place.root, artefacts)
