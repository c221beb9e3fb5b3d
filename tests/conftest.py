"""What all floors share: one embedded broker and database for the tests that do not harm them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.home import Endpoints
from tests.started import started

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where Kafka's jars are: fetched once, and shared with the TechDock of this checkout."""
    return Path(os.environ.get("TECHDOCK_ARTEFACTS") or ROOT / ".techdock" / "artefacts")


@pytest.fixture(scope="session")
def endpoints(artefacts: Path) -> Iterator[Endpoints]:
    """One broker and one database that all tests share which do not harm them."""
    with started(artefacts) as found:
        yield found


@pytest.fixture(scope="session")
def bootstrap(endpoints: Endpoints) -> str:
    """The address of the shared broker."""
    return endpoints.bootstrap
