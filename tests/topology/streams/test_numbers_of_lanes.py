"""How many lanes there are changes who does the work, and nothing of what is live."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from schemas import topics
from schemas.records import MatchWithdrawn, Record, WithdrawalReason
from streams import admission, deals, matching, ranking
from tests.unit.streams.house import House
from tests.unit.streams.making import (
    DAY,
    EXCLUSIVE_TERMS,
    MODEL,
    NOW,
    achievement,
    demand,
    no_achievement,
    no_demand,
    sale,
)
from tests.unit.streams.truth import Live, live_as_told, live_by_brute_force

_STEPS = 400
_DAYS = 3
_INSTITUTIONS = ("dlut", "dicp")
_WORDS = ("pump", "pump pump", "pump valve", "valve", "pump 泵", "泵阀 blade", "blade pump")
_LAST = replace(MODEL, version="tiny-last", surprisal={**MODEL.surprisal, "pump": 4.0})

Said = Callable[[House], None]


def _submitted(institution: str, record: Record) -> Said:
    return lambda house: house.submit(institution, record)


def _ticked(days: float) -> Said:
    return lambda house: house.tick(NOW + days * DAY)


def _story(chance: random.Random) -> list[Said]:
    """Two institutions register, revise, withdraw, sell and let expire for three days, then the model changes."""
    story: list[Said] = [lambda house: house.publish(MODEL), _ticked(0)]
    for step in range(1, _STEPS):
        story += [_submitted(*said) for said in _words(chance, step)]
        if chance.random() < 0.05:
            story.append(_ticked(_DAYS * step / _STEPS))
    return [*story, lambda house: house.publish(_LAST), _ticked(_DAYS)]


def _words(chance: random.Random, version: int) -> list[tuple[str, Record]]:
    by, words = chance.choice(_INSTITUTIONS), chance.choice(_WORDS)
    name, asked = f"A{chance.randrange(30)}", f"D{chance.randrange(20)}"
    end = None if chance.random() < 0.5 else (NOW + timedelta(days=chance.randrange(_DAYS))).date()
    one = chance.random()
    if one < 0.55:
        return [(by, achievement(name, words, version, institution_id=by, valid_until=end))]
    if one < 0.75:
        wanted = chance.randint(1, 6)
        return [(by, demand(asked, words, version, institution_id=by, deadline=end, matches_wanted=wanted))]
    if one < 0.9:
        return [(by, no_achievement(name, version, institution_id=by))]
    if one < 0.95:
        return [(by, no_demand(asked, version, institution_id=by))]
    return [(by, record) for record in _sold(by, name, asked)]


def _sold(by: str, name: str, asked: str) -> list[Record]:
    # One inbox: in which order two of them are admitted is nobody's promise.
    pair = {"achievement_institution_id": by, "achievement_id": name, "demand_institution_id": by, "demand_id": asked}
    return list(sale(EXCLUSIVE_TERMS, **pair))


def _house(story: Sequence[Said], lanes: int) -> House:
    """The house after the story, drained; meanwhile its lanes work a little, in any order, and die."""
    plans = (admission.plan(lanes=lanes), matching.plan(), ranking.plan(), deals.plan())
    house = House(plans, random.Random(lanes), lanes)
    for said in story:
        said(house)
        house.work_in_background()
        plan = house.random.choice(plans)
        key = house.random.choice(house.keys(plan) or [""])
        if key and house.random.random() < 0.05:
            house.restart(plan, key)
        elif key:
            house.turn(plan, key, house.random.randint(1, 50))
    house.drain()
    return house


def _live(house: House) -> Live:
    return live_as_told(house.read(topics.MATCHES.name))


@pytest.mark.parametrize("seed", range(4))
def test_the_same_facts_leave_the_same_matches_live_whatever_the_number_of_lanes(seed: int) -> None:
    story = _story(random.Random(seed))
    houses = {lanes: _house(story, lanes) for lanes in (1, 2, 3, 5)}
    read = houses[1].read
    registers = read(topics.ACHIEVEMENTS.name), read(topics.DEMANDS.name), read(topics.DEALS.name)
    expected = live_by_brute_force(*registers, NOW + _DAYS * DAY, _LAST)
    assert len(expected) > 10
    for lanes, house in houses.items():
        assert {place[1] for place in house.logs if place[0] == topics.ACHIEVEMENTS.name} == set(range(lanes))
        assert _live(house) == expected, f"{lanes} lanes"


def test_the_story_takes_matches_back_for_every_reason() -> None:
    told = _house(_story(random.Random(0)), 3).read(topics.MATCHES.name)
    # Duplicates are found by a lane that has no part in this story.
    assert {one.reason for one in told if isinstance(one, MatchWithdrawn)} == set(WithdrawalReason) - {
        WithdrawalReason.UNKNOWN,
        WithdrawalReason.DUPLICATE,
    }
