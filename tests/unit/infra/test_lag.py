"""Records that wait are told from the markers transactions leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from infra.lag import Lag, Position, is_drained, lag, wait_until_drained
from schemas.errors import Unavailable


def position(committed: int, end: int, stable: int | None = None, partition: int = 0) -> Position:
    return Position(
        "techdock.matching", "techdock.demands.v1", partition, committed, end, end if stable is None else stable
    )


def records_behind(*behind: Position) -> Callable[[Sequence[Position]], set[Position]]:
    return lambda asked: set(asked) & set(behind)


def waiting(positions: Sequence[Position], *with_records: Position) -> int:
    return lag(positions, records_behind(*with_records))["techdock.matching"]["techdock.demands.v1"]


def test_a_group_at_the_end_waits_for_nothing() -> None:
    assert waiting([position(7, 7)]) == 0


def test_a_marker_behind_the_last_record_is_nothing_to_wait_for() -> None:
    assert waiting([position(6, 7)]) == 0


def test_records_that_lie_behind_are_counted_over_partitions() -> None:
    first, second = position(2, 7), position(0, 3, partition=1)
    assert waiting([first, second], first, second) == 8


def test_an_open_transaction_may_still_become_records() -> None:
    assert waiting([position(5, 7, stable=5)]) == 2


def test_nothing_at_all_is_drained() -> None:
    assert is_drained(lag([], records_behind()))


def script(*measured: tuple[int, int]) -> Callable[[], tuple[Lag, int]]:
    """Measurements in turn, the last for ever: what waits, and the size of the topics."""
    turns: Iterator[tuple[int, int]] = iter(measured)
    last = list(measured[-1:])

    def measure() -> tuple[Lag, int]:
        offsets, size = next(turns, last[0])
        return {"techdock.g": {"techdock.t": offsets}}, size

    return measure


def test_drained_means_calm_for_a_while() -> None:
    assert is_drained(wait_until_drained(script((3, 5), (0, 5), (1, 6), (0, 6)), deadline=1e12, calm=0.01, pause=0))


def test_a_topic_that_grows_is_not_calm_yet() -> None:
    sizes = [(0, size) for size in range(50)]
    measure = script(*sizes)
    wait_until_drained(measure, deadline=1e12, calm=0.0001, pause=0)
    assert measure()[1] == 49


def test_what_still_waits_at_the_deadline_is_named() -> None:
    with pytest.raises(Unavailable, match=r"^records still wait: techdock.g 3 in techdock.t$"):
        wait_until_drained(script((3, 5)), deadline=0.0)
