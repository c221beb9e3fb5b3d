"""A table in an institution's own database, in which its system leaves what it wants to submit.

The system writes a row in the same transaction as the fact itself; the relay takes it from there. Columns:

===============  ============================================================================================
``id``           a growing number
``record``       what the row is: ``AchievementRegistered`` or another submission
``body``         the submission as JSON, as in ``schemas/examples``
``submission_id``  filled in when the row is published, unless the body has one
``published_at``   empty until Kafka has the row
``error``        why the row cannot be published; empty it once the row is repaired
``receipt``      the receipt as JSON, where there is such a column
===============  ============================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import LONGTEXT
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from schemas.errors import Misconfigured, Unavailable
from schemas.faults import shown

_NEEDED = ("id", "record", "body", "submission_id", "published_at", "error")
#: PostgreSQL knows the moment in which each row was committed, where it is told to.
_COMMITTED = sa.text("pg_xact_commit_timestamp(xmin) NULLS FIRST")
#: Names of parameters; none that a column may have.
_ROW, _NAME, _TOLD = "b_techdock_row", "b_techdock_name", "b_techdock_told"
#: Characters of an error that are kept.
_LONGEST_ERROR = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that is not published yet."""

    id: int
    record: str
    body: str


class Batch:
    """Rows that nobody else takes while this lasts; what is marked counts from the end of the batch on."""

    def __init__(self, connection: sa.Connection, table: sa.Table, entries: Sequence[Entry]) -> None:
        self._connection = connection
        self._table = table
        self.entries = entries

    def published(self, names: Mapping[int, UUID], now: datetime) -> None:
        """Kafka has these rows, under these submission ids."""
        if names:
            changed = {"submission_id": sa.bindparam(_NAME), "published_at": now}
            rows = [{_ROW: row, _NAME: str(name)} for row, name in names.items()]
            self._connection.execute(self._one().values(changed), rows)

    def broken(self, why: Mapping[int, str]) -> None:
        """These rows cannot be published as they are."""
        if why:
            rows = [{_ROW: row, _TOLD: shown(text, _LONGEST_ERROR)} for row, text in why.items()]
            self._connection.execute(self._one().values(error=sa.bindparam(_TOLD)), rows)

    def _one(self) -> sa.Update:
        return self._table.update().where(self._table.c.id == sa.bindparam(_ROW))


class Outbox:
    """The table as the relay sees it. Raises ``Unavailable`` when the database is away."""

    def __init__(self, url: str, table: str) -> None:
        """Raises ``Misconfigured`` where there is no such table, or where it lacks columns."""
        self._engine = _engine(url)
        self._table = self._found(table)
        self.tells_receipts = "receipt" in self._table.c
        self._order = self._in_order()

    def _found(self, name: str) -> sa.Table:
        with _reached():
            try:
                table = sa.Table(name, sa.MetaData(), autoload_with=self._engine)
            except NoSuchTableError as error:
                raise Misconfigured([f"there is no table {name}: make it, or let --create make it"]) from error
        if missing := [column for column in _NEEDED if column not in table.c]:
            raise Misconfigured([f"table {name} has no column {column}" for column in missing])
        return table

    def _in_order(self) -> list[Any]:
        if self._engine.dialect.name == "postgresql":
            with _reached(), self._engine.connect() as connection:
                if connection.execute(sa.text("SHOW track_commit_timestamp")).scalar() == "on":
                    return [_COMMITTED, self._table.c.id]
        return [self._table.c.id]

    @contextmanager
    def batch(self, most: int) -> Iterator[Batch]:
        """The first rows that are not published, in the order in which they were committed.

        Another relay on the same table waits meanwhile. After an error nothing is marked.
        """
        columns = self._table.c
        asked = (
            sa.select(columns.id, columns.record, columns.body)
            .where(columns.published_at.is_(None), columns.error.is_(None))
            .order_by(*self._order)
            .limit(most)
            .with_for_update()
        )
        with _reached(), self._engine.begin() as connection:
            rows = [Entry(row.id, str(row.record), _text(row.body)) for row in connection.execute(asked)]
            yield Batch(connection, self._table, rows)

    def waiting(self) -> int:
        """How many published rows have no receipt yet."""
        columns = self._table.c
        asked = sa.select(sa.func.count()).where(
            columns.published_at.is_not(None), columns.submission_id.is_not(None), columns.receipt.is_(None)
        )
        with _reached(), self._engine.connect() as connection:
            return int(connection.execute(asked).scalar() or 0)

    def answered(self, receipts: Mapping[UUID, str]) -> None:
        """The receipts of submissions, for every row that was published under their id and has none yet."""
        if receipts:
            columns = self._table.c
            change = self._table.update().where(columns.submission_id == sa.bindparam(_NAME), columns.receipt.is_(None))
            rows = [{_NAME: str(name), _TOLD: text} for name, text in receipts.items()]
            with _reached(), self._engine.begin() as connection:
                connection.execute(change.values(receipt=sa.bindparam(_TOLD)), rows)

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()


def create(url: str, name: str) -> None:
    """Makes the table where there is none."""
    engine = _engine(url)
    # SQLite counts its rows by themselves only where their number is an INTEGER.
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    table = sa.Table(
        name, sa.MetaData(),
        sa.Column("id", number, primary_key=True, autoincrement=True),
        sa.Column("record", sa.String(64), nullable=False),
        sa.Column("body", sa.Text().with_variant(LONGTEXT(), "mysql"), nullable=False),
        sa.Column("submission_id", sa.String(36), index=True),
        sa.Column("published_at", sa.DateTime(timezone=True), index=True),
        sa.Column("error", sa.Text),
        sa.Column("receipt", sa.Text),
    )  # fmt: skip
    with _reached():
        table.create(engine, checkfirst=True)
    engine.dispose()


_DRIVERS = {
    "postgresql://": "postgresql+psycopg://", "postgres://": "postgresql+psycopg://",
    "mysql://": "mysql+pymysql://", "mariadb://": "mariadb+pymysql://",
}  # fmt: skip


def _engine(url: str) -> sa.Engine:
    # The drivers that come with us, where the address names none.
    for plain, full in _DRIVERS.items():
        url = full + url.removeprefix(plain) if url.startswith(plain) else url
    # Read committed: on MySQL a stricter level would lock the gaps into which the institution inserts its next rows.
    level = {} if url.startswith("sqlite") else {"isolation_level": "READ COMMITTED"}
    try:
        return sa.create_engine(url, pool_pre_ping=True, **level)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        example = "postgresql://user@host/base, mysql://user@host/base or sqlite:///file.db"
        raise Misconfigured([f"--database: no database address ({error}); give {example}"]) from error


def _text(body: Any) -> str:
    # A column of the type JSON gives its value already read.
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise Unavailable(f"the database does not answer as it should: {error}") from error
