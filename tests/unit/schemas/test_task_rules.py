"""What a move in a task needs and takes, by task and move."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.rules import faults
from tests.contract.schemas.examples import loaded, paths

EXAMPLES = {path.stem: path for path in paths() if path.parent.name == "TaskMoved"}


def _said(example: str, **changes: Any) -> list[tuple[str, str]]:
    """Field and rule of every fault of an example that is changed so."""
    name, values = loaded(EXAMPLES[example])
    return [(fault.field, fault.rule) for fault in faults(name, {**values, **changes})]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_has_no_fault(example: str) -> None:
    assert _said(example) == []


@pytest.mark.parametrize(("example", "changes", "expected"), [
    ("lead", {"title": ""}, [("title", "missing-field")]),
    ("lead", {"slot_id": "W1"}, [("slot_id", "misplaced")]),
    ("lead", {"case_id": None}, [("case_id", "misplaced")]),
    ("policy", {"case_id": "P1"}, [("case_id", "misplaced")]),
    ("lead", {"move": "DRAW"}, [("move", "unknown-value")]),
    ("lead", {"task": "UNKNOWN"}, [("task", "unknown-value")]),
    ("lead", {"subject_institution_id": "No Slug"}, [("subject_institution_id", "institution-id")]),
    ("company", {"achievement_id": None}, [("achievement_id", "missing-field")]),
    ("company", {"shares": [{"holder": "a", "parts": 1}, {"holder": "a", "parts": 2}]}, [("shares", "duplicate")]),
    ("company", {"shares": [{"holder": "a", "parts": 0}]}, [("shares[0].parts", "range")]),
    ("booking", {"maturity": 10}, [("maturity", "range")]),
    ("drawing", {"amount": {"amount": Decimal(0), "currency": "CNY"}}, [("amount.amount", "positive")]),
    ("drawing", {"amount": {"amount": Decimal(1), "currency": "yuan"}}, [("amount.currency", "currency")]),
    ("policy", {"until": date(2026, 1, 1)}, [("until", "dates")]),
    ("policy", {"policy": {"rule": "x" * 3000, "benefit": "b", "proofs": []}}, [("policy.rule", "too-long")]),
])  # fmt: skip
def test_what_is_wrong_is_told_by_its_field(
    example: str, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert _said(example, **changes) == expected


def test_values_of_an_assessment_are_two_in_one_currency_the_lower_one_first() -> None:
    _, values = loaded(EXAMPLES["assessment"])
    given = values["assessment"]
    low, high = given["value_low"], given["value_high"]
    swapped = {**given, "value_low": high, "value_high": low}
    half = {**given, "value_high": None}
    abroad = {**given, "value_high": {**high, "currency": "USD"}}
    beyond = {**given, "maturity": 0, "risk": 101}
    assert _said("assessment", assessment=swapped) == [("assessment.value_high.amount", "amount")]
    assert _said("assessment", assessment=half) == [("assessment.value_high", "missing-field")]
    assert _said("assessment", assessment=abroad) == [("assessment.value_high.currency", "currency")]
    assert _said("assessment", assessment=beyond) == [("assessment.maturity", "range"), ("assessment.risk", "range")]
