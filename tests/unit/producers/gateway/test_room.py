"""Bodies that come in side by side have bounds together, and give back what they took."""

from __future__ import annotations

import pytest

from producers.gateway.bodies import Room
from producers.gateway.problems import Problem


def test_one_institution_cannot_take_all_the_room() -> None:
    room = Room(most=100, most_of_one=60)
    with room.held("dlut") as first, room.held("dlut") as second, room.held("dicp") as other:
        first(40)
        with pytest.raises(Problem, match="Too many bodies") as caught:
            second(30)
        assert caught.value.status == 503
        other(60)
        with pytest.raises(Problem, match="Too many bodies"):
            second(10)


def test_what_was_taken_is_given_back_whatever_came_of_it() -> None:
    room = Room(most=100, most_of_one=60)

    def fail() -> None:
        with room.held("dlut") as more:
            more(60)
            raise ConnectionError

    for _ in range(3):
        with pytest.raises(ConnectionError):
            fail()
    assert room == Room(most=100, most_of_one=60)
