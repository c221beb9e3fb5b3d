"""Finding market players (寻找市场主体): who is asked to meet whom, until when, and only while they match."""

from __future__ import annotations

from schemas.faults import fault
from schemas.records import Fault, TaskState, reference
from streams.domain.tasks.cases import Asked

#: States in which somebody waits for an answer.
PENDING = frozenset({TaskState.INVITED, TaskState.REQUESTED})


def is_in_time(asked: Asked) -> Fault | None:
    """An answer can still be given on the day the question arrives."""
    until = asked.move.until
    if until is None or until >= asked.day:
        return None
    return fault("until", "dates", until, f"it arrived on {asked.day}: give that day or a later one")


def is_matched(asked: Asked) -> Fault | None:
    """Nobody is asked to meet over a match that was taken back."""
    named = _achievement(asked)
    if named not in asked.subject.withdrawn:
        return None
    repair = "their match was withdrawn: `techdock explain` says why; ask again once they match"
    return fault("achievement_id", "matched", named, repair)


def is_only_one(asked: Asked) -> Fault | None:
    """The same two are asked once at a time."""
    named = _achievement(asked)
    for case_id, case in asked.subject.cases.items():
        first = case.first
        if (
            case.state in PENDING
            and reference(first.achievement_institution_id or "", first.achievement_id or "") == named
        ):
            return fault("achievement_id", "duplicate", named, f"they are asked in case {case_id}: wait for its answer")
    return None


def _achievement(asked: Asked) -> str:
    return reference(asked.move.achievement_institution_id or "", asked.move.achievement_id or "")
