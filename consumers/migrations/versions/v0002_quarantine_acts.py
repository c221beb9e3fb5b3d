"""Quarantine tells when a record failed first, under which release, and what a person last did about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENTS = ("first_failure", "acted_at")
_WORDS = ("release", "last_act", "acted_by", "act_reason")


def upgrade() -> None:
    """Adds the columns."""
    for name in _MOMENTS:
        op.add_column("quarantine", sa.Column(name, sa.DateTime(timezone=True)))
    for name in _WORDS:
        op.add_column("quarantine", sa.Column(name, sa.Text))


def downgrade() -> None:
    """Takes them away."""
    for name in (*_MOMENTS, *_WORDS):
        op.drop_column("quarantine", name)
