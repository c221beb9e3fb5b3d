"""A broker and a database for the tests of one file that read whole topics; on the shared ones others write, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.home import Endpoints
from tests.started import started


@pytest.fixture(scope="module")
def endpoints(artefacts: Path) -> Iterator[Endpoints]:
    """Where they are."""
    with started(artefacts) as found:
        yield found


@pytest.fixture(scope="module")
def bootstrap(endpoints: Endpoints) -> str:
    """The broker's address."""
    return endpoints.bootstrap
