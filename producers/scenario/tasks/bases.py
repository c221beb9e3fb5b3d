"""The pilot-test base: one place, two that wait for it, and a cancellation that lets the first of them in."""

from __future__ import annotations

from collections.abc import Iterator

from producers.scenario.acts import TODAY, Cast, Thread, at_level
from schemas.records import AchievementRegistered, LifeTask, TaskMove

_M = TaskMove
_BASE = "jinpu-pilot"
_LABELS = ("C26", "C27", "催化剂评价", "膜分离")


def threads(cast: Cast) -> Iterator[Thread]:
    """One base with two slots."""
    base = Thread(LifeTask.PILOT_BASE, _BASE, cast.name("LINE"))
    base.says(0, _BASE, _M.OPEN, title="金普化工新材料中试线", labels=_LABELS, text="百公斤级至吨级。")
    scarce, roomy = "W1", "W2"
    for slot, places, first in ((scarce, 1, 10), (roomy, 2, 24)):
        since, until = cast.day(TODAY + first), cast.day(TODAY + first + 11)
        base.says(
            0, _BASE, _M.OFFER, slot_id=slot, count=places, labels=_LABELS[:2], since=since, until=until
        )  # fmt: skip
    chosen = [cast.achievement(_is_ripe) for _ in range(3)]
    first_case, *waiting = bookings = [base.case(f"B-{number}") for number in range(1, 4)]
    for turn, (case, offered) in enumerate(zip(bookings, chosen, strict=True), 1):
        # One a turn: who comes first stands first.
        case.says(turn, offered.institution_id, _M.BOOK, slot_id=scarce, achievement=offered, maturity=offered.maturity)
    grown = cast.achievement(at_level(8, 9))
    base.case("B-4").says(
        3, grown.institution_id, _M.BOOK, "range", slot_id=roomy, achievement=grown, maturity=grown.maturity
    )
    first_case.says(5, chosen[0].institution_id, _M.CANCEL, reason="原料未能按期到货。")
    waiting[0].says(7, _BASE, _M.COMPLETE, evidence="中试报告（示例）")
    yield base


def _is_ripe(one: AchievementRegistered) -> bool:
    return at_level(4, 5, 6)(one) and any(code.startswith(("C26", "C27")) for code in one.industries)
