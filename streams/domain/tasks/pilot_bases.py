"""Pilot-test bases (中试基地): slots with places, booked in the order of arrival, never beyond what they have.

Who comes when a slot is full waits; a cancelled booking gives its place to the first that waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from schemas.faults import fault
from schemas.records import Fault, TaskAdvanced, TaskCause, TaskMove, TaskState
from streams.domain.tasks.cases import Asked, Case, Subject

#: Levels between which a pilot test makes sense: what works in the laboratory and is not yet a product.
RIPE = range(4, 7)


def is_new(asked: Asked) -> Fault | None:
    """A slot is offered once: who has booked it relies on it."""
    if slot(asked.subject, asked.move.slot_id) is None:
        return None
    repair = "this slot is offered already: offer another one under an id of its own"
    return fault("slot_id", "duplicate", asked.move.slot_id, repair)


def is_capable(asked: Asked) -> Fault | None:
    """A slot offers what the base says that it can do."""
    described = asked.subject.last(TaskMove.OPEN, TaskMove.REVISE)
    strange = sorted(set(asked.move.labels) - set(described.labels if described is not None else ()))
    if not strange:
        return None
    repair = "the base does not list this capability: revise the base first"
    return fault("labels", "known", ", ".join(strange), repair)


def is_offered(asked: Asked) -> Fault | None:
    """What is booked is offered, and not over."""
    found = slot(asked.subject, asked.move.slot_id)
    if found is None:
        return fault("slot_id", "known", asked.move.slot_id, "the base offers no such slot")
    if (over := is_over(asked.subject, asked.move.slot_id, asked.day)) is not None:
        return fault("slot_id", "dates", asked.move.slot_id, f"this slot was over on {over}: book a later one")
    return None


def is_ripe(asked: Asked) -> Fault | None:
    """A pilot test is for achievements of maturity 4 to 6."""
    if asked.move.maturity in RIPE:
        return None
    repair = f"pilot tests are for maturity {RIPE[0]} to {RIPE[-1]}: develop it further, or go to the market"
    return fault("maturity", "range", asked.move.maturity, repair)


def slot(subject: Subject, slot_id: str | None) -> TaskAdvanced | None:
    """The offer of a slot."""
    return next((one for one in subject.told if one.move is TaskMove.OFFER and one.slot_id == slot_id), None)


def placed(asked: Asked, told: TaskAdvanced) -> TaskAdvanced:
    """``told``, waiting where the slot is full."""
    is_full = told.move is TaskMove.BOOK and not _free(asked.subject, told.slot_id)
    return replace(told, state=TaskState.WAITING) if is_full else told


def promoted(asked: Asked, told: TaskAdvanced) -> Iterator[TaskAdvanced]:
    """The booking that comes up for a place that ``told`` gave back, while the slot is not over."""
    subject = asked.subject
    if told.move is not TaskMove.CANCEL or asked.case is None:
        return
    slot_id = asked.case.first.slot_id or ""
    waiting = next(iter(subject.queues.get(slot_id, ())), None)
    if waiting is not None and _free(subject, slot_id) and is_over(subject, slot_id, asked.day) is None:
        last = subject.cases[waiting].told[-1]
        yield replace(
            last, move=TaskMove.PROMOTE, by="", cause=TaskCause.QUEUE, state=TaskState.BOOKED, moved_at=told.moved_at,
            submission_id=told.submission_id,
        )  # fmt: skip


def is_over(subject: Subject, slot_id: str | None, day: date) -> date | None:
    """The last day of a slot, where it lies before ``day``."""
    found = slot(subject, slot_id)
    return None if found is None or found.until is None or found.until >= day else found.until


def last_day(subject: Subject, case: Case | None) -> date | None:
    """Who waits for a place waits as long as the slot lasts."""
    found = None if case is None else slot(subject, case.first.slot_id)
    return None if found is None else found.until


def _free(subject: Subject, slot_id: str | None) -> bool:
    offered = slot(subject, slot_id)
    places = 0 if offered is None or offered.count is None else offered.count
    return len(subject.holders.get(slot_id or "", ())) < places
