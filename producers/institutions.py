"""What may be said of institutions: decisions over how they stand, each an event or the reason why not.

A decision raises ``Misconfigured`` with what to do instead; without an event there is nothing to do.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from schemas import texts
from schemas.codes import district_problem
from schemas.days import CHINA
from schemas.errors import Misconfigured
from schemas.institutions import Institution, Institutions, Status
from schemas.records import (
    AdmittedBy,
    DelegationGranted,
    DelegationRevoked,
    Fault,
    InstitutionAdmitted,
    InstitutionEvent,
    InstitutionKeyRotated,
    InstitutionKind,
    InstitutionRemoved,
    InstitutionResumed,
    InstitutionSuspended,
)
from schemas.rules import MAX_NAME, MAX_REASON
from schemas.topics import inbox

#: Who may speak for others.
SPEAKERS = frozenset({InstitutionKind.DISTRICT_OFFICE, InstitutionKind.BROKER})
Decision = Callable[[Institutions], Sequence[InstitutionEvent]]


@dataclass(frozen=True, slots=True)
class Description:
    """How an operator describes an institution."""

    institution_id: str
    name_zh: str | None
    name_en: str | None
    kind: InstitutionKind
    district: str | None

    def problems(self) -> list[str]:
        """Everything that is wrong with it, each with what to do."""
        inbox(self.institution_id)
        found: list[Fault] = []
        for field, name in (("name-zh", self.name_zh), ("name-en", self.name_en)):
            if name is not None:
                texts.line(found, field, name, MAX_NAME)
        problems = [f"--{one.field} {one.value!r}: {one.repair}" for one in found]
        if self.name_zh is None and self.name_en is None:
            problems.append("give a name: --name-zh or --name-en, or both")
        if self.district is not None and (repair := district_problem(self.district)) is not None:
            problems.append(f"--district {self.district!r}: {repair}")
        return problems


def admit(described: Description, now: datetime) -> Decision:
    """An operator admits an institution, or describes one anew."""
    if problems := described.problems():
        raise Misconfigured(problems)
    event = InstitutionAdmitted(
        described.institution_id, described.name_zh, described.name_en, described.kind, described.district,
        AdmittedBy.OPERATOR, now,
    )  # fmt: skip

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        known = standing.known.get(described.institution_id)
        if known is not None and known.status is not Status.REMOVED and _is_described(known, described):
            return ()
        return (event,)

    return decide


def admit_senders(ids: Sequence[str], now: datetime) -> Decision:
    """Whoever sends something in the name of institutions opens the door to those that are not known."""

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        barred = [f"{name}: {_why_barred(standing.known[name])}" for name in ids if _is_barred(standing, name)]
        if barred:
            raise Misconfigured(barred)
        return [
            InstitutionAdmitted(name, None, None, InstitutionKind.UNKNOWN, None, AdmittedBy.SENDER, now)
            for name in ids
            if name not in standing.known
        ]

    return decide


def introduction(described: Sequence[Description], now: datetime) -> Decision:
    """An operator describes at once all those of whom no operator has said anything yet."""

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        unknown = [one for one in described if not _is_introduced(standing, one.institution_id)]
        # Whoever is barred is named before anybody is let in.
        admit_senders([one.institution_id for one in described], now)(standing)
        return [event for one in unknown for event in admit(one, now)(standing)]

    return decide


def _is_introduced(standing: Institutions, institution_id: str) -> bool:
    known = standing.known.get(institution_id)
    return known is not None and known.admitted.by is AdmittedBy.OPERATOR


def suspend(institution_id: str, reason: str, now: datetime) -> Decision:
    """An institution may submit nothing for a while."""
    said = _reason(reason)

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        found = known(standing, institution_id)
        if found.status is Status.SUSPENDED:
            return ()
        return (InstitutionSuspended(institution_id, said, now),)

    return decide


def resume(institution_id: str, now: datetime) -> Decision:
    """A suspended institution may submit again."""

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        if known(standing, institution_id).status is Status.ADMITTED:
            return ()
        return (InstitutionResumed(institution_id, now),)

    return decide


def remove(institution_id: str, reason: str, now: datetime) -> Decision:
    """An institution may submit nothing any more, and nobody may for it, nor it for anybody."""
    said = _reason(reason)

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        if institution_id in standing.known and standing.known[institution_id].status is Status.REMOVED:
            return ()
        known(standing, institution_id)
        ended = [pair for pair in sorted(standing.grants) if institution_id in pair]
        return (*(DelegationRevoked(*pair, now) for pair in ended), InstitutionRemoved(institution_id, said, now))

    return decide


def rotate_key(institution_id: str, key: str, now: datetime) -> Decision:
    """An institution has a new key, of which only the hash is said."""

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        known(standing, institution_id)
        return (InstitutionKeyRotated(institution_id, key_hash(key), now),)

    return decide


def grant(grantor: str, speaker: str, until: date | None, now: datetime) -> Decision:
    """``speaker`` may speak for ``grantor``; another day for a grant that stands moves its end."""
    if grantor == speaker:
        raise Misconfigured([f"{grantor} speaks for itself anyway: name two institutions"])
    if until is not None and until < now.astimezone(CHINA).date():
        raise Misconfigured([f"--until {until}: that day is over in China; give today or a later one"])

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        known(standing, grantor)
        kind = known(standing, speaker).admitted.kind
        if kind not in SPEAKERS:
            raise Misconfigured(
                [
                    f"{speaker} is {kind.replace('_', ' ').lower()}: only a district office or a broker speaks for "
                    f"others; describe it anew with `techdock institution add {speaker} --kind district-office`"
                ]
            )
        before = standing.grants.get((grantor, speaker))
        if before is not None and before.until == until:
            return ()
        return (DelegationGranted(grantor, speaker, until, now),)

    return decide


def revoke(grantor: str, speaker: str, now: datetime) -> Decision:
    """``speaker`` may not speak for ``grantor`` any more."""

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        if (grantor, speaker) not in standing.grants:
            raise Misconfigured([f"{grantor} grants nothing to {speaker}: see `techdock delegation list`"])
        return (DelegationRevoked(grantor, speaker, now),)

    return decide


def new_key() -> str:
    """A key of 256 random bits."""
    return secrets.token_urlsafe(32)


def key_hash(key: str) -> str:
    """SHA-256 of a key, in hexadecimal digits; slow hashing would gain nothing, for nobody guesses 256 random bits."""
    return hashlib.sha256(key.encode()).hexdigest()


def _is_described(known: Institution, described: Description) -> bool:
    said = known.admitted
    return said.by is AdmittedBy.OPERATOR and described == Description(
        said.institution_id, said.name_zh, said.name_en, said.kind, said.district
    )


def known(standing: Institutions, institution_id: str) -> Institution:
    """An institution that was admitted and not removed; raises ``Misconfigured`` for any other."""
    found = standing.known.get(institution_id)
    if found is None:
        raise Misconfigured([f"{institution_id} is not known: see `techdock institution list`, or add it"])
    if found.status is Status.REMOVED:
        raise Misconfigured([f"{institution_id}: {_why_barred(found)}"])
    return found


def _is_barred(standing: Institutions, institution_id: str) -> bool:
    return standing.status(institution_id) in {Status.SUSPENDED, Status.REMOVED}


def _why_barred(found: Institution) -> str:
    name = found.admitted.institution_id
    if found.status is Status.SUSPENDED:
        return f"it is suspended ({found.reason}); it may submit after `techdock institution resume {name}`"
    return f"it was removed ({found.reason}); `techdock institution add {name} …` admits it again"


def _reason(text: str) -> str:
    found: list[Fault] = []
    if not text.strip():
        raise Misconfigured(["--reason: say in words why"])
    texts.prose(found, "--reason", text, MAX_REASON)
    if found:
        raise Misconfigured([f"{one.field}: {one.repair}" for one in found])
    return text
