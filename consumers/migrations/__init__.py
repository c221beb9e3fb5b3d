"""The read model's tables, version by version; ``python -m consumers migrate`` brings a database to the newest."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from consumers.database import answering

#: Two processes that migrate at once wait for each other under this number (PostgreSQL's advisory locks).
_LOCK = 7_430_218_115


def migrate(engine: Engine) -> str:
    """Brings the database to the newest version, in one transaction; returns that version.

    Raises ``Unavailable`` where the database does not answer.
    """
    with answering(), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        command.upgrade(config(connection), "head")
    return newest()


def newest() -> str:
    """The version that this release needs."""
    return str(ScriptDirectory.from_config(config(None)).get_current_head())


def present(engine: Engine) -> str | None:
    """The version that the database has; ``None`` where it was never migrated."""
    with answering(), engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def config(connection: Connection | None) -> Config:
    """Alembic's configuration; there is no ``alembic.ini`` to ship or to find."""
    made = Config()
    made.set_main_option("script_location", "consumers:migrations")
    made.attributes["connection"] = connection
    return made
