"""The list of a session is a function of what stands, and says why each is where it is."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from schemas.records import Disclosure, IpKind, IpRight, PassedOver, SpotlightEntry, SpotlightOrder
from streams.domain.spotlight import Offer, Rule, chosen, may_stand
from tests.unit.streams.making import achievement

_PATENT = IpRight(IpKind.INVENTION_PATENT, "ZL202310000001.X")
_RULE = Rule(10, 10, ("C37", "I65"))


def _offer(name: str = "A1", demands: int = 0, **facets: Any) -> Offer:
    plain: dict[str, Any] = {"maturity": None, "industries": (), "ip_rights": (), "valid_until": None}
    return Offer(achievement(name, **{**plain, **facets}), demands)


def _names(offers: list[Offer], rule: Rule = _RULE) -> list[str]:
    return [entry.achievement_id for entry in chosen(offers, rule)[0]]


@pytest.mark.parametrize(
    ("offer", "factors"),
    [
        (_offer(), (1, 1, 1, 1)),
        (_offer(maturity=7), (7, 1, 1, 1)),
        (_offer(industries=("C3731",)), (1, 3, 1, 1)),
        (_offer(industries=("I6510", "A0441")), (1, 3, 1, 1)),
        (_offer(industries=("C3811",)), (1, 1, 1, 1)),
        (_offer(ip_rights=(_PATENT, _PATENT)), (1, 1, 3, 1)),
        (_offer(ip_rights=(_PATENT,) * 9), (1, 1, 4, 1)),
        (_offer(ip_rights=(IpRight(IpKind.KNOW_HOW, " "),)), (1, 1, 1, 1)),
        (_offer(demands=3), (1, 1, 1, 4)),
        (_offer(demands=40), (1, 1, 1, 10)),
    ],
)
def test_points_are_the_product_of_four_factors(offer: Offer, factors: tuple[int, int, int, int]) -> None:
    ((entry,), _) = chosen([offer], _RULE)
    assert (entry.maturity, entry.fit, entry.evidence, entry.interest) == factors
    assert entry.points == factors[0] * factors[1] * factors[2] * factors[3]
    assert entry.demands == offer.demands


def test_the_key_industry_that_fits_best_is_named() -> None:
    ((entry,), _) = chosen([_offer(industries=("C3731",))], Rule(1, 1, ("C35", "C373")))
    assert (entry.key_industry, entry.fit) == ("C373", 4)


def test_a_tie_says_what_decided_it() -> None:
    offers = [
        _offer("A1", demands=9, maturity=3),
        _offer("A2", demands=12, maturity=3),
        _offer("A3", demands=2, maturity=8),
        _offer("A4", demands=3, maturity=6),
        _offer("A6", demands=2, maturity=8),
    ]
    entries, _ = chosen(offers, Rule(4, 5, ()))
    order = SpotlightOrder
    assert [(entry.achievement_id, entry.decided_by) for entry in entries] == [
        ("A2", order.DEMANDS), ("A1", order.POINTS), ("A4", order.DEMANDS), ("A3", order.REFERENCE),
    ]  # fmt: skip


def test_of_equally_wanted_ones_the_more_mature_comes_first() -> None:
    offers = [_offer("A1", maturity=3, ip_rights=(_PATENT,)), _offer("A2", maturity=6)]
    entries, _ = chosen(offers, _RULE)
    assert [(one.achievement_id, one.points) for one in entries] == [("A2", 6), ("A1", 6)]
    assert entries[0].decided_by is SpotlightOrder.MATURITY


def test_a_quota_leaves_places_to_other_institutions_and_names_whom_it_kept_out() -> None:
    offers = [_offer(f"A{n}", maturity=n) for n in range(5, 9)]
    offers.append(Offer(achievement("B1", institution_id="dicp", maturity=1), 0))
    entries, passed_over = chosen(offers, Rule(3, 2, ()))
    assert [entry.achievement_id for entry in entries] == ["A8", "A7", "B1"]
    # Without a quota the list would be A8, A7, A6.
    assert [(one.achievement_id, one.points) for one in passed_over] == [("A6", 6)]


def test_whoever_comes_after_the_last_place_was_not_passed_over() -> None:
    offers = [_offer(f"A{n}", maturity=n) for n in range(5, 9)]
    assert chosen(offers, Rule(1, 1, ()))[1] == ()


def test_nothing_stands_where_nothing_is_offered() -> None:
    assert chosen([], _RULE) == ((), ())


_at = datetime(2026, 2, 28, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facets", "may"),
    [
        ({"valid_until": None}, True),
        # In China it is the first of March already.
        ({"valid_until": date(2026, 3, 1)}, True),
        ({"valid_until": date(2026, 2, 28)}, False),
        ({"disclosure": Disclosure.CONFIDENTIAL}, False),
        ({"disclosure": Disclosure.PARTNERS}, True),
    ],
)
def test_what_has_ended_or_is_secret_is_not_announced(facets: dict[str, Any], may: bool) -> None:
    assert may_stand(achievement(**facets), _at) is may


_offers = st.lists(
    st.builds(
        _offer, st.sampled_from([f"A{n}" for n in range(12)]), st.integers(0, 12),
        institution_id=st.sampled_from(["dlut", "dicp", "dlmu"]), maturity=st.none() | st.integers(1, 9),
        industries=st.sampled_from([(), ("C3731",), ("I65",)]), ip_rights=st.sampled_from([(), (_PATENT,)]),
    ),
    max_size=20, unique_by=lambda offer: offer.achievement.ref,
)  # fmt: skip


@given(_offers, st.integers(1, 8), st.integers(1, 4), st.integers(0, 9))
def test_the_list_is_the_best_that_the_quota_allows(offers: list[Offer], count: int, quota: int, seed: int) -> None:
    rule = Rule(count, quota, ("C37",))
    found = chosen(offers, rule)
    mixed = offers.copy()
    random.Random(seed).shuffle(mixed)
    assert chosen(mixed, rule) == found
    entries, passed_over = found
    assert [entry.place for entry in entries] == list(range(1, len(entries) + 1))
    assert len(entries) == min(count, sum(min(quota, many) for many in _by_owner(offers).values()))
    for owner, many in _by_owner(offers).items():
        mine = [entry for entry in entries if entry.achievement_institution_id == owner]
        over = [one for one in passed_over if one.achievement_institution_id == owner]
        assert len(mine) <= quota
        assert not over or (len(mine) == quota and over[0].points <= mine[-1].points)
        assert len(mine) + len(over) <= many
    assert [entry.points for entry in entries] == sorted((entry.points for entry in entries), reverse=True)
    without, _ = chosen(offers, Rule(count, count, ("C37",)))
    assert _refs(passed_over) == _refs(without) - _refs(entries)


def _refs(named: Iterable[SpotlightEntry | PassedOver]) -> set[tuple[str, str]]:
    # Two institutions may give the same id.
    return {(one.achievement_institution_id, one.achievement_id) for one in named}


def _by_owner(offers: list[Offer]) -> dict[str, int]:
    owners = [offer.achievement.institution_id for offer in offers]
    return {owner: owners.count(owner) for owner in owners}
