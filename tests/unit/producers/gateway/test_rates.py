"""Buckets of tokens: what is taken, what comes back, and what is owed."""

from __future__ import annotations

from hypothesis import given, strategies as st

from producers.gateway.rates import Rate, Rates
from tests.unit.producers.gateway.serving import Clock


def test_a_full_bucket_is_emptied_at_once_and_fills_again() -> None:
    clock = Clock()
    rates = Rates(Rate(2.0, 3.0), clock)
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now += 0.5
    assert [rates.wait("a"), rates.wait("a")] == [0, 0.5]


def test_buckets_are_apart() -> None:
    rates = Rates(Rate(1.0, 1.0), Clock())
    assert [rates.wait("a"), rates.wait("b"), rates.wait("a")] == [0, 0, 1]


def test_more_than_a_bucket_is_taken_from_a_full_one_and_is_owed() -> None:
    clock = Clock()
    rates = Rates(Rate(1.0, 2.0), clock)
    assert rates.wait("a", 5) == 0
    assert rates.wait("a") == 4
    clock.now += 4
    assert rates.wait("a") == 0


def test_a_bucket_that_nobody_uses_never_holds_more_than_it_can() -> None:
    clock = Clock()
    rates = Rates(Rate(1.0, 2.0), clock)
    rates.wait("a")
    clock.now += 1_000
    assert [rates.wait("a") for _ in range(3)] == [0, 0, 1]


def test_of_very_many_names_those_that_were_used_last_are_remembered() -> None:
    rates = Rates(Rate(0.001, 1.0), Clock())
    for number in range(20_000):
        assert rates.wait(str(number)) == 0
    assert len(rates._buckets) <= 10_000
    assert rates.wait("19999") > 0


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(1, 3)), max_size=60))
def test_nobody_gets_more_than_the_rate_and_one_bucket(asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    began, taken = clock.now, 0
    rates = Rates(Rate(2.0, 3.0), clock)
    for pause, cost in asked:
        clock.now += pause
        taken += cost if rates.wait("a", cost) == 0 else 0
        assert taken <= 3 + 2 * (clock.now - began) + 1e-6
