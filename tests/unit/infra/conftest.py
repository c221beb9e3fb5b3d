"""Waiting for outcomes, and processes to play with."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.home import Home

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def until() -> Until:
    """Waits for an outcome, ten seconds at most."""

    def wait(outcome: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not outcome():
            assert time.monotonic() < deadline, "it did not happen within 10 s"
            time.sleep(0.01)

    return wait


@pytest.fixture
def place(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home
