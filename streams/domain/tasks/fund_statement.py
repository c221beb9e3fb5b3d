"""A fund as its ledger says: balances by account, what became of each application, and every line with its balance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from schemas.records import FundAccount, LifeTask, Money, TaskAdvanced, TaskMove, TaskState
from streams.domain.tasks.cases import Case, Subject
from streams.domain.tasks.fund import balance
from streams.domain.trace import Event

_NOTHING = Decimal(0)


class Line(NamedTuple):
    """One line of the ledger: what an account got, or gave where it is below nothing, and what is in it then."""

    arrived: datetime
    move: TaskMove
    case_id: str | None
    account: FundAccount
    amount: Decimal
    balance: Decimal
    evidence: str


class Application(NamedTuple):
    """What was applied for and what became of it; amounts in the fund's currency."""

    case_id: str
    by: str
    title: str
    state: TaskState
    applied: Decimal
    approved: Decimal
    drawn: Decimal
    repaid: Decimal
    written_off: Decimal
    #: Approved and not drawn yet.
    reserved: Decimal
    owed: Decimal


class Statement(NamedTuple):
    """A fund. ``is_balanced`` where the lines of every move, and so all accounts together, sum to nothing."""

    fund: str
    title: str
    state: TaskState
    currency: str
    balances: Mapping[FundAccount, Decimal]
    applications: tuple[Application, ...]
    lines: tuple[Line, ...]
    is_balanced: bool


def statement(events: Iterable[Event], fund: str) -> Statement | None:
    """The statement of a fund, its events in their order; ``None`` where there is no such fund."""
    subject, lines, is_balanced = Subject(LifeTask.FUND), [], True
    for event in events:
        told = event.record
        if isinstance(told, TaskAdvanced) and told.task is LifeTask.FUND and told.subject_ref == fund:
            subject.take(told)
            is_balanced &= not sum((entry.amount for entry in told.entries), _NOTHING)
            lines += [
                Line(
                    event.arrived, told.move, told.case_id, entry.account, entry.amount,
                    subject.balances[entry.account], told.evidence,
                )
                for entry in told.entries
            ]  # fmt: skip
    opened = subject.last(TaskMove.OPEN)
    if opened is None or opened.amount is None:
        return None
    balances = {account: subject.balances.get(account, _NOTHING) for account in FundAccount if account != "UNKNOWN"}
    applications = tuple(_application(name, case) for name, case in subject.cases.items())
    return Statement(
        fund, opened.title, subject.state, opened.amount.currency, balances, applications, tuple(lines), is_balanced
    )


def committed(funds: Iterable[Subject], currency: str) -> Decimal:
    """What was put into funds that are open, by those that count in this currency."""
    return sum(
        (_amount(one) for fund in funds if fund.state is TaskState.OPEN for one in fund.told if _is_in(one, currency)),
        _NOTHING,
    )


def _is_in(told: TaskAdvanced, currency: str) -> bool:
    return (
        told.move in {TaskMove.OPEN, TaskMove.COMMIT} and told.amount is not None and told.amount.currency == currency
    )


def _amount(told: TaskAdvanced | None) -> Decimal:
    money: Money | None = None if told is None else told.amount
    return _NOTHING if money is None else money.amount


def _application(case_id: str, case: Case) -> Application:
    def all_of(move: TaskMove) -> Decimal:
        return sum(map(_amount, case.all(move)), _NOTHING)

    return Application(
        case_id, case.opener, case.first.title, case.state, _amount(case.first), all_of(TaskMove.APPROVE),
        all_of(TaskMove.DRAW), all_of(TaskMove.REPAY), all_of(TaskMove.WRITE_OFF),
        balance(case, FundAccount.RESERVED), balance(case, FundAccount.OUTSTANDING),
    )  # fmt: skip
