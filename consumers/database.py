"""The read model's database: the engine, and its errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import InterfaceError, OperationalError

from consumers.column_types import as_json
from schemas.errors import Misconfigured, Unavailable

_SECONDS_TO_CONNECT = 5
_SECONDS_FOR_A_LOCK = 10


def engine(url: str) -> Engine:
    """An engine for PostgreSQL or SQLite; connects to nothing yet.

    Raises ``Misconfigured`` for any other database.
    """
    if url.startswith("sqlite"):
        made = create_engine(url, json_serializer=as_json, connect_args={"timeout": _SECONDS_FOR_A_LOCK})
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin)
        return made
    if url.startswith("postgresql"):
        options = {"connect_timeout": _SECONDS_TO_CONNECT, "options": "-c timezone=UTC"}
        return create_engine(url, json_serializer=as_json, pool_pre_ping=True, connect_args=options)
    raise Misconfigured(["TECHDOCK_DATABASE_URL: the read model lives in PostgreSQL or SQLite"])


@contextmanager
def answering() -> Iterator[None]:
    """Around every use of the database: one that does not answer raises ``Unavailable``."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise Unavailable(f"the database does not answer: {str(error.orig).strip()}") from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's driver opens transactions late and closes them on its own; we say BEGIN ourselves.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")
