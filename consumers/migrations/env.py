"""What Alembic runs for each command: the connection comes from whoever gave it."""

from __future__ import annotations

from alembic import context

from consumers.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
