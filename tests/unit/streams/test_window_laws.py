"""A window that was told otherwise than the log says is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from schemas.records import (
    CurrencyAmount,
    DealAdvanced,
    EndCause,
    LossCount,
    PipelineDimension,
    PipelineWindowMeasured,
    Record,
    Stage,
)
from streams.domain.cohorts import Cohorts
from streams.window_laws import Told, added_up, as_told, differences, recounted
from streams.window_sheets import Lines, Sheets
from tests.unit.streams.advances import advance, logs, worth
from tests.unit.streams.making import demand

_LOG: list[Record] = [
    demand("D1", institution_id="neusoft", district="210202"),
    advance("D1", 1, Stage.CONTACTED, 0), advance("D1", 2, Stage.IN_TALKS, 1, terms=worth("7.00")),
    advance("D1", 3, Stage.ENDED, 4, terms=worth("7.00"), end_cause=EndCause.PARTY),
]  # fmt: skip
_Changes = Callable[[PipelineWindowMeasured], PipelineWindowMeasured]


def _found(told: Told) -> list[object]:
    return [one["window"] for one in differences(recounted(_LOG), told)]


def _stage(window: PipelineWindowMeasured, **changes: object) -> PipelineWindowMeasured:
    return replace(window, stages=(replace(window.stages[0], **changes), *window.stages[1:]))  # type: ignore[arg-type]


def test_what_was_told_right_is_right_however_often_it_was_corrected() -> None:
    should = recounted(_LOG)
    # Seven dimensions; two weeks and one month.
    assert len(should) == 7 * 3
    assert _found({key: replace(one, revision=9) for key, one in should.items()}) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, won=1),
        lambda one: replace(one, lost=()),
        lambda one: replace(one, lost=(LossCount(Stage.CONTACTED, EndCause.PARTY, 1),)),
        lambda one: replace(one, stages=one.stages[1:]),
        lambda one: _stage(one, entered=2),
        lambda one: _stage(one, left=3),
        lambda one: _stage(one, seconds_p50=1.0),
        lambda one: _stage(one, seconds_p90=None),
        lambda one: _stage(one, amounts=(CurrencyAmount("CNY", Decimal("7.01")),)),
        lambda one: _stage(one, amounts=(CurrencyAmount("USD", Decimal("7.00")),)),
    ],
)
def test_a_window_with_one_wrong_figure_is_named(change: _Changes) -> None:
    told = recounted(_LOG)
    key = next(one for one in told if one[2] is PipelineDimension.DISTRICT and told[one].stages[0].left)
    told[key] = change(told[key])
    assert _found(told) == ["/".join(map(str, key))]


def test_a_window_that_was_never_told_and_one_of_nothing_are_named() -> None:
    told = recounted(_LOG)
    key = min(told)
    one = told.pop(key)
    moved = (*key[:3], "nowhere")
    told[moved] = replace(one, value="nowhere")
    assert set(_found(told)) == {"/".join(map(str, each)) for each in (key, moved)}


def test_of_a_window_the_last_telling_counts_and_an_emptied_one_is_none() -> None:
    (first, *_) = recounted(_LOG).values()
    assert as_told([first, replace(first, won=5, revision=2)]) == as_told([replace(first, won=5, revision=2)])
    assert as_told([first, replace(first, lost=(), stages=(), revision=2)]) == {}


def _sheets(deals: list[DealAdvanced]) -> Sheets:
    lines, cohorts = Lines(), Cohorts()
    cohorts.take(_LOG[0])
    for deal in deals:
        lines.take(deal)
    return lines.sheets(cohorts)


@given(logs(), st.sets(st.sampled_from(["D1", "D2", "D3"])))
@settings(deadline=None)
def test_what_is_counted_of_different_deals_adds_up_to_what_is_counted_of_all(
    log: list[DealAdvanced], here: set[str]
) -> None:
    parts = [_sheets([one for one in log if (one.demand_id in here) is is_here]) for is_here in (True, False)]
    assert added_up(parts) == recounted([_LOG[0], *log])


def test_of_a_deal_that_enters_a_stage_twice_in_a_window_its_worth_counts_once_as_it_stood_at_the_end() -> None:
    log: list[Record] = [
        advance("D1", 1, Stage.IN_TALKS, 0, terms=worth("7")), advance("D1", 2, Stage.PAUSED, 1, terms=worth("7")),
        advance("D1", 3, Stage.IN_TALKS, 2, terms=worth("9")), advance("D1", 4, Stage.ENDED, 90, terms=worth("1")),
    ]  # fmt: skip
    first = min(one for one in recounted(log) if one[2] is PipelineDimension.ALL)
    talks = next(one for one in recounted(log)[first].stages if one.stage is Stage.IN_TALKS)
    assert (talks.entered, talks.amounts, talks.left) == (1, (CurrencyAmount("CNY", Decimal("9")),), 1)
