"""What must be true of a fund's money, counted anew from what each move says it is over, not from the ledger alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from schemas.records import FundAccount, TaskAdvanced, TaskMove

_A, _M = FundAccount, TaskMove
_NOTHING = Decimal(0)
#: Where the money is that was put in.
_PARTS = (_A.AVAILABLE, _A.RESERVED, _A.OUTSTANDING, _A.LOST)
#: From which account to which a move takes its amount.
_MOVES: Mapping[TaskMove, tuple[FundAccount, FundAccount]] = {
    _M.OPEN: (_A.CAPITAL, _A.AVAILABLE),
    _M.COMMIT: (_A.CAPITAL, _A.AVAILABLE),
    _M.APPROVE: (_A.AVAILABLE, _A.RESERVED),
    _M.DRAW: (_A.RESERVED, _A.OUTSTANDING),
    _M.REPAY: (_A.OUTSTANDING, _A.AVAILABLE),
    _M.WRITE_OFF: (_A.OUTSTANDING, _A.LOST),
}


class FundLaws:
    """The laws over the advances of one fund, in their order."""

    def __init__(self) -> None:
        self._balances: defaultdict[FundAccount, Decimal] = defaultdict(Decimal)
        #: Of each application: what it asked for, what is promised and not drawn, and what is owed.
        self._asked: dict[str, Decimal] = {}
        self._promised: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._owed: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._committed = _NOTHING
        self._currencies: set[str] = set()

    def take(self, told: TaskAdvanced) -> Iterator[str]:
        """The laws that one more advance breaks."""
        for entry in told.entries:
            self._balances[entry.account] += entry.amount
        amount = _NOTHING if told.amount is None else told.amount.amount
        if told.amount is not None:
            self._currencies.add(told.amount.currency)
        if told.case_id is None:
            self._committed += amount if told.move in (_M.OPEN, _M.COMMIT) else _NOTHING
            released = _NOTHING
        else:
            released = self._of_case(told, told.case_id, amount)
        yield from self._broken(told, amount, released)

    def _of_case(self, told: TaskAdvanced, case_id: str, amount: Decimal) -> Decimal:
        """Counts a move of an application; returns what it gives back undrawn."""
        match told.move:
            case _M.APPLY:
                self._asked[case_id] = amount
            case _M.APPROVE:
                self._promised[case_id] += amount
            case _M.DRAW:
                self._promised[case_id] -= amount
                self._owed[case_id] += amount
            case _M.REPAY | _M.WRITE_OFF:
                self._owed[case_id] -= amount
            case _M.CLOSE:
                return self._promised.pop(case_id, _NOTHING)
        return _NOTHING

    def _broken(self, told: TaskAdvanced, amount: Decimal, released: Decimal) -> Iterator[str]:
        balances, case_id = self._balances, told.case_id or ""
        if sum(entry.amount for entry in told.entries):
            yield "fund: lines do not sum to nothing"
        if sorted((entry.account, entry.amount) for entry in told.entries) != _lines(told.move, amount, released):
            yield "fund: other lines than the move's"
        if any(balances[account] < 0 for account in _PARTS):
            yield "fund: below nothing"
        if sum(balances[account] for account in _PARTS) != self._committed or -balances[_A.CAPITAL] != self._committed:
            yield "fund: not what was committed"
        is_too_much = told.move is _M.APPROVE and amount > self._asked.get(case_id, _NOTHING)
        if is_too_much or self._promised[case_id] < 0 or self._owed[case_id] < 0:
            yield "fund: more than was applied for, promised or owed"
        is_owed = told.move is _M.CLOSE and (self._owed[case_id] if case_id else self._is_bound())
        if is_owed:
            yield "fund: closed unsettled"
        if len(self._currencies) > 1:
            yield "fund: two currencies"

    def _is_bound(self) -> bool:
        return any(self._promised.values()) or any(self._owed.values())


def _lines(move: TaskMove, amount: Decimal, released: Decimal) -> list[tuple[FundAccount, Decimal]]:
    source, target = _MOVES.get(move, (_A.RESERVED, _A.AVAILABLE))
    moved = amount if move in _MOVES else released
    return sorted([(source, -moved), (target, moved)]) if moved else []
