"""The records of an inbox as the checks see them, with their receipts. Pure: who reads them is elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas import codec
from schemas.errors import Unreadable
from schemas.records import SUBMISSIONS, Receipt, SubmissionRefused

#: Where the id of a record's subject stands, and the time that its sender gives.
_IDS = ("fact_id", "achievement_id", "demand_id")
_TIMES = (
    "registered_at", "posted_at", "withdrawn_at", "moved_at", "deposited_at", "granted_at", "revoked_at", "erased_at",
    "verified_at", "retracted_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as it lies in the inbox."""

    offset: int
    arrived_at: datetime
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Said:
    """A record that can be read as a submission."""

    raw: Raw
    name: str
    values: Mapping[str, Any]

    @property
    def submission_id(self) -> UUID:
        """Its id."""
        found: UUID = self.values["submission_id"]
        return found

    @property
    def is_move(self) -> bool:
        """Whether it is a move in a deal."""
        return self.name == "NegotiationUpdated"

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about: family, institution and id, or both sides of a deal."""
        values = self.values
        if self.is_move:
            sides = ("achievement_institution_id", "achievement_id", "demand_institution_id", "demand_id")
            return ("deal", *(str(values[side]) for side in sides))
        name = next(name for name in _IDS if name in values)
        # Acts about an annex are numbered by themselves.
        family = "annex" if self.name.startswith("Annex") else name.removesuffix("_id")
        return family, str(values["institution_id"]), str(values[name])

    @property
    def number(self) -> int:
        """Its version, or its sequence in a deal."""
        return int(self.values["sequence" if self.is_move else "version"])

    @property
    def time(self) -> datetime:
        """When it happened, as its sender says."""
        found: datetime = next(self.values[name] for name in _TIMES if name in self.values)
        return found


@dataclass(slots=True)
class Inbox:
    """Everything in an inbox, in its order."""

    institution_id: str
    raw: list[Raw] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    #: Records that are no submission, and why.
    broken: list[tuple[int, str]] = field(default_factory=list)
    receipts: dict[UUID, list[Receipt]] = field(default_factory=lambda: defaultdict(list))

    def by_id(self) -> Mapping[UUID, Sequence[Said]]:
        """Submissions by their id, each in its order."""
        found: defaultdict[UUID, list[Said]] = defaultdict(list)
        for one in self.said:
            found[one.submission_id].append(one)
        return found

    def first_words(self) -> list[Said]:
        """Submissions without those that repeat an id."""
        return [said[0] for said in self.by_id().values()]

    def is_refused(self, name: UUID) -> bool:
        """Whether a submission has a receipt that refuses it."""
        return any(isinstance(receipt, SubmissionRefused) for receipt in self.receipts.get(name, ()))

    def standing(self) -> list[Said]:
        """Submissions that nothing was said against, once each."""
        return [one for one in self.first_words() if not self.is_refused(one.submission_id)]


def inbox(
    institution_id: str, records: Iterable[Raw], receipts: Iterable[Receipt],
    schema_by_id: codec.SchemaById | None = None,
) -> Inbox:  # fmt: skip
    """The inbox of an institution with everything in it that can be read."""
    found = Inbox(institution_id)
    for raw in records:
        found.raw.append(raw)
        try:
            name, values = codec.decode_fields(raw.value, schema_by_id)
        except Unreadable as error:
            found.broken.append((raw.offset, error.why))
            continue
        if name in SUBMISSIONS:
            found.said.append(Said(raw, name, values))
        else:
            found.broken.append((raw.offset, f"{name} is no submission"))
    for receipt in receipts:
        found.receipts[receipt.submission_id].append(receipt)
    return found
