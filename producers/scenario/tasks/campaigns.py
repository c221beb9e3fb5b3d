"""Joint mining: two campaigns, with leads of several parties of which two become one achievement."""

from __future__ import annotations

from collections.abc import Iterator

from producers.scenario.acts import TODAY, Cast, Thread, at_level
from schemas.records import LifeTask, TaskMove

_M = TaskMove
_OFFICE = "district-210211"


def threads(cast: Cast) -> Iterator[Thread]:
    """A district's campaign to its end, and a university's that goes on."""
    yield _of_the_district(cast)
    yield _of_the_university(cast)


def _of_the_district(cast: Cast) -> Thread:
    campaign = Thread(LifeTask.MINING, _OFFICE, cast.name("CAMPAIGN"))
    found = cast.achievement(at_level(4, 5, 6, 7))
    campaign.says(
        0, _OFFICE, _M.OPEN, title="甘井子区高端装备成果联合挖掘", count=10, since=cast.day(20),
        until=cast.day(TODAY + 60), text="高校院所、技术经理人和企业服务站均可报送线索。",
    )  # fmt: skip
    one, other, third, fourth = (campaign.case(f"L-{number}") for number in range(1, 5))
    one.says(1, "huizhi", _M.REPORT, title="实验室样机已连续运行半年", text="课题组尚未申报，建议登记。", person="周工")
    other.says(1, "lianqiao", _M.REPORT, title="同一课题组的现场试用记录", text="企业愿意继续试用。")
    third.says(
        1, "dmu", _M.REPORT, title="A sensor for berth scouring", text="The group has published; nothing is built."
    )
    fourth.says(1, "dlut", _M.REPORT, title="报送有误的线索", text="与已登记成果重复。")
    one.says(2, _OFFICE, _M.CONFIRM)
    other.says(2, _OFFICE, _M.CONFIRM)
    third.says(2, _OFFICE, _M.REJECT, reason="尚无样机，建议明年再报。")
    fourth.says(2, "dlut", _M.WITHDRAW)
    one.says(3, _OFFICE, _M.MERGE, achievement=found, count=2)
    other.says(3, _OFFICE, _M.MERGE, achievement=found, count=1)
    campaign.says(4, _OFFICE, _M.CLOSE)
    campaign.case("L-5").says(5, "huizhi", _M.REPORT, "closed", title="迟到的线索", text="活动结束后报送。")
    return campaign


def _of_the_university(cast: Cast) -> Thread:
    campaign = Thread(LifeTask.MINING, "dlut", cast.name("CAMPAIGN"))
    found = cast.achievement(lambda one: one.institution_id == "dlut")
    campaign.says(
        0, "dlut", _M.OPEN, title="Patents of the university that nobody has offered yet", count=5,
        since=cast.day(20), until=cast.day(TODAY + 200),
    )  # fmt: skip
    lead = campaign.case("L-1")
    lead.says(1, "huizhi", _M.REPORT, title="三项未推广的发明专利", text="均在有效期内。")
    lead.says(2, "dlut", _M.CONFIRM)
    lead.says(3, "dlut", _M.MERGE, achievement=found, count=1)
    campaign.case("L-2").says(4, "lianqiao", _M.REPORT, title="A thesis of 2025", text="Its data are open.")
    return campaign
