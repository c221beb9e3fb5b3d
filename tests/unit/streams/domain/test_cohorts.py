"""What a deal is grouped by follows what the register said last."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from schemas.records import PipelineDimension, SpotlightChosen, SpotlightEntry, SpotlightOrder, Stage
from streams.domain.cohorts import Cohorts
from tests.unit.streams.advances import advance
from tests.unit.streams.making import DAY, NOW, achievement, demand, tech_contract

_DEAL = advance("D1", 1, Stage.CONTACTED, 0)


def _spotlight(session: str, *names: str, at: datetime = NOW - DAY) -> SpotlightChosen:
    order = SpotlightOrder.POINTS
    entries = tuple(
        SpotlightEntry(place, "dlut", name, 1, "pump", 9, 9, 1, None, 1, 1, 1, order)
        for place, name in enumerate(names, 1)
    )
    return SpotlightChosen(session, at, "li", 50, 10, (), (), entries, ())


def _values(cohorts: Cohorts, dimension: PipelineDimension) -> list[str]:
    return [*cohorts.values(dimension, _DEAL, NOW)]


@pytest.mark.parametrize(
    ("dimension", "value"),
    [
        (PipelineDimension.ALL, "all"), (PipelineDimension.DISTRICT, "unknown"),
        (PipelineDimension.INDUSTRY, "unknown"), (PipelineDimension.INSTITUTION, "dlut"),
        (PipelineDimension.ENTERPRISE, "neusoft"), (PipelineDimension.BROKER, "none"),
        (PipelineDimension.SESSION, "none"),
    ],
)  # fmt: skip
def test_a_deal_belongs_somewhere_also_where_nothing_is_known(dimension: PipelineDimension, value: str) -> None:
    assert _values(Cohorts(), dimension) == [value]


def test_district_and_industries_are_those_that_were_registered_last() -> None:
    cohorts = Cohorts()
    cohorts.take(demand("D1", district="210202", institution_id="neusoft"))
    cohorts.take(achievement("A1", industries=("I65", "C37")))
    assert cohorts.take(demand("D1", version=2, district="210211", institution_id="neusoft")) == {"neusoft/D1"}
    assert _values(cohorts, PipelineDimension.DISTRICT) == ["210211"]
    assert _values(cohorts, PipelineDimension.INDUSTRY) == ["C37", "I65"]
    assert cohorts.take(achievement("A1", version=2, industries=("I65", "C37"))) == frozenset()


def test_brokers_are_those_whom_the_contract_gives_a_share() -> None:
    deal = replace(_DEAL, contract=tech_contract())
    assert [*Cohorts().values(PipelineDimension.BROKER, deal, NOW)] == ["broker-1"]


def test_a_deal_belongs_to_the_last_session_that_had_announced_its_achievement_when_it_began() -> None:
    cohorts = Cohorts()
    cohorts.take(_spotlight("spring", "A1", at=NOW - 9 * DAY))
    cohorts.take(_spotlight("summer", "A2", "A1", at=NOW - DAY))
    cohorts.take(_spotlight("autumn", "A1", at=NOW + DAY))
    assert _values(cohorts, PipelineDimension.SESSION) == ["summer"]


def test_a_list_that_is_chosen_again_takes_the_place_of_the_one_before() -> None:
    cohorts = Cohorts()
    cohorts.take(_spotlight("spring", "A1"))
    assert cohorts.take(_spotlight("spring", "A2")) == {"dlut/A1", "dlut/A2"}
    assert _values(cohorts, PipelineDimension.SESSION) == ["none"]
