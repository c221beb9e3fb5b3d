"""Joint mining (联合挖掘): leads from several parties, each merged into an achievement with its part of the credit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from schemas.faults import fault
from schemas.records import Fault, TaskAdvanced, TaskMove, TaskState, reference
from streams.domain.tasks.cases import Asked


def is_running(asked: Asked) -> Fault | None:
    """A lead is reported while its campaign lasts; after its last day, another campaign takes it."""
    campaign = asked.subject.last(TaskMove.OPEN, TaskMove.REVISE)
    if campaign is None or campaign.since is None or campaign.until is None:
        return None
    if campaign.since <= asked.day <= campaign.until:
        return None
    repair = f"the campaign runs from {campaign.since} to {campaign.until}: report it to one that runs now"
    return fault("subject_id", "dates", asked.day, repair)


def credit(told: Iterable[TaskAdvanced]) -> dict[str, dict[str, Fraction]]:
    """Who has which part in the finding of each achievement, by its reference; the parts of each sum to one.

    ``told`` is all that was told of leads, in any campaign; a lead's parts count for who reported it.
    """
    reported: dict[tuple[str, str | None], str] = {}
    merged: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in told:
        lead = one.subject_ref, one.case_id
        if one.move is TaskMove.REPORT:
            reported[lead] = one.by
        elif one.state is TaskState.MERGED and one.achievement_institution_id and one.achievement_id and one.count:
            merged[reference(one.achievement_institution_id, one.achievement_id)][reported[lead]] += one.count
    return {
        ref: {who: Fraction(parts, sum(by.values())) for who, parts in sorted(by.items())}
        for ref, by in sorted(merged.items())
    }
