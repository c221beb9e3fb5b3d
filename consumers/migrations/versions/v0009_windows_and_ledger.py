"""What happened in weeks and months, what payments gave to whom, who was credited: tables, and views of their parts.

Documents hold amounts as text. In the views they are numbers: on PostgreSQL in units of the currency, on SQLite, which
has no decimals, whole hundredths, as in the tables.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TABLES = ("pipeline_windows", "ledger_postings", "recognitions")


class _View(NamedTuple):
    """Each item of the list ``document`` in a row of its own, with ``columns`` of the row that it stands in."""

    name: str
    source: str
    columns: tuple[str, ...]
    document: str
    #: By kind of value, then by name; of a stage's ``left`` the column is called otherwise, for SQL has that word.
    items: tuple[tuple[str, str], ...]


_WINDOW = ("period", "begins_on", "dimension", "value")
_VIEWS = (
    _View(
        "pipeline_window_stages", "pipeline_windows", _WINDOW, "stages",
        (("text", "stage"), ("integer", "entered"), ("document", "amounts"), ("integer", "left"),
         ("real", "seconds_p50"), ("real", "seconds_p90")),
    ),
    _View(
        "pipeline_window_amounts", "pipeline_window_stages", (*_WINDOW, "stage"), "amounts",
        (("text", "currency"), ("amount", "amount")),
    ),
    _View(
        "pipeline_window_losses", "pipeline_windows", _WINDOW, "lost",
        (("text", "stage"), ("text", "cause"), ("integer", "deals")),
    ),
    _View(
        "ledger_entries", "ledger_postings",
        ("deal_id", "sequence", "payment_sequence", "is_reversal", "posted_at", "currency"), "entries",
        (("text", "account"), ("text", "party"), ("amount", "amount")),
    ),
    _View(
        "recognition_credits", "recognitions", ("season",), "entries",
        (("text", "party"), ("text", "role"), ("integer", "mined"), ("integer", "matched"), ("integer", "met"),
         ("integer", "closed"), ("integer", "registered"), ("integer", "points")),
    ),
)  # fmt: skip


def upgrade() -> None:
    """Makes the tables and views."""
    op.create_table(
        "pipeline_windows",
        _key("period", sa.Text), _key("begins_on", sa.Date), _key("dimension", sa.Text), _key("value", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False), sa.Column("won", sa.Integer, nullable=False),
        _document("lost"), _document("stages"),
    )  # fmt: skip
    op.create_table(
        "ledger_postings",
        _key("deal_id", sa.Uuid), _key("sequence", sa.Integer), _key("payment_sequence", sa.Integer),
        _key("is_reversal", sa.Boolean),
        *(_words(f"{side}_{part}") for side in ("achievement", "demand") for part in ("institution_id", "id")),
        _words("move"), sa.Column("contract_version", sa.Integer, nullable=False), _words("currency"),
        _document("entries"), _moment("posted_at"), sa.Column("submission_id", sa.Uuid, nullable=False),
    )  # fmt: skip
    op.create_table(
        "recognitions",
        _key("season", sa.Text), _moment("closed_at"), _words("closed_by"), _words("rules_version"),
        _document("positions"), _document("entries"),
    )  # fmt: skip
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for view in _VIEWS:
        op.execute(_on_postgresql(view) if is_postgresql else _on_sqlite(view))


def downgrade() -> None:
    """Drops them."""
    for view in reversed(_VIEWS):
        op.execute(f"DROP VIEW {view.name}")
    for table in _TABLES:
        op.drop_table(table)


def _on_postgresql(view: _View) -> str:
    of = {
        "text": "item->>'{0}'", "integer": "(item->>'{0}')::bigint", "real": "(item->>'{0}')::double precision",
        "amount": "(item->>'{0}')::numeric(24, 2)", "document": "item->'{0}'",
    }  # fmt: skip
    items = _listed(view, of)
    unfolded = f"{view.source}, jsonb_array_elements({view.document}) item"
    return f"CREATE VIEW {view.name} AS SELECT {items} FROM {unfolded}"  # noqa: S608 - all names are ours


def _on_sqlite(view: _View) -> str:
    plain = "json_extract(item.value, '$.{0}')"
    of = dict.fromkeys(("text", "integer", "real", "document"), plain)
    of["amount"] = f"CAST(replace({plain}, '.', '') AS INTEGER)"
    items = _listed(view, of)
    unfolded = f"{view.source}, json_each({view.document}) item"
    return f"CREATE VIEW {view.name} AS SELECT {items} FROM {unfolded}"  # noqa: S608 - all names are ours


def _listed(view: _View, of: dict[str, str]) -> str:
    columns = [f"{view.source}.{column}" for column in view.columns]
    named = {"left": "departed"}
    columns += [f"{of[kind].format(name)} AS {named.get(name, name)}" for kind, name in view.items]
    return ", ".join(columns)


def _key(name: str, of: type[sa.types.TypeEngine[Any]]) -> sa.Column[Any]:
    return sa.Column(name, of, primary_key=True, autoincrement=False)


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _document(name: str) -> sa.Column[object]:
    return sa.Column(name, _DOCUMENT, nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
