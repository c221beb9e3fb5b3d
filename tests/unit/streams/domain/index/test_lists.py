"""Runs of pairs behave as dictionaries do, whatever moves and whatever room is used again."""

from __future__ import annotations

import numpy as np
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from streams.domain.index import lists, runs

_KEYS = 6
_keys = st.sets(st.integers(0, _KEYS - 1), min_size=1)
_numbers = st.integers(0, 40)
_weights = st.integers(1, 65_535)


class RunsInAPool(RuleBasedStateMachine):
    """A pool so small that it has to grow, beside one dictionary a run."""

    @initialize()
    def begin(self) -> None:
        self.lists = lists.made(2, 4)
        self.lists = lists.with_keys(self.lists, _KEYS)
        self.runs: list[dict[int, int]] = [{} for _ in range(_KEYS)]

    @rule(keys=_keys, number=_numbers, weight=_weights)
    def insert(self, keys: set[int], number: int, weight: int) -> None:
        free = np.array(sorted(key for key in keys if number not in self.runs[key]), np.int32)
        self.lists = lists.inserted(self.lists, free, number, np.full(len(free), weight, np.uint16))
        for key in free.tolist():
            self.runs[key][number] = weight

    @rule(keys=_keys, number=_numbers)
    def remove(self, keys: set[int], number: int) -> None:
        holding = np.array(sorted(key for key in keys if number in self.runs[key]), np.int32)
        runs.remove_all(self.lists, holding, number)
        for key in holding.tolist():
            del self.runs[key][number]

    @rule(key=st.integers(0, _KEYS - 1), pairs=st.dictionaries(_numbers, _weights, max_size=30))
    def fill(self, key: int, pairs: dict[int, int]) -> None:
        runs.empty(self.lists, key)
        numbers = np.array(sorted(pairs), np.int32)
        weights = np.array([pairs[number] for number in sorted(pairs)], np.uint16)
        self.lists = lists.filled(self.lists, key, numbers, weights)
        self.runs[key] = dict(pairs)

    @invariant()
    def each_run_is_its_dictionary_in_order(self) -> None:
        for key, run in enumerate(self.runs):
            numbers, weights = self.lists.pairs(key)
            assert list(zip(numbers.tolist(), weights.tolist(), strict=True)) == sorted(run.items())


RunsInAPool.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestRunsInAPool = RunsInAPool.TestCase


def test_the_bound_of_a_run_is_never_below_its_largest_weight() -> None:
    made = lists.made(1)
    key = np.zeros(1, np.int32)
    for number, weight in enumerate((7, 900, 3)):
        made = lists.inserted(made, key, number, np.array([weight], np.uint16))
    assert made.most[0] == 900
    runs.remove_all(made, key, 1)
    assert made.most[0] >= 7


def test_room_that_was_given_back_is_used_again() -> None:
    made = lists.made(2)
    numbers, weights = np.arange(1000, dtype=np.int32), np.ones(1000, np.uint16)
    made = lists.filled(made, 0, numbers, weights)
    used = made.used()
    for _ in range(50):
        runs.empty(made, 0)
        made = lists.filled(made, 0, numbers, weights)
    assert made.used() == used
