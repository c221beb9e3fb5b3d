"""The catalogue of pilot-test bases: slots with what is free and who waits, and which bases fit an achievement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from schemas.records import AchievementRegistered, LifeTask, TaskAdvanced, TaskMove, TaskState, reference
from streams.domain.tasks.cases import Subject

#: A section, division, group or class of GB/T 4754.
_CODE = re.compile(r"[A-T][0-9]{0,4}")


class Booking(NamedTuple):
    """A case that has a place, or waits for one."""

    case_id: str
    achievement: str
    state: TaskState


class Slot(NamedTuple):
    """A slot with its places; it is over for bookings on the day after ``until``."""

    slot_id: str
    labels: tuple[str, ...]
    since: date | None
    until: date | None
    places: int
    booked: tuple[Booking, ...]
    waiting: tuple[Booking, ...]

    @property
    def free(self) -> int:
        """Places that nobody has."""
        return self.places - len(self.booked)


class Base(NamedTuple):
    """A base as it was described last; ``fitting`` names the labels by which it fits what was asked for."""

    ref: str
    title: str
    text: str
    state: TaskState
    labels: tuple[str, ...]
    slots: tuple[Slot, ...]
    fitting: tuple[str, ...] = ()


def catalogue(subjects: Mapping[tuple[LifeTask, str], Subject]) -> tuple[Base, ...]:
    """All bases, by their references; slots by their first day."""
    found = sorted((ref, one) for (task, ref), one in subjects.items() if task is LifeTask.PILOT_BASE and one.told)
    return tuple(_base(ref, subject) for ref, subject in found)


def fitting(bases: Iterable[Base], achievement: AchievementRegistered) -> tuple[Base, ...]:
    """Open bases with a label that fits the achievement; those with more such labels first, then by reference.

    A label fits as the code of an industry (GB/T 4754) of which one begins with the other, or as words that stand in a
    title or are a keyword.
    """
    found = [
        base._replace(fitting=tuple(label for label in base.labels if fits(label, achievement)))
        for base in bases
        if base.state is TaskState.OPEN
    ]
    return tuple(sorted((one for one in found if one.fitting), key=lambda one: (-len(one.fitting), one.ref)))


def fits(label: str, achievement: AchievementRegistered) -> bool:
    """Whether a capability of a base is of use to an achievement."""
    if _CODE.fullmatch(label):
        return any(code.startswith(label) or label.startswith(code) for code in achievement.industries)
    wanted = label.casefold()
    texts = [text for text in (achievement.zh, achievement.en) if text is not None]
    return any(
        wanted in text.title.casefold() or wanted in (word.casefold() for word in text.keywords) for text in texts
    )


def _base(ref: str, subject: Subject) -> Base:
    told = subject.last(TaskMove.OPEN, TaskMove.REVISE) or subject.told[0]
    slots = [_slot(subject, one) for one in subject.told if one.move is TaskMove.OFFER]
    slots.sort(key=lambda one: (one.since or date.min, one.slot_id))
    return Base(ref, told.title, told.text, subject.state, told.labels, tuple(slots))


def _slot(subject: Subject, offer: TaskAdvanced) -> Slot:
    slot_id = offer.slot_id or ""
    booked, waiting = (
        tuple(_booking(subject, case_id) for case_id in kept.get(slot_id, ()))
        for kept in (subject.holders, subject.queues)
    )
    return Slot(slot_id, offer.labels, offer.since, offer.until, offer.count or 0, booked, waiting)


def _booking(subject: Subject, case_id: str) -> Booking:
    case = subject.cases[case_id]
    about = reference(case.first.achievement_institution_id or "", case.first.achievement_id or "")
    return Booking(case_id, about, case.state)
