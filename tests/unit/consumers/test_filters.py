"""A subscriber hears exactly what was asked for."""

from __future__ import annotations

import pytest

from consumers.filters import MatchFilter
from schemas import codec
from tests.unit.consumers import facts

MATCH = codec.decode_fields(codec.encode(facts.proposed("d", "a", 0.5)))[1]
GONE = codec.decode_fields(codec.encode(facts.match_withdrawn("d", "a")))[1]


@pytest.mark.parametrize(
    "wanted",
    [
        MatchFilter(),
        MatchFilter(industries=("C",)),
        MatchFilter(industries=("C26",)),
        MatchFilter(industries=("26",)),
        MatchFilter(industries=("2614",)),
        MatchFilter(industries=("A", "35")),
        MatchFilter(maturity_min=6, maturity_max=6),
        MatchFilter(district="2102"),
        MatchFilter(district="210211"),
        MatchFilter(institution="dlut"),
        MatchFilter(institution="district-210202"),
        MatchFilter(score_min=0.5),
    ],
)
def test_what_fits_passes(wanted: MatchFilter) -> None:
    assert wanted.lets_through(MATCH)
    assert wanted.lets_through(GONE)


@pytest.mark.parametrize(
    "wanted",
    [
        MatchFilter(industries=("A",)),
        MatchFilter(industries=("27",)),
        MatchFilter(industries=("C2615",)),
        MatchFilter(maturity_min=7),
        MatchFilter(maturity_max=5),
        MatchFilter(district="2103"),
        MatchFilter(institution="dmu"),
    ],
)
def test_what_does_not_fit_is_kept_back(wanted: MatchFilter) -> None:
    assert not wanted.lets_through(MATCH)
    assert not wanted.lets_through(GONE)


def test_a_low_score_is_kept_back_and_a_withdrawal_has_none() -> None:
    assert not MatchFilter(score_min=0.6).lets_through(MATCH)
    assert MatchFilter(score_min=0.6).lets_through(GONE)


def test_a_match_without_maturity_is_not_in_any_range() -> None:
    assert not MatchFilter(maturity_min=1).lets_through({**MATCH, "maturity": None})
    assert MatchFilter().lets_through({**MATCH, "maturity": None})


def test_codes_that_are_none_are_said() -> None:
    assert len(MatchFilter(industries=("C26", "Z99"), district="2").problems()) == 2
    assert MatchFilter(industries=("C26",), district="2102").problems() == []


def test_conditions_travel_in_a_url_as_they_were_given() -> None:
    wanted = MatchFilter(("C26", "35"), 3, None, "2102", None, 0.25)
    assert wanted.as_parameters() == {
        "industry": ["C26", "35"],
        "maturity_min": "3",
        "district": "2102",
        "score_min": "0.25",
    }
