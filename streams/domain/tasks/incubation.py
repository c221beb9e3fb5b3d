"""Corporatisation and incubation (公司化与孵化): companies formed over achievements, and the places they grow in."""

from __future__ import annotations

from schemas.faults import fault
from schemas.records import Fault, TaskMove
from streams.domain.tasks.cases import Asked


def has_a_place(asked: Asked) -> Fault | None:
    """An incubator admits no more companies than it has places; a smaller capacity sends nobody away."""
    described = asked.subject.last(TaskMove.OPEN, TaskMove.REVISE)
    places = 0 if described is None or described.count is None else described.count
    if len(asked.subject.holders.get("", ())) < places:
        return None
    repair = f"all {places} places are taken: wait until a company graduates or leaves, or revise the capacity"
    return fault("subject_id", "full", asked.move.subject_id, repair)
