"""Plain values are held against the schema: what misses, what nobody knows, what has another type."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from schemas import codec, rules, shapes

ACHIEVEMENT: dict[str, Any] = {
    "submission_id": "123e4567-e89b-42d3-a456-426614174000",
    "institution_id": "dlut",
    "achievement_id": "A1",
    "version": 1,
    "registered_at": "2026-03-01T08:00:00+08:00",
    "zh": {"title": "膜电极"},
    "price": {"amount": "12.50", "currency": "CNY"},
    "valid_until": "2027-01-01",
    "modes": ["EQUITY"],
}


def test_json_becomes_the_values_of_a_record() -> None:
    values, found = shapes.read("AchievementRegistered", ACHIEVEMENT)

    assert found == []
    assert values["submission_id"] == uuid.UUID(ACHIEVEMENT["submission_id"])
    assert values["registered_at"] == datetime(2026, 3, 1, tzinfo=UTC)
    assert values["valid_until"] == date(2027, 1, 1)
    assert values["price"] == {"amount": Decimal("12.50"), "currency": "CNY"}
    assert values["zh"] == {"title": "膜电极", "abstract": "", "keywords": []}
    assert values["disclosure"] == "PUBLIC"
    assert rules.faults("AchievementRegistered", values) == []


def test_what_was_read_from_avro_has_its_shape() -> None:
    values, _ = shapes.read("AchievementRegistered", ACHIEVEMENT)
    name, decoded = codec.decode_fields(codec.encode_fields("AchievementRegistered", values))

    assert shapes.shape_faults(name, decoded) == []


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"version": True}, "version", "wrong-type"),
        ({"version": "1"}, "version", "wrong-type"),
        ({"version": 2**31}, "version", "wrong-type"),
        ({"zh": "膜电极"}, "zh", "wrong-type"),
        ({"zh": {}}, "zh.title", "missing-field"),
        ({"zh": {"title": "a", "keywords": "a;b"}}, "zh.keywords", "wrong-type"),
        ({"zh": {"title": "a", "keywords": [1]}}, "zh.keywords[0]", "wrong-type"),
        ({"registered_at": "2026-03-01T08:00:00"}, "registered_at", "wrong-type"),
        ({"registered_at": "yesterday"}, "registered_at", "wrong-type"),
        ({"valid_until": "2026-02-30"}, "valid_until", "wrong-type"),
        ({"submission_id": "17"}, "submission_id", "wrong-type"),
        ({"price": {"amount": 1.5, "currency": "CNY"}}, "price.amount", "wrong-type"),
        ({"price": {"amount": "1e9", "currency": "CNY"}}, "price.amount", "wrong-type"),
        ({"price": {"amount": "1"}}, "price.currency", "missing-field"),
        ({"modes": ["EQUTY"]}, "modes[0]", "unknown-value"),
        ({"maturty": 5}, "maturty", "unknown-field"),
    ],
)
def test_a_single_breakage_of_the_shape_is_its_only_fault(changes: dict[str, Any], field: str, rule: str) -> None:
    found = shapes.shape_faults("AchievementRegistered", {**ACHIEVEMENT, **changes})

    assert [(each.field, each.rule) for each in found] == [(field, rule)]


def test_an_unknown_field_is_told_the_nearest_known_one() -> None:
    found = shapes.shape_faults("AchievementRegistered", {**ACHIEVEMENT, "maturty": 5})

    assert "maturity" in found[0].repair


def test_beside_what_is_sealed_an_unknown_field_is_not_repeated() -> None:
    found = shapes.shape_faults("AnnexDeposited", {"plaintext": "palladium 0.3 %"})

    assert [one.value for one in found if one.rule == "unknown-field"] == ["str"]
    assert "palladium" not in str(found)
    # Amounts are bytes in Avro, too, and nothing secret.
    (known,) = shapes.shape_faults("AchievementRegistered", {**ACHIEVEMENT, "maturty": "seven"})
    assert known.value == "seven"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(ACHIEVEMENT)), _json)
def test_whatever_json_comes_its_faults_can_be_told(field: str, value: Any) -> None:
    found = shapes.shape_faults("AchievementRegistered", {**ACHIEVEMENT, field: value})

    json.dumps([each.value for each in found], ensure_ascii=False).encode()


@given(_json)
def test_whatever_stands_in_for_a_record_is_answered(value: Any) -> None:
    assert shapes.shape_faults("NegotiationUpdated", value)


@pytest.mark.parametrize(
    "many", [{"owners": [0] * 100_000}, {f"field{n}": 0 for n in range(20_000)}], ids=["entries", "fields"]
)
def test_of_very_many_faults_only_the_first_are_looked_for(many: dict[str, Any]) -> None:
    _, found = shapes.read("AchievementRegistered", many)
    assert len(found) == shapes.MOST_FAULTS
