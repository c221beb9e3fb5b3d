"""A schema registry for the tests that need one: real, and started once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import schema_ids
from infra.home import Home
from infra.settings import Settings
from schemas.framing import Framing
from tests.broker.apicurio import Apicurio


@pytest.fixture(scope="session")
def apicurio(artefacts: Path) -> Iterator[Apicurio]:
    """A registry that all tests share; who kills it brings it back."""
    with tempfile.TemporaryDirectory(prefix="techdock-") as folder:
        made = Apicurio(Home(Path(folder)), artefacts)
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="session")
def registered(apicurio: Apicurio, artefacts: Path) -> Framing:
    """How records are written with the ids that this registry has given our schemas."""
    return schema_ids.found(Settings(apicurio.place.root, artefacts), apicurio.url)
