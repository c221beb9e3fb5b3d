"""From an office's submission to what deals are told, over all partitions, with workers that die in between."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings, strategies as st

from schemas import topics
from schemas.records import (
    HintCause,
    InstitutionKind,
    LifeTask,
    Money,
    Move,
    NegotiationUpdated,
    PolicyHintWithdrawn,
    TaskMove,
)
from streams import admission, deals, life_cycle, policies
from streams.domain.working_days import day_of
from streams.policy_check import Log, Outcome
from tests.unit.streams.house import House
from tests.unit.streams.making import (
    NOW,
    achievement,
    admitted,
    demand,
    move,
    no_achievement,
    sale,
    subsidy,
    task,
    tech_contract,
)

_NAMES = [f"A{number}" for number in range(6)]


def _house(seed: int = 1) -> House:
    plans = (admission.plan(), deals.plan(), life_cycle.plan(), policies.plan())
    house = House(plans, random.Random(seed))
    house.append(topics.INSTITUTIONS, admitted("office", InstitutionKind.DISTRICT_OFFICE))
    house.tick(NOW)
    return house


def _registered(name: str) -> list[NegotiationUpdated]:
    """The moves of dlut with itself over an achievement, up to the registered contract."""
    changes: dict[str, Any] = {"achievement_id": name, "demand_institution_id": "dlut"}
    moves = sale(**changes)
    return [*moves, move(Move.REGISTER, len(moves) + 1, **changes)]


def _outcome(house: House) -> Outcome:
    found = Outcome()
    for told in house.read(topics.POLICY_HINTS.name):
        found.take(told)
    return found


def _log(house: House) -> Log:
    log = Log()
    for topic in (topics.TASK_STATES, topics.ACHIEVEMENTS, topics.DEMANDS, topics.DEALS):
        for fact in house.read(topic.name):
            log.take(fact)
    return log


def _agrees(house: House, now: datetime = NOW) -> Outcome:
    found = _outcome(house)
    assert found.hints == _log(house).expected({0: day_of(int(now.timestamp() * 1000))})
    assert found.wrong == []
    return found


def _causes(house: House) -> list[HintCause]:
    told = house.read(topics.POLICY_HINTS.name)
    return [one.cause for one in told if isinstance(one, PolicyHintWithdrawn)]


def test_a_policy_reaches_the_deals_of_every_partition() -> None:
    house = _house()
    house.submit("dlut", demand(institution_id="dlut"))
    for name in _NAMES:
        house.submit("dlut", achievement(name))
        for each in _registered(name):
            house.submit("dlut", each)
    house.submit("office", subsidy("deal.has_contract"))
    house.drain()
    assert {key.achievement_ref for _, key in _agrees(house).hints} == {f"dlut/{name}" for name in _NAMES}
    assert {place[1] for place in house.logs if place[0] == topics.POLICY_HINTS.name} == {0, 1}
    house.submit("office", task(LifeTask.POLICY, TaskMove.REPORT, "C1", institution_id="dlut", title="slow",
                                text="no answer", subject_institution_id="office", subject_id="P1"))  # fmt: skip
    house.submit("office", subsidy("", TaskMove.CLOSE, policy=None, title="", since=None, reason="over"))
    house.drain()
    assert _agrees(house).hints == {}
    assert _causes(house) == [HintCause.POLICY_ENDED] * len(_NAMES)


def test_an_amended_and_a_rescinded_contract_take_their_benefits_along() -> None:
    house = _house()
    changes: dict[str, Any] = {"demand_institution_id": "dlut"}
    house.submit("dlut", demand(institution_id="dlut"))
    house.submit("dlut", achievement())
    for each in _registered("A1"):
        house.submit("dlut", each)
    house.submit("office", subsidy("deal.technical_amount_fen >= 10000"))
    house.drain()
    assert len(_agrees(house).hints) == 1
    smaller = tech_contract(amount=Money(Decimal("100.00"), "CNY"), non_technical=Decimal("0.01"))
    house.submit("dlut", move(Move.AMEND, 6, contract=smaller, **changes))
    house.drain()
    assert _agrees(house).hints == {}
    house.submit("dlut", move(Move.AMEND, 7, contract=tech_contract(), **changes))
    house.drain()
    assert len(_agrees(house).hints) == 1
    house.submit("dlut", move(Move.RESCIND, 8, **changes))
    house.drain()
    assert _agrees(house).hints == {}
    assert _causes(house) == [HintCause.DEAL_CHANGED, HintCause.DEAL_ENDED]


def test_when_the_last_day_of_a_policy_is_over_its_hints_go_without_a_word_of_anybody() -> None:
    house = _house()
    house.submit("dlut", demand(institution_id="dlut"))
    house.submit("dlut", achievement())
    house.submit("dlut", move(Move.CONTACT, 1, demand_institution_id="dlut"))
    house.submit("office", subsidy("true", until=date(2026, 3, 2)))
    house.drain()
    assert len(_outcome(house).hints) == 1
    for last, left in ((datetime(2026, 3, 2, 15, 59, tzinfo=UTC), 1), (datetime(2026, 3, 2, 16, 0, tzinfo=UTC), 0)):
        house.tick(last)
        house.drain()
        assert len(_agrees(house, last).hints) == left


def test_a_rule_that_compiles_no_more_qualifies_nobody_and_a_refused_one_reaches_nobody() -> None:
    house = _house()
    house.submit("office", subsidy("deal.contract"))
    house.drain()
    assert house.read(topics.TASKS.name) == house.read(topics.POLICIES.name) == []


_steps = st.one_of(
    st.sampled_from(_NAMES[:3]).map(lambda name: ("sell", name)),
    st.sampled_from(_NAMES[:3]).map(lambda name: ("withdraw", name)),
    st.sampled_from(["deal.has_contract", "achievement.is_offered", "day > date('2026-03-03')"]).map(
        lambda rule: ("rule", rule)
    ),
    st.sampled_from(["work", "die", "die"]).map(lambda step: (step, "")),
    st.integers(0, 5).map(lambda days: ("tick", str(days))),
)


class _Story:
    """What happens to a house, step by step."""

    def __init__(self, seed: int) -> None:
        self.house, self.now = _house(seed), NOW
        self._version, self._is_open = 0, False
        self.house.submit("dlut", demand(institution_id="dlut"))

    def tell(self, step: str, name: str) -> None:
        self._version += 1
        match step:
            case "sell":
                self.house.submit("dlut", achievement(name, version=self._version))
                for each in _registered(name):
                    self.house.submit("dlut", each)
            case "withdraw":
                self.house.submit("dlut", no_achievement(name, version=self._version))
            case "rule":
                self.house.submit("office", subsidy(name, TaskMove.REVISE if self._is_open else TaskMove.OPEN))
                self._is_open = True
            case "tick":
                self.now = max(self.now, NOW.replace(day=1 + int(name)))
                self.house.tick(self.now)
            case _:
                self._work(step)

    def _work(self, step: str) -> None:
        lane = self.house.plans[-1]
        for plan in self.house.plans if step == "work" else (lane,):
            for key in self.house.keys(plan):
                (self.house.turn if step == "work" else self.house.abort)(plan, key, 3)


@given(st.lists(_steps, min_size=4, max_size=20), st.integers(0, 1000))
@settings(deadline=None, max_examples=60)
def test_whenever_workers_die_what_is_told_at_the_end_is_what_follows(steps: list[tuple[str, str]], seed: int) -> None:
    story = _Story(seed)
    for step in steps:
        story.tell(*step)
    story.house.drain()
    _agrees(story.house, story.now)


def test_an_office_that_closes_a_policy_twice_is_told_so_and_nothing_is_told_twice() -> None:
    house = _house()
    closing = subsidy("", TaskMove.CLOSE, policy=None, title="", since=None, reason="over")
    for one in (subsidy("true"), closing, replace(closing, submission_id=subsidy("true").submission_id)):
        house.submit("office", one)
    house.drain()
    assert len(house.read(topics.POLICIES.name)) == 2 * topics.POLICIES.partitions
