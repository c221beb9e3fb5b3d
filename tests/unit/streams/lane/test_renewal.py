"""What becomes of a successor that fails, is not wanted any more, or whose shard goes to another worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import pytest

from infra import metrics
from infra.reading import Place
from schemas.errors import Unavailable
from streams.lane import Input, LanePlan, Output, Shard, by_partition
from streams.lane.renewal import Renewals
from streams.lane.restore import GivenUp

_FACTS, _WORDS = ("facts", 0), ("words", 0)


class Echo:
    """Tells each fact with the word that it follows."""

    def __init__(self, follows: str | None = None) -> None:
        self.follows = follows
        self.wanted: str | None = None
        self.facts: list[bytes | None] = []

    def load(self, record: Input) -> None:
        self.facts.append(record.value)

    def restored(self) -> None:
        pass

    def decide(self, record: Input) -> Iterable[Output]:
        assert record.value is not None
        if record.topic == "words":
            self.wanted = record.value.decode()
        else:
            self.load(record)
        return ()

    def settle(self) -> Iterable[Output]:
        return ()

    @property
    def is_current(self) -> bool:
        return self.follows is not None and self.wanted is None

    def successor(self) -> Echo:
        return Echo(self.wanted)

    def hand_over(self, successor: Shard) -> Iterable[Output]:
        assert isinstance(successor, Echo)
        return [Output("told", None, f"{successor.follows}: {successor.facts}".encode(), 0)]


class Lane:
    """One shard, with its successors made whenever a test likes; filling them does what the test says."""

    def __init__(self) -> None:
        plan = LanePlan(
            "renewed", ("facts", "words"), by_partition, lambda _key: [], lambda _key: Echo(),
            governing=frozenset({"words"}),
        )  # fmt: skip
        self.now = 0.0
        self.work: list[Callable[[], None]] = []
        self.problem: Exception | None = None
        self.positions: dict[Place, int] = {_FACTS: 0, _WORDS: 0}
        self.read: Counter[str] = Counter()
        self.filled_to: list[Mapping[Place, int]] = []
        self.shards: dict[str, Shard] = {"0": Echo("first")}
        self.renewals = Renewals(plan, self._fill, self.work.append, lambda: self.now)

    def _fill(self, _key: str, _shard: Shard, positions: Mapping[Place, int], is_wanted: Callable[[], bool]) -> None:
        if self.problem is not None:
            raise self.problem
        if not is_wanted():
            raise GivenUp
        self.filled_to.append(positions)

    def hear(self, topic: str, value: bytes) -> list[bytes | None]:
        """One batch of one record; what was told by it."""
        record = Input(topic, 0, self.read[topic], 0, None, value, ())
        self.read[topic] += 1
        told = [output.value for output in self.renewals.take_over(self.shards)]
        list(self.shards["0"].decide(record))
        if not self.renewals.holds(record):
            self.positions[topic, 0] = record.offset + 1
        self.positions.update(self.renewals.released(self.shards))
        self.renewals.committed([record], self.shards, self.positions)
        return told


@pytest.fixture
def lane() -> Lane:
    return Lane()


def _behind() -> float:
    return float(metrics.LANE_SHARDS_BEHIND.labels("renewed")._value.get())


def _renewals(result: str) -> float:
    return float(metrics.LANE_RENEWALS.labels("renewed", result)._value.get())


def test_the_position_moves_past_a_governing_record_when_it_is_followed(lane: Lane) -> None:
    lane.hear("facts", b"a")
    lane.hear("words", b"second")
    assert (lane.positions, _behind()) == ({_FACTS: 1, _WORDS: 0}, 1)
    lane.hear("facts", b"b")
    lane.work.pop()()
    assert lane.filled_to == [{_FACTS: 1, _WORDS: 0}]
    assert lane.hear("facts", b"c") == [b"second: [b'b']"]
    assert (lane.positions, _behind()) == ({_FACTS: 3, _WORDS: 1}, 0)


def test_a_successor_that_is_ready_takes_its_place_also_without_a_record(lane: Lane) -> None:
    lane.hear("words", b"second")
    assert not lane.renewals.are_ready
    lane.work.pop()()
    assert lane.renewals.are_ready
    assert [output.value for output in lane.renewals.take_over(lane.shards)] == [b"second: []"]
    assert lane.renewals.released(lane.shards) == {_WORDS: 1}
    assert not lane.renewals.are_ready


def test_a_successor_that_fails_is_told_and_tried_again_while_the_shard_goes_on(
    lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    failed = _renewals("failed")
    lane.problem = Unavailable("the broker is away")
    lane.hear("words", b"second")
    lane.work.pop()()
    assert "cannot follow second; it is tried again in 30 s" in caplog.text
    assert "the broker is away" in caplog.text
    assert (_renewals("failed") - failed, _behind()) == (1, 1)
    lane.problem, lane.now = None, 29.0
    assert lane.hear("facts", b"a") == []
    assert lane.work == []
    lane.now = 31.0
    lane.hear("facts", b"b")
    lane.work.pop()()
    assert lane.filled_to == [{_FACTS: 2, _WORDS: 0}], "what was decided meanwhile comes from the sources"
    assert lane.hear("facts", b"c") == [b"second: []"]


def test_a_later_word_ends_the_successor_that_is_on_its_way(lane: Lane) -> None:
    replaced = _renewals("replaced")
    lane.hear("words", b"second")
    lane.hear("words", b"third")
    assert _renewals("replaced") - replaced == 1
    first, last = lane.work
    first()
    assert not lane.renewals.are_ready
    last()
    assert lane.hear("facts", b"a") == [b"third: []"]
    assert lane.positions[_WORDS] == 2


def test_a_word_that_is_heard_as_the_former_one_is_followed_does_not_hide_which_one_that_is(lane: Lane) -> None:
    lane.hear("words", b"second")
    lane.work.pop()()
    assert lane.hear("words", b"third") == [b"second: []"]
    # Whoever is restored here follows the second, and hears the third again.
    assert lane.positions[_WORDS] == 1
    lane.work.pop()()
    lane.hear("facts", b"a")
    assert lane.positions[_WORDS] == 2


def test_a_word_that_is_heard_again_is_no_record_for_the_successor_that_follows_it(lane: Lane) -> None:
    lane.hear("words", b"second")
    lane.hear("words", b"second")
    lane.work.pop()()
    assert lane.hear("facts", b"a") == [b"second: []"]
    assert lane.positions[_WORDS] == 2


def test_successors_of_shards_that_went_to_another_worker_are_given_up(lane: Lane) -> None:
    lane.hear("words", b"second")
    lane.renewals.keep(set())
    lane.work.pop()()
    assert lane.filled_to == []
    assert not lane.renewals.are_ready
    assert lane.renewals.released({}) == {}


def test_successors_of_shards_that_stayed_go_on(lane: Lane) -> None:
    lane.hear("words", b"second")
    lane.renewals.keep({"0"})
    lane.work.pop()()
    assert lane.hear("facts", b"a") == [b"second: []"]
    assert lane.positions[_WORDS] == 1
