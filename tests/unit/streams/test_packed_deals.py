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
