"""A mining campaign: its leads, what they became, whose credit that is, and how far it is towards its target."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from schemas.records import LifeTask, TaskAdvanced, TaskMove, TaskState, reference
from streams.domain.tasks.cases import Case
from streams.domain.tasks.mining import credit
from streams.domain.tasks.standing import subjects


class Lead(NamedTuple):
    """One lead; with the achievement that it became part of and its parts in that, where it is merged."""

    case_id: str
    reported_by: str
    title: str
    state: TaskState
    achievement: str | None
    parts: int | None


class Campaign(NamedTuple):
    """``credit`` is of the achievements that leads of this campaign became, by all leads of any campaign: the parts of
    each achievement sum to one. ``by_party`` sums them up."""

    ref: str
    title: str
    state: TaskState
    since: date | None
    until: date | None
    target: int
    leads: tuple[Lead, ...]
    credit: Mapping[str, Mapping[str, Fraction]]

    @property
    def by_party(self) -> dict[str, Fraction]:
        """What each party has in all of them together."""
        found: defaultdict[str, Fraction] = defaultdict(Fraction)
        for parts in self.credit.values():
            for party, part in parts.items():
                found[party] += part
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    @property
    def states(self) -> dict[TaskState, int]:
        """How many leads stand at each state."""
        return dict(Counter(lead.state for lead in self.leads))


def campaign(told: Iterable[TaskAdvanced], ref: str) -> Campaign | None:
    """A campaign by all that was told of mining, of each campaign in order; ``None`` where there is no such one."""
    mined = [one for one in told if one.task is LifeTask.MINING]
    subject = subjects(mined).get((LifeTask.MINING, ref))
    opened = None if subject is None else subject.last(TaskMove.OPEN, TaskMove.REVISE)
    if subject is None or opened is None:
        return None
    leads = tuple(_lead(name, case) for name, case in subject.cases.items())
    ours = {lead.achievement for lead in leads}
    parts = {achievement: by for achievement, by in credit(mined).items() if achievement in ours}
    return Campaign(
        ref, opened.title, subject.state, opened.since, opened.until, opened.count or 0, leads, parts
    )  # fmt: skip


def _lead(case_id: str, case: Case) -> Lead:
    merged = case.last(TaskMove.MERGE)
    if merged is None:
        return Lead(case_id, case.opener, case.first.title, case.state, None, None)
    about = reference(merged.achievement_institution_id or "", merged.achievement_id or "")
    return Lead(case_id, case.opener, case.first.title, case.state, about, merged.count)
