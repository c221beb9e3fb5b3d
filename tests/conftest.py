"""What all floors share: one embedded broker and database for the tests that do not harm them."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from infra.broker.rehearsal import rehearse
from infra.home import Endpoints
from infra.terminal import PlainSteps
from tests import order
from tests.started import started

HERE = Path(__file__).parent
ROOT = HERE.parent

# The brokers of tests live for a minute: what Java compiles best, it compiles too late for them.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Reports go from one process to another as UTF-8, which what tests print and log need not be."""
    return _as_utf8((yield))


def _as_utf8(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {_as_utf8(key): _as_utf8(one) for key, one in value.items()}
        case list() | tuple():
            return [_as_utf8(one) for one in value]
    return value


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the files, floors are mixed; each process has to find the same order."""
    if hasattr(config, "workerinput"):
        places = order.places(list(dict.fromkeys(item.path.relative_to(HERE) for item in items)))
        items.sort(key=lambda item: places[item.path.relative_to(HERE)])


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where Kafka's jars are: fetched once, and shared with the TechDock of this checkout.

    Beside them is what lets Java start Kafka quickly, for tests start it some fifty times.
    """
    folder = Path(os.environ.get("TECHDOCK_ARTEFACTS") or ROOT / ".techdock" / "artefacts")
    rehearse(folder, PlainSteps(Console(stderr=True)))
    return folder


@pytest.fixture(scope="session")
def endpoints(artefacts: Path) -> Iterator[Endpoints]:
    """One broker and one database that all tests share which do not harm them."""
    with started(artefacts) as found:
        yield found


@pytest.fixture(scope="session")
def bootstrap(endpoints: Endpoints) -> str:
    """The address of the shared broker."""
    return endpoints.bootstrap
