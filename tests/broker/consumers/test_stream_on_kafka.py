"""Subscribers resume exactly, whatever transactions leave in the log."""

from __future__ import annotations

import pytest

from consumers.cursor import NoCursor
from consumers.filters import MatchFilter
from consumers.subscription import BEGINNING, NOW, Event, Subscription
from schemas.errors import Unavailable
from tests.broker.consumers.conftest import World, until
from tests.unit.consumers import facts


def opened(world: World, at: str, wanted: MatchFilter | None = None) -> Subscription:
    subscription = Subscription(world.bootstrap, world.facts.name, wanted or MatchFilter())
    subscription.start(at)
    return subscription


def read(subscription: Subscription, count: int) -> list[Event]:
    events: list[Event] = []

    def enough() -> bool:
        events.extend(subscription.read(0.1))
        return len(events) >= count

    until(enough)
    return events


def fill(world: World, numbers: range) -> None:
    for number in numbers:
        world.write(facts.proposed(f"d{number}", "a", 0.5 if number % 2 else 0.25))
        world.write(facts.proposed("ghost", "g"), commit=False)


def test_from_any_cursor_the_rest_comes_once_and_whole(world: World) -> None:
    fill(world, range(12))
    first = opened(world, BEGINNING)
    everything = read(first, 12)
    first.close()
    assert len({event.data for event in everything}) == 12
    for heard in (1, 5, 11):
        later = opened(world, str(everything[heard - 1].cursor))
        rest = {event.data for event in read(later, 12 - heard)}
        later.close()
        assert rest == {event.data for event in everything[heard:]}


def test_now_is_after_everything_that_was_committed(world: World) -> None:
    fill(world, range(3))
    subscription = opened(world, NOW)
    world.write(facts.match_withdrawn("d1", "a"))
    (event,) = read(subscription, 1)
    subscription.close()
    assert event.name == "MatchWithdrawn"


def test_the_cursor_sent_at_the_start_is_a_place_to_resume(world: World) -> None:
    fill(world, range(3))
    subscription = opened(world, NOW)
    subscription.close()
    fill(world, range(3, 5))
    again = opened(world, str(subscription.cursor))
    assert len(read(again, 2)) == 2
    again.close()


def test_what_is_not_asked_for_moves_the_cursor_all_the_same(world: World) -> None:
    fill(world, range(4))
    subscription = opened(world, BEGINNING, MatchFilter(score_min=0.4))
    events = read(subscription, 4)
    subscription.close()
    assert sum(event.data is not None for event in events) == 2
    assert events[-1].cursor == subscription.cursor


@pytest.mark.parametrize("at", ["yesterday", "1.2", "0.0.9999"])
def test_a_cursor_that_is_none_is_refused(world: World, at: str) -> None:
    subscription = Subscription(world.bootstrap, world.facts.name, MatchFilter())
    with pytest.raises(NoCursor):
        subscription.start(at)
    subscription.close()


def test_a_topic_that_is_not_there_yet_is_away(world: World) -> None:
    subscription = Subscription(world.bootstrap, f"techdock.{world.name}-none.v1", MatchFilter())
    with pytest.raises(Unavailable, match="topics apply"):
        subscription.start(NOW)
    subscription.close()
