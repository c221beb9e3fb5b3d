"""Intermediary demonstration (中介示范) and market application (市场化应用): who may speak of whom, and what counts."""

from __future__ import annotations

from schemas.faults import fault
from schemas.records import Fault, TaskMove
from streams.domain.tasks.cases import Asked


def is_by_another(asked: Asked) -> Fault | None:
    """Nobody qualifies itself, and nobody gives itself an assignment."""
    if asked.move.institution_id != asked.move.subject_institution_id:
        return None
    repair = "this is for others to say of an intermediary, not for itself"
    return fault("institution_id", "role", asked.move.institution_id, repair)


def is_earned_once(asked: Asked) -> Fault | None:
    """Revenue of a day is reported once: periods of one use never overlap."""
    assert asked.case is not None
    since, until = asked.move.since, asked.move.until
    for told in asked.case.all(TaskMove.EARN):
        if since is None or until is None or told.since is None or told.until is None:
            continue
        if since <= told.until and told.since <= until:
            repair = f"revenue from {told.since} to {told.until} is reported: report the days before or after it"
            return fault("since", "dates", since, repair)
    return None
