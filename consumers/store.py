"""Effects into SQL: rows and the positions that caused them in one transaction, guarded against a second writer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Delete, Engine, Insert, and_, bindparam, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_into_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_into_sqlite

from consumers import tables
from consumers.database import answering
from consumers.rows import Effects, Key, Values
from schemas.records import QuarantineAction


class Place(NamedTuple):
    """A partition of a topic; equal to the tuple that Kafka's client uses."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Step:
    """From where to where a partition's position moves with a batch."""

    before: int
    after: int


class Outrun(Exception):
    """A position is not where we left it: someone else goes on from there, or it was reset. Nothing was written."""


class Store:
    """The tables, for one writer at a time in each partition."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def positions(self, places: Collection[Place]) -> dict[Place, int]:
        """The next offset of each place, beginning at 0. Raises ``Unavailable``."""
        with answering(), self._engine.begin() as connection:
            new = [{"topic": place.topic, "partition": place.partition, "next_offset": 0} for place in sorted(places)]
            if new:
                connection.execute(_insert(self._engine.dialect.name, "positions").on_conflict_do_nothing(), new)
            rows = connection.execute(select(tables.positions))
            found = {Place(row.topic, row.partition): row.next_offset for row in rows}
        return {place: found[place] for place in places}

    def apply(self, effects: Effects, steps: Mapping[Place, Step]) -> Mapping[str, int]:
        """Writes effects and positions, both or neither; returns rows written and taken away, by table.

        Raises ``Outrun`` or ``Unavailable``.
        """
        with answering(), self._engine.begin() as connection:
            # Positions first: a second writer waits here, and then finds that it was outrun.
            for place, step in sorted(steps.items()):
                moved = connection.execute(
                    _MOVE, {"t": place.topic, "p": place.partition, "old": step.before, "new": step.after}
                )
                if moved.rowcount != 1:
                    raise Outrun(f"{place.topic}[{place.partition}] is not at {step.before}")
            return {name: self._write(connection, name, rows) for name, rows in effects.tables.items()}

    def clear(self) -> None:
        """Empties all tables, positions first: a writer's batch under way ends before that, or finds itself outrun."""
        everything = (tables.positions, *tables.CONTENT)
        with answering(), self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execute(text(f"TRUNCATE {', '.join(table.name for table in everything)}"))
            else:
                for table in everything:
                    connection.execute(delete(table))

    def quarantine_size(self) -> int:
        """How many records in quarantine are open: neither replayed nor dropped. Raises ``Unavailable``."""
        last = tables.quarantine.c.last_act
        is_open = or_(last.is_(None), last.not_in(_CLOSING))
        with answering(), self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(tables.quarantine).where(is_open)).scalar_one()

    def _write(self, connection: Connection, name: str, rows: Mapping[Key, Values | None]) -> int:
        gone = [key for key, values in rows.items() if values is None]
        if gone:
            connection.execute(_delete(name), [_named(name, key) for key in gone])
        for columns, alike in _by_columns(rows.values()).items():
            connection.execute(_upsert(self._engine.dialect.name, name, columns), alike)
        return len(rows)


_CLOSING = (QuarantineAction.REPLAYED, QuarantineAction.DROPPED)
_MOVE = (
    update(tables.positions)
    .where(
        and_(
            tables.positions.c.topic == bindparam("t"),
            tables.positions.c.partition == bindparam("p"),
            tables.positions.c.next_offset == bindparam("old"),
        )
    )
    .values(next_offset=bindparam("new"))
)


def _by_columns(rows: Iterable[Values | None]) -> Mapping[tuple[str, ...], list[Values]]:
    """Rows that set the same columns go out in one statement."""
    alike: defaultdict[tuple[str, ...], list[Values]] = defaultdict(list)
    for values in rows:
        if values is not None:
            alike[tuple(sorted(values))].append(values)
    return alike


def _named(name: str, key: Key) -> Mapping[str, Any]:
    columns = tables.metadata.tables[name].primary_key.columns
    return {f"key_{column.name}": part for column, part in zip(columns, key, strict=True)}


def _insert(dialect: str, name: str) -> Any:
    made = insert_into_sqlite if dialect == "sqlite" else insert_into_postgresql
    return made(tables.metadata.tables[name])


@lru_cache(maxsize=64)
def _upsert(dialect: str, name: str, columns: tuple[str, ...]) -> Insert:
    keys = [column.name for column in tables.metadata.tables[name].primary_key.columns]
    statement = _insert(dialect, name)
    changed = {column: statement.excluded[column] for column in columns if column not in keys}
    if not changed or name in tables.FIRST_COUNTS:
        return cast(Insert, statement.on_conflict_do_nothing(index_elements=keys))
    upsert: Insert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    return upsert


@lru_cache(maxsize=64)
def _delete(name: str) -> Delete:
    table = tables.metadata.tables[name]
    return delete(table).where(*(column == bindparam(f"key_{column.name}") for column in table.primary_key.columns))
