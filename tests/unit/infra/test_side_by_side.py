"""What runs in processes of its own answers as if it ran here, and never ends without a word."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator

import pytest

from infra.side_by_side import others, worth
from schemas import codec, framing
from schemas.errors import Misconfigured, TechDockError, Unavailable, Unreadable
from schemas.framing import Framing
from schemas.records import DealAdvanced
from tests.unit.infra import asking


@pytest.fixture
def adopted() -> Iterator[Framing]:
    """What this process adopts for a test."""
    before, made = framing.adopted(), Framing({7: codec.prefix(DealAdvanced.__name__)}, writes_confluent=True)
    framing.adopt(made)
    yield made
    framing.adopt(before)


def test_each_of_several_answers_from_a_process_of_its_own_that_frames_records_alike(adopted: Framing) -> None:
    with others(2) as crew:
        waiting = [crew.ask(pow, 2, number) for number in range(5)]
        assert [wait() for wait in waiting] == [1, 2, 4, 8, 16]
        assert crew.ask(os.getpid)() != os.getpid()
        assert crew.ask(framing.adopted)() == adopted


def test_one_that_is_asked_may_ask_others() -> None:
    with others(2) as crew:
        assert len({os.getpid(), *crew.ask(asking.ids)()}) == 3


def test_where_there_is_one_processor_it_is_this_process_that_answers() -> None:
    with others(1) as crew:
        assert crew.ask(os.getpid)() == os.getpid()


def test_few_records_are_gone_through_here_and_many_by_one_for_each_processor_at_most() -> None:
    assert worth(39_999, 9) == 1
    assert worth(40_000, 9) == min(9, len(os.sched_getaffinity(0)))
    assert (worth(40_000, 1), worth(40_000, 0)) == (1, 1)


def test_what_is_raised_there_is_raised_here_with_all_that_it_says() -> None:
    with others(2) as crew, pytest.raises(Unreadable, match="starts with 6e6f") as raised:
        crew.ask(codec.decode, b"no record")()
    assert raised.value.where == "value"


@pytest.mark.parametrize("error", [Misconfigured(["a", "b"]), Unavailable("the broker is away", 3.0)])
def test_errors_come_from_another_process_as_they_were(error: TechDockError) -> None:
    # As they are taken apart and put together on their way.
    again = copy.copy(error)
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_a_process_that_ends_without_an_answer_is_an_error_that_names_what_it_ran() -> None:
    with others(2) as crew, pytest.raises(Unavailable, match=re.escape("a process that ran _exit ended before")):
        crew.ask(os._exit, 9)()
