"""Cells as people write them become values, or say what to do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from infra.tables import cells
from infra.tables.cells import Unfit


@pytest.mark.parametrize(
    ("written", "amount", "currency"),
    [
        ("12000", "12000", "CNY"),
        ("12,000.00", "12000.00", "CNY"),
        ("１２，０００", "12000", "CNY"),
        ("12万", "120000", "CNY"),
        ("1.2亿元", "120000000.0", "CNY"),
        ("￥12万", "120000", "CNY"),
        ("人民币 300 万元", "3000000", "CNY"),
        ("US$ 3,000", "3000", "USD"),
        ("20万美元", "200000", "USD"),
        ("EUR 5", "5", "EUR"),
        (12000.5, "12000.5", "CNY"),
        (Decimal("0.10"), "0.10", "CNY"),
    ],
)
def test_an_amount_is_read_as_it_is_written(written: Any, amount: str, currency: str) -> None:
    assert cells.money(written, None) == {"amount": Decimal(amount), "currency": currency}


@pytest.mark.parametrize("written", ["10-20万", "12.000,00", "12,00", "about 5", "1e400", "NaN", "٣", "$5", True, [1]])
def test_an_amount_that_may_mean_two_things_is_not_guessed(written: Any) -> None:
    assert isinstance(cells.money(written, None), Unfit)


def test_an_amount_and_its_column_must_name_the_same_currency() -> None:
    assert isinstance(cells.money("20万美元", "CNY"), Unfit)
    assert cells.money("$5", "USD") == {"amount": Decimal(5), "currency": "USD"}


@pytest.mark.parametrize("written", ["", "-", "无", "面议", "N/A", None])
def test_no_amount_is_none(written: Any) -> None:
    assert cells.money(written, None) is None


@pytest.mark.parametrize(
    "written",
    ["2026-03-01", "2026/3/1", "2026.03.01", "20260301", "2026年3月1日", "2026-03-01 00:00:00",
     datetime(2026, 3, 1, 8, tzinfo=UTC), date(2026, 3, 1)],
)  # fmt: skip
def test_a_day_is_read_as_it_is_written(written: Any) -> None:
    assert cells.day(written) == date(2026, 3, 1)


def test_a_day_without_end_is_none() -> None:
    assert cells.day("长期") is None
    assert isinstance(cells.day("2026-02-30"), Unfit)
    assert isinstance(cells.day("03/01/26"), Unfit)


@pytest.mark.parametrize(
    "written", ["2026-03-01T08:00:00+08:00", "2026-03-01T00:00:00Z", "2026-03-01 08:00:00", "2026/03/01 08:00:00"]
)
def test_a_time_without_a_zone_is_chinas(written: str) -> None:
    assert cells.moment(written) == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "number"),
    [("5", 5), ("TRL 5", 5), ("trl5", 5), ("5级", 5), ("５", 5), (5.0, 5), ("-1", -1), ("", None)],
)
def test_a_whole_number_is_read_as_it_is_written(written: Any, number: int | None) -> None:
    assert cells.whole(written) == number


@pytest.mark.parametrize("written", ["five", "5.5", 5.5, "1" * 30, True, "5;6"])
def test_no_whole_number_is_told_so(written: Any) -> None:
    assert isinstance(cells.whole(written), Unfit)


def test_a_list_is_divided_at_every_usual_sign_and_holds_each_entry_once() -> None:
    assert cells.items(" a;b，c、d|e；a,\nf ") == ["a", "b", "c", "d", "e", "f"]
    assert cells.items(["a;b", 5]) == ["a;b", "5"]
    assert isinstance(cells.items([{"a": 1}]), Unfit)


@given(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text() | st.dates() | st.datetimes()
)
def test_every_reader_has_an_answer_to_everything(value: Any) -> None:
    for reader in (cells.text, cells.identifier, cells.line, cells.prose, cells.items, cells.whole, cells.day):
        reader(value)
    cells.moment(value)
    cells.unique(value)
    cells.money(value, None)
    cells.symbol(value, {"A": "A"})
