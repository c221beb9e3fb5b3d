"""The recount of the pipeline: what stands, what was reached, how long it took, and what was lost."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from schemas.records import CooperationMode, DealAdvanced, Money, Move, Stage, Terms
from streams.domain.funnel import Group, begun_since, grouped, histories, quantile
from tests.unit.streams.making import DAY, EXCLUSIVE_TERMS, NOW, tech_contract

_DOLLARS = Terms(CooperationMode.SERVICE, Money(Decimal(7), "USD"))


def _advance(deal: str, stage: Stage, day: float, terms: Terms | None = None, **changes: Any) -> DealAdvanced:
    values: dict[str, Any] = {
        "deal_id": uuid.uuid5(uuid.NAMESPACE_OID, deal), "achievement_institution_id": "dlut", "achievement_id": "A1",
        "demand_institution_id": "neusoft", "demand_id": deal, "move": Move.CONTACT, "by": "dlut", "sequence": 1,
        "stage": stage, "resume_to": None, "terms": terms, "terms_version": 0, "reason": "",
        "moved_at": NOW + day * DAY, "submission_id": uuid.uuid4(),
        "is_evaluated": False, "owner_confirmed": None, "enterprise_confirmed": None, "reopen_to": None,
        "end_cause": None, "contract": None, "contract_version": 0, "payment": None, "paid": None,
        "owner_broker": None, "enterprise_broker": None, "certified_version": 0, "certified_by": None,
    }  # fmt: skip
    return DealAdvanced(**{**values, **changes})


def _one_group(*advances: DealAdvanced) -> Group:
    (group,) = grouped(histories(advances), lambda _deal: ["all"])
    return group


def test_a_deal_counts_where_it_stands_and_was_everywhere_before() -> None:
    group = _one_group(
        _advance("D1", Stage.CONTACTED, 0),
        _advance("D1", Stage.IN_TALKS, 2),
        _advance("D1", Stage.CONTRACTED, 10, EXCLUSIVE_TERMS),
        _advance("D2", Stage.CONTACTED, 1),
    )
    figures = {one.stage: one for one in group.stages}
    assert (group.deals, group.won) == (2, 1)
    assert [(one.stage, one.stands, one.reached) for one in group.stages if one.reached] == [
        (Stage.CONTACTED, 1, 2), (Stage.IN_TALKS, 0, 1), (Stage.CONTRACTED, 1, 1),
    ]  # fmt: skip
    assert figures[Stage.CONTACTED].conversion == 0.5
    assert figures[Stage.IN_TALKS].conversion == 1.0
    assert figures[Stage.EVALUATED].conversion is None
    assert figures[Stage.CONTRACTED].amount == Decimal(100)
    assert figures[Stage.CONTACTED].median == 2 * DAY
    assert figures[Stage.CONTRACTED].median is None


def test_an_offer_within_a_stage_does_not_begin_it_anew() -> None:
    group = _one_group(
        _advance("D1", Stage.IN_TALKS, 0), _advance("D1", Stage.IN_TALKS, 3), _advance("D1", Stage.TERMS_AGREED, 8)
    )
    assert {one.stage: one.median for one in group.stages}[Stage.IN_TALKS] == 8 * DAY


def test_a_stage_that_was_left_and_came_again_counts_each_stay() -> None:
    group = _one_group(
        _advance("D1", Stage.IN_TALKS, 0), _advance("D1", Stage.PAUSED, 1), _advance("D1", Stage.IN_TALKS, 5),
        _advance("D1", Stage.ENDED, 14, reason="no budget"),
    )  # fmt: skip
    talks = {one.stage: one for one in group.stages}[Stage.IN_TALKS]
    assert (talks.median, talks.ninth_decile, talks.reached) == (1 * DAY, 9 * DAY, 1)
    assert group.lost == {"no budget": 1}


def test_only_yuan_are_added_up() -> None:
    group = _one_group(_advance("D1", Stage.IN_TALKS, 0, _DOLLARS), _advance("D2", Stage.IN_TALKS, 0, EXCLUSIVE_TERMS))
    assert {one.stage: one.amount for one in group.stages}[Stage.IN_TALKS] == Decimal(100)


def test_what_is_certified_of_the_registered_sums_is_told_beside_them() -> None:
    told: dict[str, Any] = {"contract": tech_contract(), "contract_version": 2}
    group = _one_group(
        _advance("D1", Stage.REGISTERED, 0, EXCLUSIVE_TERMS, certified_version=2, **told),
        _advance("D2", Stage.REGISTERED, 0, EXCLUSIVE_TERMS, certified_version=1, **told),
    )
    registered = {one.stage: one for one in group.stages}[Stage.REGISTERED]
    assert (registered.amount, registered.certified) == (Decimal(200), Decimal(100))


def test_a_cohort_is_who_began_in_its_time() -> None:
    found = histories([_advance("D1", Stage.CONTACTED, 0), _advance("D2", Stage.CONTACTED, 9),
                       _advance("D1", Stage.IN_TALKS, 12)])  # fmt: skip
    assert [one.last.demand_id for one in begun_since(found, NOW + 5 * DAY)] == ["D2"]


def test_a_deal_of_two_industries_counts_in_both() -> None:
    groups = grouped(histories([_advance("D1", Stage.CONTACTED, 0)]), lambda _deal: ["C37", "I65", "C37"])
    assert [(group.name, group.deals) for group in groups] == [("C37", 1), ("I65", 1)]


@pytest.mark.parametrize(("part", "days"), [(0.5, 2), (0.9, 4), (0.25, 1), (1.0, 4)])
def test_quantiles_are_values_that_occurred(part: float, days: int) -> None:
    assert quantile([timedelta(days=n) for n in (1, 2, 3, 4)], part) == days * DAY


def test_there_is_no_quantile_of_nothing() -> None:
    assert quantile([], 0.5) is None


_moves = st.lists(st.tuples(st.sampled_from(["D1", "D2", "D3"]), st.sampled_from([*Stage]), st.integers(0, 9)))


@given(_moves)
def test_every_deal_stands_in_one_stage_and_reached_it(moves: list[tuple[str, Stage, int]]) -> None:
    moves = [(name, stage, day) for name, stage, day in moves if stage not in {Stage.MATCHED, Stage.UNKNOWN}]
    found = histories(_advance(name, stage, day) for name, stage, day in moves)
    for group in grouped(found, lambda _deal: ["all"]):
        assert sum(one.stands for one in group.stages) == group.deals == len({name for name, _, _ in moves})
        assert all(one.stands <= one.reached <= group.deals for one in group.stages)
        assert all(one.conversion is None or 0 <= one.conversion <= 1 for one in group.stages)
