"""Migrations make the tables that the code speaks of, on every database."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from consumers import migrations, tables


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_types_are_the_same_to_the_database(engine: Engine) -> None:
    """Alembic compares kinds of types; this compares what the database was told."""
    inspector = inspect(engine)
    for table in tables.metadata.sorted_tables:
        made = {column["name"]: column for column in inspector.get_columns(table.name)}
        for column in table.columns:
            wanted = column.type.compile(engine.dialect)
            assert made[column.name]["type"].compile(engine.dialect) == wanted, f"{table.name}.{column.name}"
            assert made[column.name]["nullable"] == column.nullable, f"{table.name}.{column.name}"


def test_a_second_migration_changes_nothing(engine: Engine) -> None:
    assert migrations.migrate(engine) == migrations.newest() == migrations.present(engine)


def test_every_migration_can_be_taken_back(engine: Engine) -> None:
    from alembic import command

    with engine.begin() as connection:
        command.downgrade(migrations.config(connection), "base")
    try:
        assert migrations.present(engine) is None
        assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    finally:
        migrations.migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM matches")).scalar_one() == 0
