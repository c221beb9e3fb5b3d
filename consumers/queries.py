"""What people and systems ask of the tables, as plain values that JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, case, collate, func, or_, select

from consumers.filters import MatchFilter
from consumers.tables import achievements, deals, demands, held_moves, matches
from schemas.records import Stage, by_field, reference

#: Stages in the order of the pipeline.
_ORDER = {stage.value: number for number, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class MatchQuestion:
    """Which live matches: ``demand`` and ``achievement`` are an id or ``institution/id``; ``institution`` is a side."""

    demand: str | None = None
    achievement: str | None = None
    institution: str | None = None
    limit: int | None = None


def is_known(connection: Connection, kind: str, ref: str) -> bool:
    """Whether an achievement or a demand (``kind``) of this id or ``institution/id`` was ever registered."""
    table = {"demand": demands, "achievement": achievements}[kind]
    question = select(1).where(_named(table, "institution_id", f"{kind}_id", ref)).limit(1)
    return connection.execute(question).first() is not None


def live_matches(
    connection: Connection, asked: MatchQuestion, wanted: MatchFilter | None = None
) -> list[dict[str, Any]]:
    """The live matches that were asked for, best first, with their reasons."""
    if wanted is None:
        return [_match(row) for row in connection.execute(_best_first(connection, asked).limit(asked.limit))]
    rows = connection.execute(_best_first(connection, asked))
    passing = (row for row in rows if wanted.lets_through(row._asdict()))
    return [_match(row) for row in islice(passing, asked.limit)]


def deal_list(connection: Connection, stage: str | None = None, institution: str | None = None) -> list[dict[str, Any]]:
    """Deals in the order of the pipeline, the latest moves first; ``institution`` is a party."""
    question = select(deals).where(*_deals_of(stage, institution))
    rows = connection.execute(question.order_by(deals.c.moved_at.desc(), deals.c.deal_id)).all()
    return [_deal(row) for row in sorted(rows, key=lambda row: _ORDER.get(row.stage, 0))]


def gaps(connection: Connection, institution: str | None = None) -> list[dict[str, Any]]:
    """Deals of which a move is missing: its number, and how many moves wait for it since when."""
    last = func.coalesce(func.max(deals.c.sequence), 0)
    pair = [held_moves.c[f"{side}_{part}"] for side in ("achievement", "demand") for part in ("institution_id", "id")]
    question = select(
        *pair, last.label("last"), func.count().label("moves"), func.min(held_moves.c.moved_at).label("since")
    ).select_from(held_moves.outerjoin(deals, deals.c.deal_id == held_moves.c.deal_id))
    if institution is not None:
        question = question.where(or_(pair[0] == institution, pair[2] == institution))
    return [
        {
            "achievement": reference(row.achievement_institution_id, row.achievement_id),
            "demand": reference(row.demand_institution_id, row.demand_id),
            "waits_for": row.last + 1,
            "moves_waiting": row.moves,
            "since": row.since.isoformat(),
        }
        for row in connection.execute(question.group_by(*pair).order_by(*pair))
    ]


def pipeline(connection: Connection, stage: str | None = None, institution: str | None = None) -> list[dict[str, Any]]:
    """Number of deals and sum of their latest terms in CNY, by stage that has any."""
    in_yuan = case((deals.c.price_currency == "CNY", deals.c.price_amount))
    question = select(deals.c.stage, func.count().label("deals"), func.sum(in_yuan).label("amount"))
    rows = connection.execute(question.where(*_deals_of(stage, institution)).group_by(deals.c.stage)).all()
    return [
        {"stage": row.stage, "deals": row.deals, "amount_cny": str(row.amount or Decimal("0.00"))}
        for row in sorted(rows, key=lambda row: _ORDER.get(row.stage, 0))
    ]


def _best_first(connection: Connection, asked: MatchQuestion) -> Select[Any]:
    columns = matches.c
    ref = columns.achievement_institution_id + "/" + columns.achievement_id
    other = columns.demand_institution_id + "/" + columns.demand_id
    if connection.dialect.name == "postgresql":
        # By code points, as everywhere else, whatever the database's language is.
        ref, other = collate(ref, "C"), collate(other, "C")
    return select(matches).where(*_asked(asked)).order_by(columns.score.desc(), ref, other)


def _asked(asked: MatchQuestion) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.demand is not None:
        conditions.append(_named(matches, "demand_institution_id", "demand_id", asked.demand))
    if asked.achievement is not None:
        conditions.append(_named(matches, "achievement_institution_id", "achievement_id", asked.achievement))
    if asked.institution is not None:
        sides = (matches.c.demand_institution_id, matches.c.achievement_institution_id)
        conditions.append(or_(*(side == asked.institution for side in sides)))
    return conditions


def _deals_of(stage: str | None, institution: str | None) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [] if stage is None else [deals.c.stage == stage]
    if institution is not None:
        sides = (deals.c.demand_institution_id, deals.c.achievement_institution_id)
        conditions.append(or_(*(side == institution for side in sides)))
    return conditions


def _named(table: Table, institution: str, local: str, ref: str) -> ColumnElement[bool]:
    """Rows that ``ref`` names: ids may hold a slash, so it may be an id as well as ``institution/id``."""
    head, slash, tail = ref.partition("/")
    as_id = table.c[local] == ref
    return or_(as_id, and_(table.c[institution] == head, table.c[local] == tail)) if slash else as_id


def _match(row: Row[Any]) -> dict[str, Any]:
    return {
        "demand_id": row.demand_id,
        "achievement_id": row.achievement_id,
        "score": row.score,
        "reasons": [_reason(reason) for reason in row.reasons],
        "demand_institution_id": row.demand_institution_id,
        "achievement_institution_id": row.achievement_institution_id,
        "demand_title": row.demand_title,
        "achievement_title": row.achievement_title,
        "demand_version": row.demand_version,
        "achievement_version": row.achievement_version,
        "model_version": row.model_version,
        "caused_at": row.caused_at.isoformat(),
    }


def _reason(reason: Mapping[str, Any]) -> dict[str, Any]:
    # A row of an earlier release tells no fields.
    told = {"in_title": -1, "in_keywords": -1, **reason}
    return {**told, "fields": by_field(told["contribution"], told["in_title"], told["in_keywords"])}


def _deal(row: Row[Any]) -> dict[str, Any]:
    return {
        "deal_id": str(row.deal_id),
        "stage": row.stage,
        "achievement": reference(row.achievement_institution_id, row.achievement_id),
        "demand": reference(row.demand_institution_id, row.demand_id),
        "last_move": row.move,
        "moved_by": row.moved_by,
        "moved_at": row.moved_at.isoformat(),
        "sequence": row.sequence,
        "mode": row.mode,
        "amount": None if row.price_amount is None else str(row.price_amount),
        "currency": row.price_currency,
        "terms_version": row.terms_version,
        "owner_confirmed": row.owner_confirmed,
        "enterprise_confirmed": row.enterprise_confirmed,
        "owner_broker": row.owner_broker,
        "enterprise_broker": row.enterprise_broker,
        "is_certified": row.contract_number is not None and row.certified_version == row.contract_version,
        "end_cause": row.end_cause,
        "reason": row.reason,
    }
