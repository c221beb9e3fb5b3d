"""The industrialisation fund: committed, promised within what is there, drawn, repaid and given back."""

from __future__ import annotations

from collections.abc import Iterator

from producers.scenario.acts import Cast, Thread, at_level
from producers.scenario.numbers import wan
from schemas.records import LifeTask, TaskMove

_M = TaskMove
_FUND = "binhai-fund"


def threads(cast: Cast) -> Iterator[Thread]:
    """One fund with three applications."""
    fund = Thread(LifeTask.FUND, _FUND, cast.name("FUND"))
    fund.says(0, _FUND, _M.OPEN, title="滨海产业化基金", amount=wan(20_000))
    fund.says(1, _FUND, _M.COMMIT, title="合伙人二期出资", amount=wan(10_000), evidence="出资证明（示例）")
    first, second, third = (fund.case(f"F-{number}") for number in range(1, 4))
    for case, amount in ((first, 6_000), (second, 28_000), (third, 900)):
        offered = cast.achievement(at_level(6, 7, 8, 9))
        case.says(1, offered.institution_id, _M.APPLY, title="产业化项目", amount=wan(amount), achievement=offered)
    first.says(2, _FUND, _M.APPROVE, amount=wan(6_000))
    # 24,000 are left: more cannot be promised.
    second.says(2, _FUND, _M.APPROVE, "amount", amount=wan(26_000))
    third.says(2, _FUND, _M.REJECT, reason="已获其他资金支持。")
    second.says(3, _FUND, _M.APPROVE, amount=wan(20_000))
    first.says(3, _FUND, _M.DRAW, amount=wan(4_000), evidence="划款单 1")
    second.says(4, _FUND, _M.DRAW, amount=wan(8_000), evidence="划款单 2")
    first.says(6, _FUND, _M.REPAY, amount=wan(1_500), evidence="回款单 1")
    first.says(7, _FUND, _M.CLOSE, "settled")
    first.says(8, _FUND, _M.REPAY, amount=wan(2_500), evidence="回款单 2")
    first.says(9, _FUND, _M.CLOSE)
    yield fund
