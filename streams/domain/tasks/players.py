"""Finding market players (寻找市场主体): who is asked to meet whom, until when, and only while they match."""

from __future__ import annotations

from schemas.faults import fault
from schemas.records import Fault, TaskAdvanced, TaskMoved, TaskState, reference
from streams.domain.tasks.cases import Asked

#: States in which somebody waits for an answer.
PENDING = frozenset({TaskState.INVITED, TaskState.REQUESTED})


def is_matched(asked: Asked) -> Fault | None:
    """Nobody is asked to meet over a match that was taken back."""
    named = asked_over(asked.move)
    if named not in asked.subject.withdrawn:
        return None
    repair = "their match was withdrawn: `techdock explain` says why; ask again once they match"
    return fault("achievement_id", "matched", named, repair)


def is_only_one(asked: Asked) -> Fault | None:
    """The same two are asked once at a time."""
    named = asked_over(asked.move)
    for case_id, case in asked.subject.cases.items():
        if case.state in PENDING and asked_over(case.first) == named:
            return fault("achievement_id", "duplicate", named, f"they are asked in case {case_id}: wait for its answer")
    return None


def asked_over(question: TaskMoved | TaskAdvanced) -> str:
    """The achievement, by its reference, over which somebody is asked to meet."""
    return reference(question.achievement_institution_id or "", question.achievement_id or "")
