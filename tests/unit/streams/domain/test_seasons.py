"""A season is a quarter of the year, as days are counted in China."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from streams.domain.seasons import Season, season_named, season_of


@pytest.mark.parametrize(
    ("at", "season"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), Season(2026, 1)),
        (datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC), Season(2026, 1)),
        # In China it is the first of April already.
        (datetime(2026, 3, 31, 16, tzinfo=UTC), Season(2026, 2)),
        (datetime(2026, 12, 31, 16, tzinfo=UTC), Season(2027, 1)),
    ],
)
def test_a_season_ends_at_midnight_in_china(at: datetime, season: Season) -> None:
    assert season_of(at) == season


@given(st.integers(0, 900 * 365 * 86_400))
def test_every_moment_is_in_one_season_and_the_next_one_begins_where_it_ends(seconds: int) -> None:
    at = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    season = season_of(at)
    assert at < season.ends_at
    assert season_of(season.ends_at) == season.following
    assert season_of(season.ends_at - timedelta(microseconds=1)) == season
    assert season_named(season.name) == season


@pytest.mark.parametrize("name", ["2026", "2026-Q5", "2026-Q0", "2026Q1", "2026-q1", " 2026-Q1", "26-Q1", ""])
def test_what_is_no_quarter_names_no_season(name: str) -> None:
    assert season_named(name) is None
