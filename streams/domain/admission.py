"""Whether a submission is registered: who says it, is it well formed, is it in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.records import Fault, SubmissionKind, deal_id, reference
from schemas.rules import faults
from streams.domain import annexes, facts


@dataclass(frozen=True, slots=True)
class Subject:
    """What a submission is about. ``family`` keeps the ids of achievements, demands and annexes apart.

    ``mark`` names what else is remembered of it: an annex was deposited, or erased; an achievement was registered.
    """

    family: str
    subject_id: str
    version: int
    key: str
    mark: str | None = None


@dataclass(slots=True)
class Standing:
    """What one institution has registered so far: last version of each subject, and of each mark."""

    versions: dict[tuple[str, str], int] = field(default_factory=dict)


def subject(kind: SubmissionKind, values: Mapping[str, Any]) -> Subject:
    """What ``values`` are about, with the key they are registered under."""
    if kind is SubmissionKind.NEGOTIATION_UPDATED:
        achievement = reference(values["achievement_institution_id"], values["achievement_id"])
        demand = reference(values["demand_institution_id"], values["demand_id"])
        return Subject("deal", str(deal_id(achievement, demand)), values["sequence"], achievement)
    if kind is SubmissionKind.TASK_MOVED:
        named = values["subject_id"] if values["case_id"] is None else f"{values['subject_id']} {values['case_id']}"
        return Subject("task", named, 1, reference(values["subject_institution_id"], values["subject_id"]))
    family = _FAMILIES[kind]
    local = values[_IDS[family]]
    return Subject(family, local, values["version"], reference(values["institution_id"], local), _MARKS.get(kind))


def answered(kind: SubmissionKind, subject_id: str, version: int) -> Subject:
    """What a receipt is about; the key is not told there."""
    return Subject(_FAMILIES[kind], subject_id, version, "", _MARKS.get(kind))


# Tables, for each submission asks them.
_FAMILIES = {kind: kind.split("_")[0].lower() for kind in SubmissionKind} | {SubmissionKind.NEGOTIATION_UPDATED: "deal"}
_IDS = {"achievement": "achievement_id", "demand": "demand_id", "annex": "achievement_id", "fact": "fact_id"}
_MARKS = {**annexes.MARKS, SubmissionKind.ACHIEVEMENT_REGISTERED: facts.REGISTRATION}
#: Families whose order is kept behind admission, by the processor of each.
_UNNUMBERED = frozenset({"deal", "task"})
_WITHDRAWALS = frozenset(
    {SubmissionKind.ACHIEVEMENT_WITHDRAWN, SubmissionKind.DEMAND_WITHDRAWN, SubmissionKind.FACT_RETRACTED}
)


def objections(
    institution_id: str, name: str, kind: SubmissionKind, values: Mapping[str, Any], about: Subject,
    standing: Standing, arrived_at: datetime,
) -> list[Fault]:  # fmt: skip
    """Every reason to refuse a submission in which ``institution_id`` speaks; empty to accept."""
    found = faults(name, values, arrived_at=arrived_at)
    if values["institution_id"] != institution_id:
        found.append(_speaks_for_another(institution_id, values["institution_id"]))
    if about.family not in _UNNUMBERED:
        found += _out_of_order(kind, about, standing)
    if about.family == annexes.FAMILY:
        found += annexes.objections(kind, values, standing.versions)
    return found


def accept(about: Subject, standing: Standing) -> None:
    """Note that the subject stands at this version; receipts that are read back may repeat older ones."""
    if about.family not in _UNNUMBERED:
        _note(standing, (about.family, about.subject_id), about.version)
        if about.mark is not None:
            _note(standing, (about.mark, about.subject_id), about.version)


def _note(standing: Standing, name: tuple[str, str], version: int) -> None:
    standing.versions[name] = max(standing.versions.get(name, 0), version)


def together(standings: Iterable[Standing], about: Subject) -> Standing:
    """How a subject stands by what several inboxes have registered of it."""
    names = annexes.NAMES if about.family == annexes.FAMILY else (about.family,)
    found = Standing()
    for standing in standings:
        for name in ((each, about.subject_id) for each in names):
            if name in standing.versions:
                found.versions[name] = max(standing.versions[name], found.versions.get(name, 0))
    return found


def _speaks_for_another(inbox: str, claimed: str) -> Fault:
    return Fault(
        "institution_id", "speaks-for-itself", claimed[:200],
        f"this inbox belongs to {inbox!r}: submit only its own records, with institution_id {inbox!r}, "
        "or those of an institution that lets it speak for it (`techdock delegation grant`)",
    )  # fmt: skip


def _out_of_order(kind: SubmissionKind, about: Subject, standing: Standing) -> list[Fault]:
    last = standing.versions.get((about.family, about.subject_id))
    if last is None:
        if kind in _WITHDRAWALS:
            repair = f"register the {about.family} before you withdraw it, or check the id"
            return [Fault(f"{about.family}_id", "known", about.subject_id[:200], repair)]
        return []
    if about.version > last:
        return []
    return [Fault("version", "newer", str(about.version), f"version {last} is registered: send {last + 1} or higher")]
