"""What records do to the tables does not depend on how they are cut into batches."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from consumers import tables
from consumers.rows import Effects, change, quarantined
from schemas import codec
from schemas.errors import Unreadable
from schemas.records import ClockAction, ClockTicked, Record, Stage
from tests.unit.consumers import facts

Rows = dict[tuple[str, Any], dict[str, Any]]

STORIES: list[Record] = [
    facts.achievement("a"), facts.achievement("a", 2), facts.achievement_withdrawn("a", 3), facts.achievement("b"),
    facts.demand("d"), facts.demand_withdrawn("d", 2), facts.demand("d", 3),
    facts.proposed("d", "a"), facts.revised("d", "a", 0.9), facts.match_withdrawn("d", "a"), facts.proposed("d", "b"),
    facts.deal("a", 1, Stage.CONTACTED), facts.deal("a", 2, Stage.IN_TALKS, "10.00"), facts.move_refused("a", 9),
    facts.move_held("b", 3), facts.move_held("b", 4), facts.move_released("b", 3), facts.deal_in_full("c", 4),
    facts.clock_fired("a", 2, ClockAction.REMIND), facts.clock_fired("a", 2, ClockAction.CLOSE),
    facts.accepted(facts.submission("x")), facts.refused(facts.submission("y")),
    *facts.INSTITUTIONS, *facts.DUPLICATES, *facts.WINDOWS, *facts.LEDGER, *facts.RECOGNITIONS,
]  # fmt: skip


def written(batches: list[list[Record]]) -> Rows:
    """What a database would hold after these batches."""
    rows: Rows = {}
    for batch in batches:
        effects = Effects()
        for record in batch:
            effects.add(change(*codec.decode_fields(codec.encode(record))))
        for table, changes in effects.tables.items():
            for key, values in changes.items():
                if values is None:
                    rows.pop((table, key), None)
                elif table in tables.FIRST_COUNTS:
                    rows.setdefault((table, key), dict(values))
                else:
                    rows[table, key] = rows.get((table, key), {}) | dict(values)
    return rows


@given(st.lists(st.sampled_from(STORIES), max_size=30), st.sets(st.integers(1, 29)))
def test_any_cut_into_batches_gives_the_same_rows(story: list[Record], cuts: set[int]) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(story)), len(story)]
    batches = [story[start:end] for start, end in pairwise(edges)]
    assert written(batches) == written([[record] for record in story])


@pytest.mark.parametrize("record", STORIES, ids=lambda record: type(record).__name__)
def test_every_record_names_columns_that_exist_and_its_row(record: Record) -> None:
    done = change(*codec.decode_fields(codec.encode(record)))
    table = tables.metadata.tables[done.table]
    assert len(done.key) == len(table.primary_key.columns)
    if done.values is not None:
        assert set(done.values) <= set(table.columns.keys())
        assert tuple(done.values[column.name] for column in table.primary_key.columns) == done.key


def test_a_withdrawn_achievement_keeps_what_was_said_of_it() -> None:
    rows = written([[facts.achievement("a"), facts.achievement_withdrawn("a", 2)]])
    row = rows["achievements", ("dlut", "a")]
    assert row["zh"]["title"] == "甲醇制烯烃 1"
    assert (row["version"], row["withdrawal_reason"]) == (2, "已转让")


def test_a_new_version_brings_a_withdrawn_demand_back() -> None:
    rows = written([[facts.demand("d"), facts.demand_withdrawn("d", 2)], [facts.demand("d", 3)]])
    assert rows["demands", ("district-210202", "d")]["withdrawn_at"] is None


def test_a_withdrawn_match_leaves_no_row() -> None:
    assert written([[facts.proposed("d", "a"), facts.match_withdrawn("d", "a")]]) == {}


def test_a_record_without_a_place_is_not_passed_over() -> None:
    with pytest.raises(Unreadable, match="ClockTicked"):
        change(*codec.decode_fields(codec.encode(ClockTicked(facts.DAY))))


def test_quarantine_keeps_where_it_came_from_whatever_the_headers_say() -> None:
    told = quarantined((0, 5), [("techdock-topic", b"techdock.inbox.dlut.v1"), ("techdock-offset", b"17"), ("x", None)])
    assert told.values is not None
    assert (told.values["source_topic"], told.values["source_offset"]) == ("techdock.inbox.dlut.v1", 17)
    stamped = quarantined((0, 5), [("techdock-first-failure", b"1700000000123"), ("techdock-release", b"0.1.0")]).values
    assert stamped is not None
    assert (stamped["first_failure"].timestamp(), stamped["release"]) == (1_700_000_000.123, "0.1.0")
    odd = quarantined((0, 6), [("techdock-offset", b"-\xff"), ("techdock-timestamp", None)]).values
    assert odd is not None
    assert odd["source_offset"] is None
    assert odd["source_timestamp"] is None


def test_an_institution_stands_as_it_was_said_last() -> None:
    rows = written([[record] for record in facts.INSTITUTIONS])
    assert rows["institutions", ("neusoft",)]["suspended_at"] is None
    assert rows["institutions", ("office",)]["suspension_reason"] == "looked into"
    gone = rows["institutions", ("broker",)]
    assert (gone["removal_reason"], gone["key_rotated_at"]) == ("closed", None)
    assert not [row for row in rows.values() if {"ab12", "cd34"} & set(map(str, row.values()))]
    standing = {key: row["revoked_at"] for (table, key), row in rows.items() if table == "delegations"}
    assert standing == {("neusoft", "office"): None, ("neusoft", "broker"): facts.DAY}


def test_what_is_suspected_goes_with_the_evidence_and_what_was_decided_stays() -> None:
    rows = written([[record] for record in facts.DUPLICATES])
    both = ("dicp", "a", "dlut", "b")
    assert rows["duplicate_suspicions", both]["first_version"] == 3
    assert rows["duplicate_decisions", both]["outcome"] == "DISTINCT"
    assert [key for table, key in rows if table == "representations"] == [("dicp", "a")]
    ended = written([list(facts.DUPLICATES[:6])])
    assert {table for table, _ in ended} == {"duplicate_decisions"}


def test_a_window_stands_as_it_was_corrected_last_and_an_empty_one_is_gone() -> None:
    rows = written([[one] for one in facts.WINDOWS])
    values = {key[3]: row["revision"] for (table, key), row in rows.items() if table == "pipeline_windows"}
    assert values == {"210202": 2, "a\x00b": 1}
    (stages,) = [row["stages"] for (_, key), row in rows.items() if key[3] == "210202"]
    assert stages[0]["amounts"][1] == {"currency": "EUR", "amount": "99999999999999.05"}


def test_of_two_closings_of_a_season_the_first_counts() -> None:
    for batches in ([list(facts.RECOGNITIONS)], [[one] for one in facts.RECOGNITIONS]):
        assert {key: row["closed_by"] for (_, key), row in written(batches).items()} == {
            ("2026-Q1",): "li", ("2026-Q2",): "li",
        }  # fmt: skip


def test_what_was_paid_and_what_was_taken_back_stand_beside_each_other() -> None:
    rows = written([list(facts.LEDGER)])
    assert sorted((key[1:], row["contract_version"]) for (_, key), row in rows.items()) == [
        ((8, 8, False), 1), ((9, 8, False), 2), ((9, 8, True), 1),
    ]  # fmt: skip
