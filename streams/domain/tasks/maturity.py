"""What an achievement's maturity is by its evaluations, as of any moment: only a conclusion changes it.

A conclusion names its standard, its evidence and who assessed; a later one may find less. What the owner claims in the
register stands beside it and is no evaluation.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from schemas.records import AchievementRegistered, Assessment, Conclusion, LifeTask, TaskAdvanced, TaskMove
from streams.domain.tasks.cases import Case
from streams.domain.trace import Address, Event


class Finding(NamedTuple):
    """What one expert found last, through which institution; not counted where a conflict was declared."""

    expert: str
    institution: str
    assessment: Assessment
    evidence: str
    is_counted: bool


class Evaluation(NamedTuple):
    """One that is concluded: what the experts found, and where and when the log says so."""

    case_id: str
    requested_by: str
    standard: str
    evidence: str
    conclusion: Conclusion
    findings: tuple[Finding, ...]
    arrived: datetime
    address: Address


class Maturity(NamedTuple):
    """An achievement as of a moment; ``claimed`` is what its owner registered last."""

    achievement: str
    is_known: bool
    claimed: int | None
    evaluations: tuple[Evaluation, ...]
    #: Cases that were asked for and are not concluded.
    pending: tuple[str, ...]

    @property
    def evaluated(self) -> int | None:
        """By the last conclusion."""
        return self.evaluations[-1].conclusion.maturity if self.evaluations else None


def maturity(events: Iterable[Event], achievement: str, at: datetime | None = None) -> Maturity:
    """The maturity of an achievement by what had arrived ``at`` a moment, or by all; events of a case in order."""
    cases: dict[str, Case] = {}
    found: list[Evaluation] = []
    claim: AchievementRegistered | None = None
    for event in events:
        if at is not None and event.arrived > at:
            continue
        match event.record:
            case AchievementRegistered() as said if said.ref == achievement:
                claim = said
            case TaskAdvanced(task=LifeTask.EVALUATION, case_id=str(case_id)) as told if (
                told.subject_ref == achievement
            ):
                case = cases.setdefault(case_id, Case(told.by, []))
                case.told.append(told)
                if told.conclusion is not None:
                    found.append(_evaluation(case, told, told.conclusion, event))
    done = {one.case_id for one in found}
    pending = tuple(name for name, case in cases.items() if name not in done and case.last(TaskMove.WITHDRAW) is None)
    found.sort(key=lambda one: (one.arrived, one.address))
    return Maturity(achievement, claim is not None, None if claim is None else claim.maturity, tuple(found), pending)


def _evaluation(case: Case, told: TaskAdvanced, conclusion: Conclusion, event: Event) -> Evaluation:
    return Evaluation(
        told.case_id or "", case.opener, told.title, told.evidence, conclusion, _findings(case, conclusion),
        event.arrived, event.address,
    )  # fmt: skip


def _findings(case: Case, conclusion: Conclusion) -> tuple[Finding, ...]:
    last = {one.person or "": one for one in case.all(TaskMove.ASSESS)}
    return tuple(
        Finding(person, one.by, one.assessment, one.evidence, person in conclusion.experts)
        for person, one in last.items()
        if one.assessment is not None
    )
