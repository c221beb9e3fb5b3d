"""The store, over SQLite and PostgreSQL: what is written is read back, both or neither, and by one writer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from consumers import database, tables
from consumers.comparison import differences
from consumers.folding import Expected
from consumers.intake import Delivered
from consumers.rows import Change, Effects, change, quarantined
from consumers.store import Outrun, Place, Step, Store
from consumers.verification import snapshot
from schemas import codec
from schemas.errors import Misconfigured, Unavailable
from schemas.records import ClockAction, QuarantineAction, Record, Stage
from tests.unit.consumers import facts

PLACE = Place("techdock.matches.v1", 2)


def effects(*records: Record) -> Effects:
    made = Effects()
    for record in records:
        made.add(change(*codec.decode_fields(codec.encode(record))))
    return made


def rows(engine: Engine, table: str) -> list[Mapping[str, Any]]:
    with engine.connect() as connection:
        return [row._asdict() for row in connection.execute(select(tables.metadata.tables[table]))]


def test_an_achievement_comes_back_with_every_type_it_had(engine: Engine, store: Store) -> None:
    assert store.apply(effects(facts.achievement("a")), {}) == {"achievements": 1}
    (row,) = rows(engine, "achievements")
    said = facts.achievement("a")
    assert row["submission_id"] == said.submission_id
    assert row["registered_at"] == said.registered_at
    assert row["registered_at"].tzinfo is UTC
    assert row["price_amount"] == Decimal("1234567.89")
    assert isinstance(row["price_amount"], Decimal)
    assert row["valid_until"] == date(2030, 1, 2)
    assert row["zh"] == {"title": "甲醇制烯烃 1", "abstract": "摘要", "keywords": ["催化"]}
    assert (row["en"], row["territories"], row["withdrawn_at"]) == (None, [], None)


def test_the_largest_amount_keeps_its_last_cent(engine: Engine, store: Store) -> None:
    store.apply(effects(facts.deal("a", 1, Stage.IN_TALKS, "9999999999999999.99")), {})
    assert rows(engine, "deals")[0]["price_amount"] == Decimal("9999999999999999.99")


def test_the_same_batch_again_changes_nothing(engine: Engine, store: Store) -> None:
    told = effects(
        facts.achievement("a"), facts.demand("d"), facts.proposed("d", "a"), facts.deal("a", 1, Stage.CONTACTED)
    )
    store.apply(told, {})
    before = {name: rows(engine, name) for name in told.tables}
    store.apply(told, {})
    assert {name: rows(engine, name) for name in told.tables} == before


def test_a_withdrawal_in_a_later_batch_keeps_what_was_said(engine: Engine, store: Store) -> None:
    store.apply(effects(facts.demand("d")), {})
    store.apply(effects(facts.demand_withdrawn("d", 2)), {})
    (row,) = rows(engine, "demands")
    assert (row["version"], row["withdrawal_reason"]) == (2, "solved")
    assert row["en"]["title"] == "Catalyst wanted"


def test_a_match_is_revised_and_taken_away(engine: Engine, store: Store) -> None:
    store.apply(effects(facts.proposed("d", "a", 0.1), facts.proposed("d", "b", 0.2)), {})
    store.apply(effects(facts.revised("d", "a", 0.3), facts.match_withdrawn("d", "b")), {})
    (row,) = rows(engine, "matches")
    assert row["score"] == 0.3
    told = {"factor": "TERM", "detail": "催化", "contribution": 0.15, "in_title": 180, "in_keywords": 0}
    assert row["reasons"][0] == told


def test_positions_begin_at_nothing_and_move_with_their_effects(store: Store) -> None:
    assert store.positions({PLACE}) == {PLACE: 0}
    store.apply(effects(facts.proposed("d", "a")), {PLACE: Step(0, 17)})
    assert store.positions({PLACE, Place("other", 0)}) == {PLACE: 17, Place("other", 0): 0}


def test_a_second_writer_writes_nothing(engine: Engine, store: Store) -> None:
    store.positions({PLACE, Place("a", 0)})
    store.apply(Effects(), {PLACE: Step(0, 5)})
    with pytest.raises(Outrun):
        store.apply(effects(facts.proposed("d", "a")), {Place("a", 0): Step(0, 9), PLACE: Step(0, 5)})
    assert rows(engine, "matches") == []
    assert store.positions({Place("a", 0)}) == {Place("a", 0): 0}


def test_a_batch_that_fails_half_way_leaves_nothing(engine: Engine, store: Store) -> None:
    store.positions({PLACE})
    told = effects(facts.achievement("a"))
    told.add(Change("demands", ("x", "y"), {"institution_id": "x", "demand_id": "y", "version": None}))
    with pytest.raises(Exception, match="version"):
        store.apply(told, {PLACE: Step(0, 5)})
    assert rows(engine, "achievements") == []
    assert store.positions({PLACE}) == {PLACE: 0}


def test_cleared_everything_is_as_on_the_first_day(engine: Engine, store: Store) -> None:
    store.positions({PLACE})
    store.apply(effects(facts.achievement("a"), facts.demand("d")), {PLACE: Step(0, 5)})
    store.clear()
    assert all(rows(engine, table.name) == [] for table in (*tables.CONTENT, tables.positions))
    with pytest.raises(Outrun):
        store.apply(Effects(), {PLACE: Step(5, 6)})


def test_a_text_that_postgresql_cannot_hold_is_kept_visible(engine: Engine, store: Store) -> None:
    store.apply(effects(facts.refused(facts.submission("x"), subject="a\x00b\\u0000")), {})
    told = effects(facts.achievement("a", title="x\x00y \\u0000"))
    store.apply(told, {})
    assert rows(engine, "receipts")[0]["subject_id"] == "a␀b\\u0000"
    assert rows(engine, "achievements")[0]["zh"]["title"] == "x␀y \\u0000 1"


def test_a_megabyte_in_a_refused_submission_is_kept(engine: Engine, store: Store) -> None:
    store.apply(effects(facts.refused(facts.submission("x"), subject="长" * 300_000)), {})
    assert len(rows(engine, "receipts")[0]["subject_id"]) == 300_000


def test_quarantine_counts_what_lies_there(store: Store) -> None:
    told = Effects()
    told.add(quarantined((0, 1), [("techdock-topic", b"t"), ("techdock-timestamp", b"1700000000123")]))
    told.add(quarantined((0, 2), []))
    store.apply(told, {})
    assert store.quarantine_size() == 2


def test_quarantine_counts_what_is_open_in_whichever_order_record_and_act_are_read(store: Store) -> None:
    for offset, action in enumerate(QuarantineAction):
        store.apply(effects(facts.acted(offset, action)), {})
        told = Effects()
        told.add(quarantined((0, offset), [("techdock-topic", b"t"), ("techdock-offset", b"7")]))
        store.apply(told, {})
    # A repaired one is still to be replayed, and what an act of a later release means we do not know.
    assert store.quarantine_size() == 2


def test_a_database_that_is_gone_is_away_and_not_a_crash() -> None:
    for url in ("postgresql+psycopg://x@/x?host=/nowhere", "sqlite:////nowhere/at/all.db"):
        with pytest.raises(Unavailable):
            Store(database.engine(url)).positions({PLACE})


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(Misconfigured):
        database.engine("mysql://x@y/z")


def test_the_tables_agree_with_the_topics_until_someone_touches_them(engine: Engine, store: Store) -> None:
    story: list[Record] = [
        facts.achievement("a"), facts.achievement_withdrawn("a", 2), facts.demand("d"), facts.proposed("d", "a", 1 / 3),
        facts.revised("d", "a", 0.1 + 0.2), facts.proposed("d", "b"), facts.match_withdrawn("d", "b"),
        facts.deal("a", 1, Stage.IN_TALKS, "10.10"), facts.deal("b", 1, Stage.CONTACTED), facts.move_refused("a", 9),
        facts.move_held("b", 3), facts.move_held("b", 4), facts.move_released("b", 3), facts.deal_in_full("c", 4),
    facts.clock_fired("a", 2, ClockAction.REMIND), facts.clock_fired("a", 2, ClockAction.CLOSE),
        facts.accepted(facts.submission("x")), facts.refused(facts.submission("y"), subject="\x00"),
        *facts.DUPLICATES, *facts.WINDOWS, *facts.LEDGER, *facts.RECOGNITIONS,
    ]  # fmt: skip
    expected = Expected("quarantine")
    for offset, record in enumerate(story):
        expected.take(Delivered("t", 0, offset, codec.encode(record)))
    store.positions({PLACE})
    store.apply(effects(*story), {PLACE: Step(0, len(story))})
    found, standing = snapshot(engine)
    assert list(differences(expected, found)) == []
    assert standing == {PLACE: len(story)}
    with engine.begin() as connection:
        connection.execute(
            tables.deals.update().where(tables.deals.c.achievement_id == "a").values(price_amount=Decimal("10.11"))
        )
    (difference,) = differences(expected, snapshot(engine)[0])
    assert difference["topics_and_sql"] == {"price_amount": [Decimal("10.10"), Decimal("10.11")]}


def test_what_is_said_of_institutions_one_by_one_or_at_once_leaves_the_same_rows(store: Store, engine: Engine) -> None:
    found = []
    for batches in ([[event] for event in facts.INSTITUTIONS], [facts.INSTITUTIONS]):
        store.clear()
        for batch in batches:
            store.apply(effects(*batch), {})
        found.append((rows(engine, "institutions"), rows(engine, "delegations")))
    one_by_one, at_once = ([sorted(table, key=str) for table in each] for each in found)
    assert one_by_one == at_once
    assert {row["institution_id"] for row in at_once[0]} == {"broker", "neusoft", "office"}
    assert {row["to_institution_id"]: row["revoked_at"] for row in at_once[1]} == {"office": None, "broker": facts.DAY}


def test_of_two_closings_the_first_counts_also_in_another_batch(engine: Engine, store: Store) -> None:
    for record in facts.RECOGNITIONS:
        store.apply(effects(record), {})
    assert {row["season"]: row["closed_by"] for row in rows(engine, "recognitions")} == {
        "2026-Q1": "li", "2026-Q2": "li",
    }  # fmt: skip


def _seen(engine: Engine, question: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question))]


def _money(engine: Engine, amount: str) -> Decimal | int:
    """As a view gives it: SQLite has no decimals, and holds hundredths."""
    return int(Decimal(amount).scaleb(2)) if engine.dialect.name == "sqlite" else Decimal(amount)


def test_views_show_windows_by_stage_by_currency_and_by_why_deals_were_lost(engine: Engine, store: Store) -> None:
    store.apply(effects(facts.window(entered=2)), {})
    stages = (
        "SELECT value, stage, entered, departed, seconds_p50, seconds_p90 FROM pipeline_window_stages ORDER BY 3, 4"
    )
    assert _seen(engine, stages) == [
        ("210202", "ENDED", 2, 0, None, None),
        ("210202", "IN_TALKS", 2, 3, 86_400.0, 1 / 3),
    ]
    amounts = _seen(engine, "SELECT stage, currency, amount FROM pipeline_window_amounts ORDER BY currency")
    assert amounts == [
        ("IN_TALKS", "CNY", _money(engine, "7.10")), ("IN_TALKS", "EUR", _money(engine, "99999999999999.05")),
    ]  # fmt: skip
    lost = _seen(engine, "SELECT dimension, stage, cause, deals FROM pipeline_window_losses")
    assert lost == [("DISTRICT", "CONTACTED", "EXPIRED", 2)]


def test_views_show_the_ledger_by_entry_and_credit_by_party(engine: Engine, store: Store) -> None:
    store.apply(effects(*facts.LEDGER, facts.season_closed()), {})
    ledger = _seen(engine, "SELECT account, party, sum(amount) FROM ledger_entries GROUP BY 1, 2 ORDER BY 1")
    assert ledger == [
        ("INVENTOR", "王海涛", _money(engine, "-2.50")), ("RECEIVED", "dlut", _money(engine, "2.50")),
    ]  # fmt: skip
    (balance,) = _seen(engine, "SELECT sum(amount) FROM ledger_entries")
    assert balance == (0,)
    credit = _seen(engine, "SELECT season, party, role, mined, registered, points FROM recognition_credits")
    assert credit == [("2026-Q1", "dlut", "OWNER", 1, 5, 76)]
