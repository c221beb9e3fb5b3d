"""What the check of deals finds: anything that is not as playing all moves again says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from schemas import codec
from schemas.records import DealAdvanced, Move, MoveHeld, MoveRefused, NegotiationUpdated, Record, Stage
from streams.deal_check import Outcome, Part, added_up, contracts, differences, in_order, recounted, sold_twice
from streams.domain.stages import Offered
from streams.domain.turns import follow
from tests.unit.streams.making import ORDINARY_TERMS, achievement, move, no_achievement, sale
from tests.unit.streams.simulated import in_china, opened

_CONTRACT, *_BEFORE = reversed(sale())
#: A sale whose contract comes early and again, a move that is refused, one that waits.
LOG: list[Record] = [
    achievement(), _CONTRACT, *reversed(_BEFORE), _CONTRACT, move(Move.END, 6), move(Move.DELIVER, 7), no_achievement(),
]  # fmt: skip


def _told() -> list[Record]:
    offered = Offered(is_registered=True)
    return [told for one in LOG if isinstance(one, NegotiationUpdated) for told in follow(offered, one)]


def _outcome(told: list[Record]) -> Outcome:
    outcome = Outcome()
    for one in told:
        outcome.take(one)
    return outcome


def _changed(told: list[Record], stage: Stage) -> list[Record]:
    return [replace(one, stage=stage) if isinstance(one, DealAdvanced) else one for one in told]


def test_a_log_is_counted_with_what_is_refused_and_what_waits() -> None:
    moves, outcome = recounted(LOG)
    assert moves == 8
    assert [deal.stage for deal in outcome.deals.values()] == [Stage.CONTRACTED]
    assert outcome.refusals.total() == 1
    assert [sequence for _, sequence in outcome.waiting] == [7]


def test_a_deal_a_refusal_and_a_waiting_move_that_are_not_as_they_should_be_are_named() -> None:
    _, should = recounted(LOG)
    told = _told()
    assert list(differences(should, _outcome(told))) == []
    assert [one["what"] for one in differences(should, _outcome(_changed(told, Stage.IN_TALKS)))] == ["deal"]
    for kind, what in ((MoveRefused, "refusal"), (MoveHeld, "waiting move")):
        forgotten = [one for one in told if not isinstance(one, kind)]
        assert [one["what"] for one in differences(should, _outcome(forgotten))] == [what]
    assert [one["what"] for one in differences(should, Outcome())] == ["deal", "refusal", "waiting move"]


def test_what_a_clock_ended_is_counted_where_it_struck_between_two_moves() -> None:
    began = in_china("2026-02-03")
    lane = opened(began)
    lane.hears(move(Move.CONTACT, 1), move(Move.PAUSE, 3))
    lane.ticks(in_china("2026-06-01"))
    # Made in time and told too late: it is refused, and the deal is taken up again.
    lane.hears(move(Move.START_TALKS, 2, moved_at=began))
    lane.hears(move(Move.REOPEN, 2, moved_at=lane.now))
    facts = [(0, one.offset, codec.decode(one.value)) for one in lane.read]
    _, should = recounted(in_order(facts, {0: lane.fired(), 1: []}))
    assert list(differences(should, _outcome([codec.decode(one.value) for one in lane.told]))) == []
    assert should.refusals.total() == 2
    assert should.waiting == {}
    _, unheard = recounted(in_order(facts, {}))
    assert [one["what"] for one in differences(should, unheard)] == ["deal", "refusal", "refusal", "refusal"]


@pytest.mark.parametrize("stage", [Stage.CONTRACTED, Stage.INDUSTRIALISED])
def test_an_achievement_that_is_sold_twice_is_found_by_its_deals_alone(stage: Stage) -> None:
    offered = Offered(is_registered=True)
    told: list[Record] = [one for each in sale() for one in follow(offered, each)]
    (first,) = _outcome(told).deals.values()
    second = replace(first, demand_id="D2", stage=stage, terms=ORDINARY_TERMS)
    assert [one["demands"] for one in sold_twice([first, second])] == [["district-210202/D1", "district-210202/D2"]]
    assert list(sold_twice([first, replace(second, stage=Stage.ENDED)])) == []
    assert list(sold_twice([second, replace(second, demand_id="D3")])) == []


def _part(*deals: DealAdvanced) -> Part:
    return Part(Counter(deals=len(deals)), (), frozenset(one.achievement_ref for one in deals), contracts(deals))


def test_an_achievement_that_is_sold_in_two_partitions_is_found_by_adding_up_what_each_says() -> None:
    offered = Offered(is_registered=True)
    told: list[Record] = [one for each in sale() for one in follow(offered, each)]
    (first,) = _outcome(told).deals.values()
    other = replace(first, demand_id="D2", terms=ORDINARY_TERMS)
    assert added_up([_part(first), _part(replace(other, achievement_id="A2"))]) == ({"deals": 2}, [])
    checked, found = added_up([_part(first), _part(other)])
    assert checked == {"deals": 2}
    assert [one["what"] for one in found] == ["law of deals: partition", "sold twice"]
    # Where nobody has it alone, that it lies in two places is wrong all the same: nothing of it was looked at together.
    ended = replace(other, stage=Stage.ENDED)
    assert [one["what"] for one in added_up([_part(first), _part(ended)])[1]] == ["law of deals: partition"]
