"""Credit is told with what it comes from, in the words of those who named it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from schemas.errors import Misconfigured
from schemas.records import CreditRole, RecognitionClosed, RecognitionEntry, RegisteredAmount
from streams.domain.seasons import Season
from streams.recognition import Counted
from streams.recognition_commands import as_plain, lines

_AMOUNTS = (RegisteredAmount("CNY", Decimal("1800000.00")), RegisteredAmount("EUR", Decimal("5.00")))
_ENTRY = RecognitionEntry("brokers [/x]", CreditRole.BROKER, 0, 0, 0, 0, 2, _AMOUNTS, 20)
_AT = datetime(2026, 4, 2, 1, 30, tzinfo=UTC)


def _closed(rules: str = "2026-1") -> Counted:
    season = Season(2026, 1)
    return Counted(season, rules, (), (), RecognitionClosed(season.name, _AT, "li", rules, (), (_ENTRY,)))


def test_a_closed_season_says_who_closed_it_and_what_each_is_credited_with() -> None:
    assert [*lines(_closed())] == [
        "Recognition 2026-Q1, closed by li at 2026-04-02 01:30 UTC; rules 2026-1; 1 credited",
        "   1  brokers [/x]  broker  20 points",
        "      2 registered × 10; technical-transaction amount 1,800,000.00 CNY, 5.00 EUR",
    ]


def test_an_open_season_without_a_deed_credits_nobody() -> None:
    (line,) = lines(Counted(Season(2026, 1), "2026-1", (), (), None))
    assert line == "Recognition 2026-Q1, still open; rules 2026-1; 0 credited"


def test_rules_that_this_release_does_not_know_are_named() -> None:
    with pytest.raises(Misconfigured, match="under rules 2099-9"):
        as_plain(_closed("2099-9"))
