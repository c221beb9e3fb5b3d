"""Deals that are kept as bytes are the deals that were put there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas import codec
from schemas.records import DealAdvanced
from streams.domain.stages import Offered
from streams.domain.turns import follow
from streams.packed_deals import PackedDeals, Telling
from tests.unit.streams.making import sale


def _advances() -> list[DealAdvanced]:
    offered = Offered(is_registered=True)
    return [told for one in sale() for told in follow(offered, one) if isinstance(told, DealAdvanced)]


def test_a_deal_comes_back_as_it_was_put_there_whatever_was_asked_for_in_between() -> None:
    first, *_, last = _advances()
    other = replace(last, demand_id="D2")
    deals = PackedDeals(Telling())
    deals["a"], deals["b"] = first, other
    assert [deals["a"], deals["b"], deals["a"]] == [first, other, first]
    deals["a"] = last
    assert dict(deals) == {"a": last, "b": other}
    assert deals.get("c") is None
    with pytest.raises(KeyError):
        deals["c"]
    del deals["a"]
    assert ("a" in deals, "b" in deals, len(deals)) == (False, True, 1)


def test_a_deal_is_told_in_the_bytes_that_are_kept() -> None:
    telling = Telling()
    for deal in _advances():
        assert telling.written(deal) == codec.encode(deal)
        assert telling.read(telling.written(deal)) is deal
    assert telling.read(codec.encode(deal)) == deal


def test_deals_move_alike_kept_whole_or_as_bytes() -> None:
    whole, packed = Offered(is_registered=True), Offered(is_registered=True, deals=PackedDeals(Telling()))
    for one in [*sale(), *sale()]:
        assert [*follow(packed, one)] == [*follow(whole, one)]
    assert dict(packed.deals) == whole.deals


def test_a_deal_at_hand_is_to_the_letter_the_one_that_is_read_anew() -> None:
    """So it makes no difference to any record whether a deal was at hand."""
    for at_hand in (0, 1, 2):
        telling = Telling(at_hand)
        deals = PackedDeals(telling)
        for deal in _advances():
            deals["a"], deals["b"] = deal, replace(deal, demand_id="D2")
            deals["c"] = replace(deal, demand_id="D3")
            assert [repr(deals[ref]) for ref in "abc"] == [
                repr(codec.decode(codec.encode(replace(deal, demand_id=ref)))) for ref in (deal.demand_id, "D2", "D3")
            ]


def test_of_deals_at_hand_the_one_that_was_told_longest_ago_is_let_go_first() -> None:
    first, second, *_ = _advances()
    others = [replace(first, demand_id=f"D{number}") for number in (2, 3)]
    deals = PackedDeals(Telling(at_hand=2))
    deals["a"], deals["b"] = first, others[0]
    deals["a"] = second
    deals["c"] = others[1]
    assert deals["a"] is second
    assert deals["c"] is others[1]
    assert deals["b"] == others[0]
    assert deals["b"] is not others[0]
