"""One database of each kind, migrated once; every test finds it empty."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, make_url, text

from consumers import database, migrations
from consumers.store import Store

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session", params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database that holds nothing."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'techdock.db'}"
        return
    server = make_url(request.getfixturevalue("endpoints").database_url)
    name = f"contract_{uuid.uuid4().hex[:8]}"
    admin = database.engine(server.render_as_string(hide_password=False)).execution_options(
        isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def migrated(empty_url: str) -> Iterator[Engine]:
    engine = database.engine(empty_url)
    migrations.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(migrated: Engine) -> Engine:
    Store(migrated).clear()
    return migrated


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)
