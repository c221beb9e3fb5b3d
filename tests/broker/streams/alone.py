"""A broker and a database for the tests of one file that read whole topics; on the shared ones others write, too."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from infra.home import Endpoints
from infra.settings import Settings
from infra.supervisor import infrastructure
from infra.terminal import PlainSteps


@pytest.fixture(scope="module")
def endpoints(artefacts: Path) -> Iterator[Endpoints]:
    """Where they are."""
    steps = PlainSteps(Console(stderr=True))
    with (
        tempfile.TemporaryDirectory(prefix="techdock-") as folder,
        infrastructure(Settings(Path(folder), artefacts), steps) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def bootstrap(endpoints: Endpoints) -> str:
    """The broker's address."""
    return endpoints.bootstrap
