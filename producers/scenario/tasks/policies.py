"""Policy breakthrough: one policy that holds, one that is ended, and an obstacle that is resolved at the second try."""

from __future__ import annotations

from collections.abc import Iterator

from producers.scenario.acts import TODAY, Cast, Thread, at_level
from schemas.records import LifeTask, PolicyProof, PolicyRule, TaskMove

_M = TaskMove
_OFFICE = "district-210213"
_SUBSIDY = PolicyRule(
    'deal.stage == "REGISTERED"', "技术交易额百分之二的补贴",
    (PolicyProof("技术合同登记证明", 'deal.registration_number != ""'),),
)  # fmt: skip
_PILOT = PolicyRule("achievement.maturity >= 4 && achievement.maturity <= 6", "中试费用补贴")


def threads(cast: Cast) -> Iterator[Thread]:
    """Both policies."""
    yield _that_holds(cast)
    yield _that_ends(cast)


def _that_holds(cast: Cast) -> Thread:
    policy = Thread(LifeTask.POLICY, _OFFICE, cast.name("SUBSIDY"))
    policy.says(0, _OFFICE, _M.OPEN, title="技术合同登记补贴", policy=_SUBSIDY, since=cast.day(10))
    obstacle = policy.case("O-1")
    obstacle.says(
        1, "dlut", _M.REPORT, title="专利共有人未同意转让", text="共有单位已改制，无法签字。",
        achievement=cast.achievement(at_level(5, 6, 7, 8)),
    )  # fmt: skip
    obstacle.says(2, "dmu", _M.RESOLVE, "role", text="不是本单位的政策。")
    obstacle.says(3, _OFFICE, _M.RESOLVE, text="请补充承接单位的说明。")
    obstacle.says(4, "dlut", _M.REJECT, reason="承接单位无权签字。")
    obstacle.says(5, _OFFICE, _M.RESOLVE, text="由主管部门出具同意函。", evidence="大科函〔2026〕示例 12 号")
    obstacle.says(6, "dlut", _M.CONFIRM)
    policy.says(
        7,
        _OFFICE,
        _M.REVISE,
        title="技术合同登记补贴",
        policy=_SUBSIDY,
        since=cast.day(10),
        until=cast.day(TODAY + 365),
    )
    return policy


def _that_ends(cast: Cast) -> Thread:
    policy = Thread(LifeTask.POLICY, _OFFICE, cast.name("PILOT"))
    policy.says(
        0, _OFFICE, _M.OPEN, title="中试补贴试点", policy=_PILOT, since=cast.day(10), until=cast.day(TODAY + 30)
    )
    policy.says(3, _OFFICE, _M.CLOSE, reason="试点资金已用完。")
    policy.case("O-1").says(4, "dicp", _M.REPORT, "closed", title="申请被退回", text="试点是否延长？")
    return policy
