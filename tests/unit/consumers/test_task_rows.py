"""What was told of tasks, as rows: the last word about each case, every event, and the lines of funds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from consumers import tables
from consumers.comparison import differences
from consumers.folding import Expected
from consumers.intake import Delivered
from consumers.read_model import fold
from consumers.store import Place
from consumers.tables import CONTENT
from tests.unit.consumers.lived import TOLD

PLACE = Place("techdock.task-states.v1", 1)
Rows = dict[str, dict[Any, dict[str, Any]]]


def written(*batches: list[Delivered]) -> Rows:
    """The tables after these batches."""
    rows: Rows = {table.name: {} for table in CONTENT}
    for batch in batches:
        for table, changes in fold({PLACE: batch}, "quarantine").effects.tables.items():
            for key, values in changes.items():
                assert values is not None
                rows[table][key] = rows[table].get(key, {}) | dict(values)
    return rows


def expected() -> Expected:
    """What the topics say."""
    made = Expected("quarantine")
    for one in TOLD:
        made.take(one)
    return made


def test_what_the_read_model_writes_is_what_the_topics_say() -> None:
    made = expected()
    assert (made.differences, list(differences(made, written(TOLD)))) == ([], [])
    assert len(made.task_events) + len(made.task_refusals) == len(TOLD)


@given(st.sets(st.integers(1, len(TOLD) - 1)))
def test_any_cut_into_batches_gives_the_same_rows(cuts: set[int]) -> None:
    edges = [0, *sorted(cuts), len(TOLD)]
    assert written(*(TOLD[start:end] for start, end in pairwise(edges))) == written(TOLD)


def test_every_row_has_columns_that_exist_and_its_own_key() -> None:
    for name, rows in written(TOLD).items():
        table = tables.metadata.tables[name]
        for key, values in rows.items():
            assert set(values) == set(table.columns.keys())
            assert tuple(values[column.name] for column in table.primary_key.columns) == key


def test_a_case_is_told_as_it_stands_and_a_subject_without_a_case() -> None:
    cases = written(TOLD)["task_cases"]
    assert cases["FUND", "dlut", "S1", "F1"]["state"] == "DRAWN"
    assert (cases["FUND", "dlut", "S1", ""]["amount"], cases["FUND", "dlut", "S1", ""]["currency"]) == (
        Decimal("100.00"), "CNY",
    )  # fmt: skip
    concluded = cases["EVALUATION", "dlut", "S1", "E1"]["conclusion"]
    assert (concluded["maturity"], concluded["value_low"]) == (5, {"amount": "10.00", "currency": "CNY"})


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("task_cases", "state", "CLOSED"), ("task_events", "moved_by", "dmu"), ("task_events", "case_id", "x"),
        ("fund_entries", "amount", Decimal(1)), ("task_refusals", "faults", []),
    ],
)  # fmt: skip
def test_a_row_that_differs_or_is_missing_is_named(table: str, column: str, value: object) -> None:
    rows = written(TOLD)
    key, row = next(iter(rows[table].items()))
    wrong: Mapping[str, object] = {**row, column: value}
    (found,) = differences(expected(), {**rows, table: {**rows[table], key: wrong}})
    assert (found["table"], found["what"], list(found["topics_and_sql"])) == (table, "differs", [column])  # type: ignore[call-overload]
    del rows[table][key]
    (found,) = differences(expected(), rows)
    assert (found["table"], found["what"]) == (table, "in the topics, not in SQL")
