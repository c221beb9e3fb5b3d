"""What people ask of the tables is answered alike on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from sqlalchemy import Engine

from consumers.filters import MatchFilter
from consumers.queries import MatchQuestion, deal_list, gaps, is_known, live_matches, pipeline
from consumers.store import Store
from consumers.tables import matches
from consumers.tellings import deal_table
from schemas.records import Record, Stage, deal_id
from tests.contract.consumers.test_store import effects
from tests.unit.consumers import facts


@pytest.fixture
def filled(engine: Engine, store: Store) -> Engine:
    told: list[Record] = [
        facts.demand("d"),
        facts.demand("d", institution="dmu"),
        facts.demand("x/y"),
        facts.achievement("a"),
    ]
    # "Z" comes before "a" by code points, and after it in most languages.
    told += [facts.proposed("d", name, score) for name, score in (("a", 0.5), ("Z", 0.5), ("b", 0.9), ("c", 0.1))]
    told += [facts.deal("a", 1, Stage.IN_TALKS, "10.10"), facts.deal("b", 1, Stage.IN_TALKS, "0.20")]
    told += [facts.deal("c", 1, Stage.IN_TALKS, "7.00", "EUR"), facts.deal("e", 1, Stage.CONTACTED)]
    store.apply(effects(*told), {})
    return engine


def test_matches_come_best_first_and_equal_ones_by_reference(filled: Engine) -> None:
    with filled.connect() as connection:
        found = live_matches(connection, MatchQuestion(demand="d"))
        assert [match["achievement_id"] for match in found] == ["b", "Z", "a", "c"]
        assert [m["achievement_id"] for m in live_matches(connection, MatchQuestion(demand="d", limit=2))] == ["b", "Z"]


def test_a_match_says_what_machines_rely_on(filled: Engine) -> None:
    with filled.connect() as connection:
        (match,) = live_matches(connection, MatchQuestion(achievement="dlut/b"))
    assert match["score"] == 0.9
    told = {"factor": "TERM", "detail": "催化", "contribution": 0.45, "in_title": 180, "in_keywords": 0}
    assert match["reasons"][0] == {**told, "fields": {"title": 0.3375, "abstract": 0.1125}}
    assert (match["demand_institution_id"], match["achievement_institution_id"]) == ("district-210202", "dlut")
    assert (match["demand_title"], match["achievement_title"], match["model_version"]) == (
        "需要催化剂",
        "甲醇制烯烃",
        "m1",
    )


def test_a_row_that_an_earlier_release_wrote_has_reasons_without_shares_of_fields(filled: Engine) -> None:
    with filled.begin() as connection:
        told = [{"factor": "TERM", "detail": "催化", "contribution": 0.9}]
        connection.execute(matches.update().where(matches.c.achievement_id == "b").values(reasons=told))
    with filled.connect() as connection:
        (match,) = live_matches(connection, MatchQuestion(achievement="dlut/b"))
    assert match["reasons"] == [{**told[0], "in_title": -1, "in_keywords": -1, "fields": {}}]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        (MatchQuestion(), 4),
        (MatchQuestion(demand="district-210202/d"), 4),
        (MatchQuestion(demand="dmu/d"), 0),
        (MatchQuestion(institution="dlut"), 4),
        (MatchQuestion(institution="dmu"), 0),
        (MatchQuestion(achievement="a"), 1),
        (MatchQuestion(demand="d' OR 1=1 --"), 0),
    ],
)
def test_matches_are_found_by_either_name_and_either_side(filled: Engine, asked: MatchQuestion, count: int) -> None:
    with filled.connect() as connection:
        assert len(live_matches(connection, asked)) == count


def test_the_conditions_of_the_stream_hold_for_the_list(filled: Engine) -> None:
    with filled.connect() as connection:
        found = live_matches(connection, MatchQuestion(limit=1), MatchFilter(("C26",), score_min=0.2))
        assert [match["achievement_id"] for match in found] == ["b"]
        assert live_matches(connection, MatchQuestion(), MatchFilter(("A",))) == []


def test_a_demand_is_known_by_its_id_or_with_its_institution(filled: Engine) -> None:
    with filled.connect() as connection:
        for ref in ("d", "dmu/d", "x/y", "district-210202/x/y"):
            assert is_known(connection, "demand", ref), ref
        for ref in ("dlut/d", "a", "", "x"):
            assert not is_known(connection, "demand", ref), ref
        assert is_known(connection, "achievement", "dlut/a")


def test_the_pipeline_sums_yuan_alone_in_the_order_of_the_stages(filled: Engine) -> None:
    with filled.connect() as connection:
        assert pipeline(connection) == [
            {"stage": "CONTACTED", "deals": 1, "amount_cny": "0.00"},
            {"stage": "IN_TALKS", "deals": 3, "amount_cny": "10.30"},
        ]
        # Deals that moved at the same moment come by their ids.
        by_id = sorted("abc", key=lambda name: deal_id(f"dlut/{name}", "district-210202/d").hex)
        assert [deal["achievement"] for deal in deal_list(connection)] == ["dlut/e", *(f"dlut/{n}" for n in by_id)]
        assert len(deal_list(connection, "IN_TALKS")) == 3
        assert deal_list(connection, institution="dmu") == []


def test_a_deal_says_who_is_appointed_and_whether_its_contract_is_certified(engine: Engine, store: Store) -> None:
    certified = facts.deal_in_full("a", 4)
    amended = replace(facts.deal_in_full("b", 5), contract_version=3)
    plain = facts.deal("c", 1, Stage.CONTACTED)
    store.apply(effects(certified, amended, plain), {})
    with engine.connect() as connection:
        told = {deal["achievement"]: deal for deal in deal_list(connection)}
    assert {ref: deal["is_certified"] for ref, deal in told.items()} == {
        "dlut/a": True, "dlut/b": False, "dlut/c": False,
    }  # fmt: skip
    brokers = [(told[ref]["owner_broker"], told[ref]["enterprise_broker"]) for ref in ("dlut/a", "dlut/c")]
    assert brokers == [("broker-1", "broker-2"), (None, None)]
    written = StringIO()
    Console(width=250, file=written).print(deal_table(told.values()))
    assert "ended, certified" in written.getvalue()
    assert "broker-1 of the owner, broker-2 of the enterprise" in written.getvalue()


def test_a_missing_move_is_told_with_its_number_and_what_waits_for_it(engine: Engine, store: Store) -> None:
    told: list[Record] = [
        facts.deal("a", 2, Stage.IN_TALKS), facts.move_held("a", 5), facts.move_held("a", 4),
        facts.move_held("b", 2), facts.move_held("c", 2), facts.move_released("c", 2),
    ]  # fmt: skip
    store.apply(effects(*told), {})
    with engine.connect() as connection:
        found = gaps(connection)
        assert [(gap["achievement"], gap["waits_for"], gap["moves_waiting"]) for gap in found] == [
            ("dlut/a", 3, 2), ("dlut/b", 1, 1),
        ]  # fmt: skip
        assert found[0]["since"] == facts.move_held("a", 4).moved_at.isoformat()
        assert found[0]["demand"] == "district-210202/d"
        assert gaps(connection, institution="dmu") == []
