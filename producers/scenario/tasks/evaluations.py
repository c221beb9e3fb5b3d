"""Evaluation: two of one achievement, the second of which finds it less mature; and one that a broker asks for."""

from __future__ import annotations

from collections.abc import Iterator

from producers.scenario.acts import Cast, Thread, at_level
from producers.scenario.numbers import wan
from schemas.records import Assessment, LifeTask, TaskMove

_M = TaskMove
_STANDARD = "GB/T 22900-2022"
#: Experts with the institutions that they speak through; none of these has the achievements that are evaluated.
_LI, _WANG, _SUN, _ZHAO = (
    ("李文", "dmu"), ("王岩", "dlou"), ("孙立", "djtu"), ("赵新", "dlu"),
)  # fmt: skip


def threads(cast: Cast) -> Iterator[Thread]:
    """All three."""
    yield _of_the_institute(cast)
    yield _for_a_broker(cast)


def _of_the_institute(cast: Cast) -> Thread:
    evaluated = cast.achievement(lambda one: at_level(6, 7)(one) and one.institution_id == "dicp")
    thread = Thread(LifeTask.EVALUATION, evaluated.institution_id, evaluated.achievement_id)
    first, second = thread.case("E-1"), thread.case("E-2")
    _asked(first, 0, "dicp", (_LI, _WANG, _SUN))
    first.says(2, _SUN[1], _M.DECLARE, person=_SUN[0], reason="与课题组有共同专利。")
    first.says(3, _SUN[1], _M.ASSESS, "conflict", person=_SUN[0], assessment=_found(8), evidence="评审意见 3")
    first.says(3, "dicp", _M.APPOINT, person=_ZHAO[0], party_institution_id=_ZHAO[1])
    # One of three sees far more in it than the others: that moves no median.
    _assessed(first, 4, ((_LI, _found(6, 180, 260)), (_WANG, _found(6, 200, 300)), (_ZHAO, _found(9, 900, 2000))))
    first.says(5, "dicp", _M.CONCLUDE)
    _asked(second, 6, "dicp", (_LI, _WANG, _ZHAO))
    _assessed(second, 8, ((_LI, _found(5, 120, 200)), (_WANG, _found(5, 100, 180)), (_ZHAO, _found(6, 150, 260))))
    second.says(9, "dicp", _M.CONCLUDE)
    return thread


def _for_a_broker(cast: Cast) -> Thread:
    evaluated = cast.achievement(lambda one: at_level(4, 5)(one) and one.institution_id == "dlut")
    thread = Thread(LifeTask.EVALUATION, evaluated.institution_id, evaluated.achievement_id)
    only = thread.case("E-1")
    _asked(only, 0, "huizhi", (_LI, _WANG, _SUN))
    _assessed(only, 2, ((_LI, _found(4)), (_WANG, _found(5))))
    only.says(3, "huizhi", _M.CONCLUDE, "experts")
    _assessed(only, 4, ((_SUN, _found(4)),))
    only.says(5, "huizhi", _M.CONCLUDE)
    return thread


def _asked(case: Thread, turn: int, by: str, experts: tuple[tuple[str, str], ...]) -> None:
    case.says(turn, by, _M.REQUEST, title=_STANDARD, count=3)
    for person, institution in experts:
        case.says(turn + 1, by, _M.APPOINT, person=person, party_institution_id=institution)


def _assessed(case: Thread, turn: int, found: tuple[tuple[tuple[str, str], Assessment], ...]) -> None:
    for (person, institution), assessment in found:
        case.says(turn, institution, _M.ASSESS, person=person, assessment=assessment, evidence=f"评审意见，{person}")


def _found(maturity: int, low_wan: int | None = None, high_wan: int | None = None) -> Assessment:
    low, high = (None if one is None else wan(one) for one in (low_wan, high_wan))
    return Assessment(maturity, 60 + 3 * maturity, 70, 75, 50 + 4 * maturity, low, high)
