"""A cursor is what it says, and nothing else is one."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from consumers.cursor import Cursor, NoCursor


@given(st.lists(st.integers(0, 10**17), min_size=1, max_size=8))
def test_a_cursor_read_back_is_the_same(offsets: list[int]) -> None:
    cursor = Cursor(tuple(offsets))
    assert Cursor.parse(str(cursor), len(offsets)) == cursor


def test_a_cursor_moves_past_a_record_in_its_partition_alone() -> None:
    assert str(Cursor((1, 2, 3)).past(1, 7)) == "1.8.3"


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "1.2.3.4.5", "1.2.3.-4", "a.b.c.d", "1..2.3", "1.2.3.4 ", "９.1.1.1", "1.2.3.4\n"]
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(NoCursor, match=r"for example 12\.5\.0\.7"):
        Cursor.parse(text, 4)
