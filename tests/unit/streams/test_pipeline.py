"""The pipeline view equals a recount of the deals, in whatever order and however often it hears of them."""

from __future__ import annotations

import uuid
from decimal import Decimal

from hypothesis import given, settings, strategies as st

from infra import metrics
from schemas import codec
from schemas.records import CooperationMode, DealAdvanced, Money, Move, Stage, StageCount, Terms
from streams.pipeline import PipelineView, stage_counts
from tests.unit.streams.making import NOW

_stages = st.sampled_from([stage for stage in Stage if stage is not Stage.UNKNOWN])
_terms = st.none() | st.builds(
    lambda cents, currency: Terms(CooperationMode.SERVICE, Money(Decimal(cents).scaleb(-2), currency)),
    st.integers(0, 10**17),
    st.sampled_from(["CNY", "CNY", "EUR"]),
)


def _deal(number: int, sequence: int, stage: Stage, terms: Terms | None = None) -> DealAdvanced:
    return DealAdvanced(
        uuid.UUID(int=number), "dlut", f"A{number}", "dicp", "D1", Move.OFFER, "dlut", sequence, stage, None, terms,
        0 if terms is None else 1, "", NOW, uuid.UUID(int=0), False, None, None, None, None,
        None, 0, None, None, None, None, 0, None,
    )  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 4), _stages, _terms), max_size=25))
@settings(deadline=None)
def test_the_view_equals_a_recount(moves: list[tuple[int, Stage, Terms | None]]) -> None:
    log, last = list[DealAdvanced](), dict[int, DealAdvanced]()
    for number, stage, terms in moves:
        sequence = last[number].sequence + 1 if number in last else 1
        last[number] = _deal(number, sequence, stage, terms)
        log.append(last[number])
    view = PipelineView()
    for deal in [*log, *log[: len(log) // 2]]:
        view.take(deal)
    measured = view.measured(NOW)
    assert measured is not None
    assert codec.decode(codec.encode(measured)) == measured
    for stage in Stage:
        there = [deal for deal in last.values() if deal.stage is stage]
        amounts = [one.terms.price.amount for one in there if one.terms and one.terms.price.currency == "CNY"]
        expected = [StageCount(stage, len(there), sum(amounts, Decimal(0)))] if there else []
        assert [count for count in measured.stages if count.stage is stage] == expected
        assert _shown(stage) == len(there)


def _shown(stage: Stage) -> float | None:
    return next(
        (one.value for family in metrics.DEALS.collect() for one in family.samples if one.labels["stage"] == stage),
        None,
    )


def test_a_view_that_did_not_change_is_not_told_again() -> None:
    view = PipelineView()
    first = view.measured(NOW)
    assert first is not None
    assert first.stages == ()
    view.take(_deal(1, 2, Stage.IN_TALKS))
    assert view.measured(NOW) is not None
    view.take(_deal(1, 1, Stage.CONTACTED))
    assert view.measured(NOW) is None


def test_a_stage_that_the_last_deal_has_left_shows_nothing() -> None:
    view = PipelineView()
    view.take(_deal(1, 1, Stage.CONTACTED))
    view.measured(NOW)
    assert _shown(Stage.CONTACTED) == 1
    view.take(_deal(1, 2, Stage.IN_TALKS))
    view.measured(NOW)
    assert (_shown(Stage.CONTACTED), _shown(Stage.IN_TALKS)) == (0, 1)


def test_no_deals_make_an_empty_pipeline() -> None:
    assert stage_counts([]) == ()
