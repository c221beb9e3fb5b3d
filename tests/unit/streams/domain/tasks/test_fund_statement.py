"""A statement follows from the lines of the ledger alone: balances, applications, and every line with its balance."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from schemas.records import FundAccount, FundEntry, LifeTask, TaskAdvanced, TaskMove, TaskState
from streams.domain.tasks.fund_statement import committed, statement
from tests.unit.streams.domain.tasks.arriving import events, hour
from tests.unit.streams.domain.tasks.playing import Play, money

M = TaskMove


def _fund(currency: str = "CNY") -> Play:
    play = Play(LifeTask.FUND)
    play.counts(M.OPEN, title="fund", amount=money("100.00", currency))
    play.counts(M.COMMIT, title="more", amount=money("50.00", currency), evidence="1")
    return play


def _used() -> Play:
    play = _fund()
    play.counts(M.APPLY, "F1", title="plant", amount=money("90.00"), institution_id="dicp")
    play.counts(M.APPROVE, "F1", amount=money("80.00"))
    play.counts(M.DRAW, "F1", amount=money("60.00"), evidence="2")
    play.counts(M.REPAY, "F1", amount=money("15.00"), evidence="3")
    play.counts(M.WRITE_OFF, "F1", amount=money("5.00"), reason="ruined")
    return play


def test_balances_are_what_the_shard_has_and_sum_to_nothing() -> None:
    play = _used()
    found = statement(events(play.told), "dlut/S1")
    assert found is not None
    assert found.balances == {
        FundAccount.CAPITAL: Decimal("-150.00"), FundAccount.AVAILABLE: Decimal("85.00"),
        FundAccount.RESERVED: Decimal("20.00"), FundAccount.OUTSTANDING: Decimal("40.00"),
        FundAccount.LOST: Decimal("5.00"),
    }  # fmt: skip
    assert (sum(found.balances.values()), found.is_balanced, found.state) == (0, True, TaskState.OPEN)


def test_an_application_says_what_was_promised_drawn_repaid_and_is_owed() -> None:
    found = statement(events(_used().told), "dlut/S1")
    assert found is not None
    (one,) = found.applications
    assert (one.by, one.state, *map(str, one[4:])) == (
        "dicp", TaskState.WRITTEN_OFF, "90.00", "80.00", "60.00", "15.00", "5.00", "20.00", "40.00",
    )  # fmt: skip


def test_every_line_tells_the_balance_after_it() -> None:
    found = statement(events(_used().told), "dlut/S1")
    assert found is not None
    available = [(str(one.amount), str(one.balance)) for one in found.lines if one.account is FundAccount.AVAILABLE]
    assert available == [("100.00", "100.00"), ("50.00", "150.00"), ("-80.00", "70.00"), ("15.00", "85.00")]
    assert found.lines[0].arrived == hour(0)


def test_a_move_whose_lines_do_not_sum_to_nothing_is_told() -> None:
    opened, *rest = [one for one in _fund().told if isinstance(one, TaskAdvanced)]
    crooked = replace(opened, entries=(FundEntry(FundAccount.AVAILABLE, Decimal("100.00")),))
    found = statement(events([crooked, *rest]), "dlut/S1")
    assert found is not None
    assert not found.is_balanced


def test_a_fund_that_nobody_opened_has_no_statement() -> None:
    assert statement(events(_fund().told), "dlut/S2") is None


def test_what_is_committed_counts_in_its_currency_and_while_the_fund_is_open() -> None:
    closed = _fund()
    closed.counts(M.CLOSE)
    funds = [_fund().subject, _fund("EUR").subject, closed.subject, _used().subject]
    assert (committed(funds, "CNY"), committed(funds, "EUR")) == (Decimal("300.00"), Decimal("150.00"))
