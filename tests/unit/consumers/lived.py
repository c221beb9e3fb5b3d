"""What the life cycle tells of a fund, an evaluation, a policy and a company, as it lies in its topics."""

from __future__ import annotations

from decimal import Decimal

from consumers.intake import Delivered
from schemas import topics
from schemas.records import Assessment, LifeTask, Money, TaskMove
from tests.unit.streams.living import Life

M, T = TaskMove, LifeTask


def yuan(amount: str) -> Money:
    """So much."""
    return Money(Decimal(amount), "CNY")


def _life() -> Life:
    life = Life()
    life.moves(T.FUND, M.OPEN, amount=yuan("100.00"))
    life.moves(T.FUND, M.APPLY, "F1", amount=yuan("70.00"), institution_id="dicp")
    life.moves(T.FUND, M.APPROVE, "F1", amount=yuan("60.00"))
    life.moves(T.FUND, M.APPROVE, "F1", amount=yuan("60.00"))
    life.moves(T.FUND, M.DRAW, "F1", amount=yuan("25.00"))
    life.moves(T.EVALUATION, M.REQUEST, "E1", institution_id="office")
    for number, person in enumerate(("Wang", "Li", "Zhao"), 4):
        life.moves(T.EVALUATION, M.APPOINT, "E1", person=person, institution_id="office")
        found = Assessment(number, 70, 70, 70, 70, yuan("10.00"), yuan("20.50"))
        life.moves(T.EVALUATION, M.ASSESS, "E1", person=person, institution_id="dicp", assessment=found)
    life.moves(T.EVALUATION, M.CONCLUDE, "E1", institution_id="office")
    life.moves(T.POLICY, M.OPEN)
    life.moves(T.INCUBATION, M.OPEN)
    life.moves(T.INCUBATION, M.APPLY, "C1")
    return life


def _lying() -> list[Delivered]:
    logs = _life().house.logs
    both = (topics.TASK_STATES.name, 0), (topics.TASK_REFUSALS.name, 0)
    # Offsets of the two topics are alike; what is told of them together here has one of its own.
    told = [one for place in both for one in logs[place]]
    return [Delivered(one.topic, 1, offset, one.value or b"", []) for offset, one in enumerate(told)]


TOLD = _lying()
