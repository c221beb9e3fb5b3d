"""Evaluation (评估评价): what several experts find, those with a conflict of interests left out, as medians.

A median of three or more moves no further than to the next finding, whatever one of them says. Readiness levels are
those of GB/T 22900-2022 or of the standard that the request names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schemas.faults import fault
from schemas.records import Assessment, Conclusion, Fault, Money, TaskAdvanced, TaskMove, TaskState
from streams.domain.tasks.cases import Asked, Case

#: Experts that a conclusion needs at least: of two nobody could say which one is the outlier.
LEAST_EXPERTS = 3
MOST_EXPERTS = 15
#: Standards of readiness levels that an evaluation can follow.
STANDARDS = ("GB/T 22900-2022", "GB/T 22900-2009", "ISO 16290:2013")


def is_of_a_standard(asked: Asked) -> Fault | None:
    """A level means nothing without the version of the standard that it is of."""
    if asked.move.title in STANDARDS:
        return None
    return fault("title", "unknown-value", asked.move.title, f"name the standard: {', '.join(STANDARDS)}")


def asks_enough(asked: Asked) -> Fault | None:
    """How many experts are asked lies between what a median needs and what anybody can organise."""
    wanted = asked.move.count or 0
    if LEAST_EXPERTS <= wanted <= MOST_EXPERTS:
        return None
    return fault("count", "range", wanted, f"ask {LEAST_EXPERTS} to {MOST_EXPERTS} experts")


def is_new(asked: Asked) -> Fault | None:
    """Nobody is appointed twice, and not more than were asked for, those with a conflict left out."""
    assert asked.case is not None
    person, appointed = asked.move.person or "", _appointed(asked.case)
    if person in appointed:
        return fault("person", "duplicate", person, "this expert is appointed already")
    wanted = asked.case.first.count or 0
    if len(appointed) - len(conflicts(asked.case)) >= wanted:
        repair = f"{wanted} experts were asked for, and so many are appointed"
        return fault("person", "too-many", person, repair)
    return None


def is_impartial(asked: Asked) -> Fault | None:
    """No expert comes from the institution whose achievement is evaluated."""
    if asked.move.party_institution_id != asked.move.subject_institution_id:
        return None
    repair = "an expert of the owner would judge its own achievement: appoint one of another institution"
    return fault("party_institution_id", "conflict", asked.move.party_institution_id, repair)


def is_appointed(asked: Asked) -> Fault | None:
    """Only who is appointed is spoken of."""
    assert asked.case is not None
    person = asked.move.person or ""
    if person in _appointed(asked.case):
        return None
    return fault("person", "known", person, "no such expert is appointed: check the name, or appoint the expert first")


def is_its_expert(asked: Asked) -> Fault | None:
    """For an expert speaks the institution that the expert was appointed from; of a conflict also who organises."""
    assert asked.case is not None
    by = asked.move.institution_id
    institution = _appointed(asked.case).get(asked.move.person or "")
    if institution in {None, by} or (asked.move.move is TaskMove.DECLARE and by == asked.case.opener):
        return None
    return fault("institution_id", "role", by, f"this expert speaks through {institution}")


def is_without_conflict(asked: Asked) -> Fault | None:
    """Who has declared a conflict of interests assesses nothing."""
    assert asked.case is not None
    if (asked.move.person or "") not in conflicts(asked.case):
        return None
    repair = "a conflict of interests was declared: appoint another expert"
    return fault("person", "conflict", asked.move.person, repair)


def is_valued_alike(asked: Asked) -> Fault | None:
    """All values of one evaluation are in one currency."""
    assert asked.case is not None
    assert asked.move.assessment is not None
    low = asked.move.assessment.value_low
    said = [one.value_low.currency for one in assessments(asked.case).values() if one.value_low is not None]
    if low is None or not said or low.currency == said[0]:
        return None
    repair = f"another expert has said it in {said[0]}: say it in that currency"
    return fault("assessment.value_low.currency", "currency", low.currency, repair)


def has_enough(asked: Asked) -> Fault | None:
    """A conclusion stands on three assessments at least, without those of a conflict."""
    assert asked.case is not None
    found = len(assessments(asked.case))
    if found >= LEAST_EXPERTS:
        return None
    repair = f"{found} assessments count: {LEAST_EXPERTS} are needed, of experts without a conflict"
    return fault("case_id", "experts", asked.move.case_id, repair)


def conflicts(case: Case) -> list[str]:
    """Experts for whom a conflict of interests was declared, in that order."""
    return list(dict.fromkeys(one.person or "" for one in case.all(TaskMove.DECLARE)))


def assessments(case: Case) -> dict[str, Assessment]:
    """The last assessment of each expert that counts."""
    said = {one.person or "": one.assessment for one in case.all(TaskMove.ASSESS) if one.assessment is not None}
    return {person: one for person, one in said.items() if person not in conflicts(case)}


def concluded(asked: Asked, told: TaskAdvanced) -> TaskAdvanced:
    """``told`` with what the experts find together, where it concludes; the standard and the achievement stay named."""
    if told.state is not TaskState.CONCLUDED or asked.case is None:
        return told
    counted = assessments(asked.case)
    evidence = "; ".join(one.evidence for one in asked.case.all(TaskMove.ASSESS) if (one.person or "") in counted)
    return replace(
        told,
        title=asked.case.first.title,
        evidence=evidence[:500],
        conclusion=_together(counted, conflicts(asked.case)),
    )


def _together(counted: dict[str, Assessment], excluded: Sequence[str]) -> Conclusion:
    found = list(counted.values())
    valued = [one for one in found if one.value_low is not None and one.value_high is not None]
    is_valued = 2 * len(valued) >= len(found)
    return Conclusion(
        maturity=_median([one.maturity for one in found]),
        advancement=_median([one.advancement for one in found]),
        market=_median([one.market for one in found]),
        team=_median([one.team for one in found]),
        risk=_median([one.risk for one in found]),
        value_low=_worth([one.value_low for one in valued]) if is_valued else None,
        value_high=_worth([one.value_high for one in valued]) if is_valued else None,
        experts=tuple(sorted(counted)),
        excluded=tuple(excluded),
    )


def _median(found: Sequence[int]) -> int:
    """The middle one; of two the lower, so that a level is never one that nobody has found."""
    return sorted(found)[(len(found) - 1) // 2]


def _worth(said: Sequence[Money | None]) -> Money | None:
    amounts = sorted((one for one in said if one is not None), key=lambda one: one.amount)
    return amounts[(len(amounts) - 1) // 2] if amounts else None


def _appointed(case: Case) -> dict[str, str]:
    return {one.person or "": one.party_institution_id or "" for one in case.all(TaskMove.APPOINT)}
