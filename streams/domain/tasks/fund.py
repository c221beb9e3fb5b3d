"""The industrialisation fund (产业化基金): what is committed, promised, drawn and repaid, in double entry.

    CAPITAL ──commit──▶ AVAILABLE ──approve──▶ RESERVED ──draw──▶ OUTSTANDING ──repay──▶ AVAILABLE
                            ▲───────close─────────┘                   └──────write off──▶ LOST

Lines of every move sum to nothing, and no account but CAPITAL, which says what was put in, goes below nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from schemas.faults import fault
from schemas.records import Fault, FundAccount, FundEntry, TaskAdvanced, TaskMove
from streams.domain.tasks.cases import Asked, Case

_FROM_TO: Mapping[TaskMove, tuple[FundAccount, FundAccount]] = {
    TaskMove.OPEN: (FundAccount.CAPITAL, FundAccount.AVAILABLE),
    TaskMove.COMMIT: (FundAccount.CAPITAL, FundAccount.AVAILABLE),
    TaskMove.APPROVE: (FundAccount.AVAILABLE, FundAccount.RESERVED),
    TaskMove.DRAW: (FundAccount.RESERVED, FundAccount.OUTSTANDING),
    TaskMove.REPAY: (FundAccount.OUTSTANDING, FundAccount.AVAILABLE),
    TaskMove.WRITE_OFF: (FundAccount.OUTSTANDING, FundAccount.LOST),
    TaskMove.CLOSE: (FundAccount.RESERVED, FundAccount.AVAILABLE),
}
_NOTHING = Decimal(0)


def is_in_its_currency(asked: Asked) -> Fault | None:
    """A fund counts in the currency that it was opened in."""
    opened, amount = asked.subject.last(TaskMove.OPEN), asked.move.amount
    if opened is None or opened.amount is None or amount is None or amount.currency == opened.amount.currency:
        return None
    return fault("amount.currency", "currency", amount.currency, f"this fund counts in {opened.amount.currency}")


def is_applied_for(asked: Asked) -> Fault | None:
    """No more is approved than was applied for."""
    assert asked.case is not None
    assert asked.case.first.amount is not None
    return _most(asked, asked.case.first.amount.amount, "was applied for")


def is_there(asked: Asked) -> Fault | None:
    """No more is promised than the fund has left."""
    return _most(asked, asked.subject.balances.get(FundAccount.AVAILABLE, _NOTHING), "is left in the fund")


def is_approved(asked: Asked) -> Fault | None:
    """No more is drawn than was approved and is not drawn yet."""
    assert asked.case is not None
    return _most(asked, balance(asked.case, FundAccount.RESERVED), "is approved and not drawn")


def is_owed(asked: Asked) -> Fault | None:
    """No more is repaid, or written off, than is owed."""
    assert asked.case is not None
    return _most(asked, balance(asked.case, FundAccount.OUTSTANDING), "is owed")


def is_repaid(asked: Asked) -> Fault | None:
    """An application is closed once nothing is owed."""
    assert asked.case is not None
    owed = balance(asked.case, FundAccount.OUTSTANDING)
    if not owed:
        return None
    return fault("case_id", "settled", asked.move.case_id, f"{owed} is owed: have it repaid, or write it off")


def is_settled(asked: Asked) -> Fault | None:
    """A fund is closed once nothing is promised and nothing is owed."""
    balances = asked.subject.balances
    open_ = sum((balances.get(one, _NOTHING) for one in (FundAccount.RESERVED, FundAccount.OUTSTANDING)), _NOTHING)
    if not open_:
        return None
    return fault("subject_id", "settled", asked.move.subject_id, f"{open_} is promised or owed: settle that first")


def balance(case: Case, account: FundAccount) -> Decimal:
    """What an application has in an account."""
    return total(case.told, account)


def total(told: Iterable[TaskAdvanced], account: FundAccount) -> Decimal:
    """What the moves ``told`` have put into an account, less what they took from it."""
    lines = (entry.amount for one in told for entry in one.entries if entry.account is account)
    return sum(lines, _NOTHING)


def posted(asked: Asked, told: TaskAdvanced) -> TaskAdvanced:
    """``told`` with the lines that it adds to the fund's ledger."""
    if told.move not in _FROM_TO or (told.move is TaskMove.CLOSE and asked.case is None):
        return told
    if told.move is TaskMove.CLOSE:
        assert asked.case is not None
        amount = balance(asked.case, FundAccount.RESERVED)
    else:
        amount = _NOTHING if told.amount is None else told.amount.amount
    source, target = _FROM_TO[told.move]
    lines = (FundEntry(source, -amount), FundEntry(target, amount)) if amount else ()
    return replace(told, entries=lines)


def _most(asked: Asked, most: Decimal, what: str) -> Fault | None:
    amount = asked.move.amount
    if amount is None or amount.amount <= most:
        return None
    return fault("amount.amount", "amount", amount.amount, f"{most} {what}: name no more than that")
