"""The view of windows tells what a recount of the log says, however often it stops and whatever comes late."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

from hypothesis import given, settings, strategies as st

from schemas import codec
from schemas.records import DealAdvanced, PipelineDimension, PipelinePeriod, PipelineWindowMeasured, Record, Stage
from streams import window_laws
from streams.windows import WindowsView, key
from tests.unit.streams.advances import advance, logs
from tests.unit.streams.making import achievement, demand

_REGISTER: tuple[Record, ...] = (
    achievement("A1", industries=("C37", "I65")), demand("D1", institution_id="neusoft", district="210202"),
    demand("D2", institution_id="neusoft", district="210211"),
)  # fmt: skip


def _tell(view: WindowsView, topic: list[PipelineWindowMeasured]) -> list[PipelineWindowMeasured]:
    """What the view tells now; it goes to the end of the topic."""
    told = []
    while view.is_due():
        for window in view.changed():
            view.tell(window)
            told.append(window)
    topic += told
    return told


def _after(*facts: Record) -> tuple[WindowsView, list[PipelineWindowMeasured]]:
    view, topic = WindowsView(), list[PipelineWindowMeasured]()
    for fact in facts:
        view.take(fact)
    _tell(view, topic)
    return view, topic


def _of(told: Sequence[PipelineWindowMeasured], dimension: PipelineDimension, value: str) -> PipelineWindowMeasured:
    (found,) = [
        one for one in told if (one.period, one.dimension, one.value) == (PipelinePeriod.WEEK, dimension, value)
    ]
    return found


@given(logs(), st.lists(st.booleans()), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_what_is_told_in_any_order_and_over_any_restarts_is_what_the_log_says(
    log: list[DealAdvanced], restarts: list[bool], chance: random.Random
) -> None:
    facts: list[Record] = [*log, *_REGISTER]
    chance.shuffle(facts)
    view, topic = WindowsView(), list[PipelineWindowMeasured]()
    for number, fact in enumerate(facts):
        view.take(fact)
        if number < len(restarts):
            _tell(view, topic)
            if restarts[number]:
                view = WindowsView()
                # It reads the topics side by side.
                for one in chance.sample([*facts[: number + 1]], number + 1):
                    view.take(one)
                for told in topic:
                    view.take(codec.decode(codec.encode(told)))
    _tell(view, topic)
    should = window_laws.recounted([*_REGISTER, *log])
    assert [*window_laws.differences(should, window_laws.as_told(topic))] == []
    assert _tell(view, topic) == []


def test_a_restarted_view_tells_nothing_that_was_told() -> None:
    facts = [*_REGISTER, advance("D1", 1, Stage.CONTACTED, 0), advance("D2", 1, Stage.CONTACTED, 9)]
    _, topic = _after(*facts)
    _, again = _after(*facts, *topic)
    assert topic
    assert again == []


def test_what_comes_late_corrects_a_window_and_says_so() -> None:
    facts = [*_REGISTER, advance("D1", 1, Stage.CONTACTED, 0)]
    view, topic = _after(*facts)
    view.take(advance("D2", 1, Stage.CONTACTED, -1))
    before, now = (_of(told, PipelineDimension.ALL, "all") for told in (topic[:], _tell(view, topic)))
    assert [(one.revision, one.stages[0].entered) for one in (before, now)] == [(1, 1), (2, 2)]


def test_a_repeated_advance_tells_nothing() -> None:
    deal = advance("D1", 1, Stage.CONTACTED, 0)
    view, topic = _after(deal)
    view.take(deal)
    assert _tell(view, topic) == []


def test_deals_of_a_demand_that_moves_to_another_district_follow_and_leave_an_empty_window() -> None:
    view, topic = _after(*_REGISTER, advance("D1", 1, Stage.CONTACTED, 0))
    view.take(demand("D1", version=2, institution_id="neusoft", district="210203"))
    told = _tell(view, topic)
    assert {one.value for one in told} == {"210202", "210203"}
    left, there = (_of(told, PipelineDimension.DISTRICT, value) for value in ("210202", "210203"))
    assert (left.revision, left.won, left.lost, left.stages) == (2, 0, (), ())
    assert there.stages[0].entered == 1


def test_a_window_that_nobody_is_in_any_more_is_emptied_after_a_restart() -> None:
    _, topic = _after(advance("D1", 1, Stage.CONTACTED, 0))
    _, told = _after(*topic)
    assert len(told) == len(topic)
    assert all(one.stages == () and one.revision == 2 for one in told)


def test_a_window_is_keyed_by_what_it_is_of() -> None:
    week = _of(_after(advance("D1", 1, Stage.CONTACTED, 0))[1], PipelineDimension.ENTERPRISE, "neusoft")
    assert (week.begins_on, key(week)) == (date(2026, 2, 23), b"WEEK/2026-02-23/ENTERPRISE/neusoft")
