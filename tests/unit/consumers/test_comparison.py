"""Whatever differs between the topics and the tables is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consumers.comparison import differences
from consumers.folding import Expected
from consumers.intake import Delivered
from consumers.rows import change
from consumers.tables import CONTENT, FIRST_COUNTS
from schemas import codec
from schemas.records import ClockAction, QuarantineAction, Record, Stage
from tests.unit.consumers import facts

STORY: list[Record] = [
    facts.achievement("a"), facts.achievement_withdrawn("a", 2), facts.demand("d"), facts.proposed("d", "a"),
    facts.revised("d", "a", 0.75), facts.proposed("d", "b"), facts.match_withdrawn("d", "b"),
    facts.deal("a", 1, Stage.IN_TALKS, "10.00"), facts.deal("b", 1, Stage.CONTACTED), facts.move_refused("a", 9),
    facts.move_held("b", 3), facts.move_held("b", 4), facts.move_released("b", 3), facts.deal_in_full("c", 4),
    facts.clock_fired("a", 2, ClockAction.REMIND), facts.clock_fired("a", 2, ClockAction.CLOSE),
    facts.accepted(facts.submission("x")), facts.refused(facts.submission("y"), subject="\x00"),
    *facts.INSTITUTIONS, *facts.ANNEXES, *facts.FACTS, *facts.DUPLICATES, *facts.WINDOWS, *facts.LEDGER,
    *facts.RECOGNITIONS,
]  # fmt: skip


def expected(*records: Record) -> Expected:
    made = Expected("quarantine")
    for offset, record in enumerate(records):
        made.take(Delivered("t", 0, offset, codec.encode(record)))
    return made


def tables_after(*records: Record) -> dict[str, dict[Any, dict[str, Any]]]:
    """The tables as the read model leaves them, as SQL gives them back."""
    rows: dict[str, dict[Any, dict[str, Any]]] = {table.name: {} for table in CONTENT}
    for record in records:
        done = change(*codec.decode_fields(codec.encode(record)))
        key = tuple(_seen(part) for part in done.key)
        if done.values is None:
            rows[done.table].pop(key, None)
        elif done.table not in FIRST_COUNTS or key not in rows[done.table]:
            blank = dict.fromkeys(
                column.name for table in CONTENT if table.name == done.table for column in table.columns
            )
            rows[done.table][key] = blank | rows[done.table].get(key, {}) | _stored(done.values)
    return rows


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _seen(value) for name, value in values.items()}


def _seen(value: Any) -> Any:
    """What SQL cannot hold is made visible."""
    return value.replace("\x00", "\u2400") if isinstance(value, str) else value


def test_what_the_read_model_writes_is_what_the_topics_say() -> None:
    assert list(differences(expected(*STORY), tables_after(*STORY))) == []


def test_each_table_is_refilled_and_compared_once() -> None:
    assert len(CONTENT) == len(set(CONTENT))


def test_a_row_that_is_missing_is_named() -> None:
    rows = tables_after(*STORY)
    rows["demands"].clear()
    (found,) = differences(expected(*STORY), rows)
    assert (found["table"], found["key"], found["what"]) == (
        "demands",
        "district-210202/d",
        "in the topics, not in SQL",
    )


def test_a_row_too_many_is_named() -> None:
    rows = tables_after(*STORY, facts.achievement("ghost"))
    (found,) = differences(expected(*STORY), rows)
    assert (found["key"], found["what"]) == ("dlut/ghost", "in SQL, not in the topics")


def test_a_match_that_was_taken_back_and_still_stands_in_sql_is_named() -> None:
    rows = tables_after(*STORY[:6], *STORY[7:])
    (found,) = differences(expected(*STORY), rows)
    assert (found["table"], found["what"]) == ("matches", "in SQL, not in the topics")


def test_every_column_that_differs_is_named_with_both_values() -> None:
    rows = tables_after(*STORY)
    next(iter(rows["matches"].values()))["score"] = 0.1
    (found,) = differences(expected(*STORY), rows)
    assert found["topics_and_sql"] == {"score": [0.75, 0.1]}


def test_two_receipts_that_differ_are_named_and_repeated_ones_are_fine() -> None:
    of = facts.submission("x")
    assert expected(facts.accepted(of), facts.accepted(of)).differences == []
    assert len(expected(facts.accepted(of), facts.refused(of)).differences) == 1


def test_bytes_that_cannot_be_read_are_named() -> None:
    made = Expected("quarantine")
    made.take(Delivered("techdock.deals.v1", 2, 7, b"garbage"))
    assert made.differences[0]["key"] == "techdock.deals.v1[2] at offset 7"


def test_what_was_done_with_a_record_in_quarantine_is_compared() -> None:
    aside = Delivered("quarantine", 0, 4, b"\xff", [("techdock-topic", b"t")])
    rows = tables_after(facts.acted(4, QuarantineAction.DROPPED))
    for acts, differing in ((), {"last_act", "acted_at", "acted_by", "act_reason"}), (("DROPPED",), set()):
        made = expected(*(facts.acted(4, QuarantineAction(act)) for act in acts))
        made.take(aside)
        found = list(differences(made, rows))
        assert {name for each in found for name in each["topics_and_sql"]} == differing  # type: ignore[attr-defined]


def test_an_act_upon_nothing_is_named() -> None:
    act = facts.acted(4, QuarantineAction.DROPPED)
    (found,) = differences(expected(act), tables_after(act))
    assert (found["table"], found["what"]) == ("quarantine", "in SQL, not in the topics")


def test_an_institution_and_a_delegation_that_differ_are_named() -> None:
    rows = tables_after(*STORY)
    rows["institutions"]["neusoft",]["suspended_at"] = facts.DAY
    del rows["delegations"]["neusoft", "office"]
    found = [(one["table"], one["key"], one["what"]) for one in differences(expected(*STORY), rows)]
    assert found == [
        ("institutions", "neusoft", "differs"),
        ("delegations", "neusoft/office", "in the topics, not in SQL"),
    ]


def test_a_window_a_posting_and_a_closing_that_differ_are_named() -> None:
    rows = tables_after(*STORY)
    next(iter(rows["pipeline_windows"].values()))["stages"][0]["amounts"][0]["amount"] = "7.11"
    next(iter(rows["ledger_postings"].values()))["entries"].reverse()
    rows["recognitions"]["2026-Q1",]["closed_by"] = "wang"
    found = [(one["table"], [*one["topics_and_sql"]]) for one in differences(expected(*STORY), rows)]  # type: ignore[misc]
    assert found == [
        ("pipeline_windows", ["stages"]), ("ledger_postings", ["entries"]), ("recognitions", ["closed_by"]),
    ]  # fmt: skip


def test_a_window_that_was_emptied_and_still_stands_in_sql_is_named() -> None:
    rows = tables_after(*STORY, facts.window("210211"))
    (found,) = differences(expected(*STORY), rows)
    assert (found["key"], found["what"]) == ("WEEK/2026-02-23/DISTRICT/210211", "in SQL, not in the topics")
