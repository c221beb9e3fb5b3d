"""Admission: who may say it, is it well formed, is it in order.

    inbox.<institution> ──▶ admission ──▶ achievements · demands (+ a copy for each matching lane) · negotiations
                               │  └─────▶ receipts.<institution>   accepted with its register offset, or all faults
                               └────────▶ quarantine               bytes that cannot be read

Each inbox is a shard of its own, so one institution's submissions are decided in their order. Its state is what its
receipts say: which ids were answered, and the last version of each subject. Who may submit at all, and who for whom,
is heard from the topic of institutions before each batch; every receipt says how far. Where an inbox speaks for
another institution, versions are looked up in all inboxes that may have registered anything of it, which are with the
same worker (``docs/adr/0014``).
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from infra import metrics
from schemas import codec, topics
from schemas.errors import Unavailable, Unreadable
from schemas.institutions import Institutions
from schemas.records import SUBMISSIONS, Fault, SubmissionKind
from streams.domain.admission import Standing, Subject, accept, objections, subject, together
from streams.domain.mandate import Mandate, mandate
from streams.lane import Input, LanePlan, Output, Source, Until, by_topic, quarantined

_LANE = "admission"
_AVRO = b"\xc3\x01"


@dataclass(slots=True)
class Hall:
    """What the inboxes of one worker share: who may submit, and one another."""

    institutions: Institutions = field(default_factory=Institutions)
    inboxes: WeakValueDictionary[str, Inbox] = field(default_factory=WeakValueDictionary)

    def hear(self, record: Input) -> None:
        """Take in an event about institutions."""
        self.institutions.take(codec.decode(record.value), record.offset + 1)


class Inbox:
    """One institution's inbox. Memory: about 350 bytes for each submission ever answered."""

    def __init__(
        self, institution_id: str, schema_by_id: codec.SchemaById | None = None, hall: Hall | None = None
    ) -> None:
        self._institution_id = institution_id
        self._hall = hall or Hall()
        self._hall.inboxes[institution_id] = self
        self._receipts = topics.receipts(institution_id).name
        self._schema_by_id = schema_by_id
        #: What was registered through this inbox, by the institution in whose name.
        self._standings: defaultdict[str, Standing] = defaultdict(Standing)
        #: How far into the topic of institutions was heard for the last receipt.
        self._heard = 0
        #: Receipts by submission id; ``None`` while the register offset is not known yet.
        self._answers: dict[bytes, bytes | None] = {}
        self._repeated: Counter[bytes] = Counter()

    def load(self, record: Input) -> None:
        """Take in a receipt."""
        name, values = codec.decode_fields(record.value)
        self._answers[values["submission_id"].bytes] = record.value
        if name == "SubmissionAccepted":
            kind = SubmissionKind(values["kind"])
            family = "deal" if kind is SubmissionKind.NEGOTIATION_UPDATED else kind.split("_")[0].lower()
            owner = values["on_behalf_of"] or self._institution_id
            accept(Subject(family, values["subject_id"], values["version"], ""), self._standings[owner])
        self._heard = max(self._heard, values["institutions_position"] or 0)

    def restored(self) -> None:
        """Nothing is derived from the receipts."""

    def settle(self) -> Iterable[Output]:
        """Receipts wait for register offsets, not for the end of the batch."""
        return ()

    def decide(self, record: Input) -> Iterable[Output]:
        """The register records and the receipt of one submission."""
        try:
            name, values = codec.decode_fields(record.value, self._schema_by_id)
            kind = SUBMISSIONS.get(name)
            if kind is None:
                raise Unreadable("value", f"{name} is no submission; institutions send {', '.join(SUBMISSIONS)}")
        except Unreadable as error:
            return [quarantined(record, _LANE, error, 1)]
        submission_id: UUID = values["submission_id"]
        if submission_id.bytes in self._answers:
            return self._again(submission_id, record)
        return self._answered(record, name, kind, values)

    def _answered(self, record: Input, name: str, kind: SubmissionKind, values: Mapping[str, Any]) -> list[Output]:
        """What follows from a submission that comes for the first time."""
        about = subject(kind, values)
        arrived_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        asked = mandate(self._institutions(), self._institution_id, values["institution_id"], arrived_at)
        owner = asked.on_behalf_of or self._institution_id
        answer = self._answer(record, kind, values, about, asked)
        if asked.barred is not None:
            return [self._refused(record, answer, [asked.barred])]
        found = objections(owner, name, kind, values, about, self._standing(owner, about), arrived_at)
        if found:
            return [self._refused(record, answer, found)]
        accept(about, self._standings[owner])
        self._answers[values["submission_id"].bytes] = None
        then = functools.partial(self._accepted, record, answer)
        value = record.value or b""
        if not value.startswith(_AVRO):
            value = codec.encode_fields(name, values)
        return _registered(about, value, record.timestamp, then)

    def _again(self, submission_id: UUID, record: Input) -> list[Output]:
        """The same receipt once more; where it is not written yet, it will be written twice."""
        answer = self._answers[submission_id.bytes]
        if answer is None:
            self._repeated[submission_id.bytes] += 1
            return []
        metrics.RECEIPTS.labels("repeated").inc()
        return [Output(self._receipts, str(submission_id).encode(), answer, record.timestamp, is_late=True)]

    def _accepted(self, record: Input, answer: dict[str, Any], topic: str, place: tuple[int, int]) -> list[Output]:
        submission_id = answer["submission_id"]
        answer["register_topic"], (answer["register_partition"], answer["register_offset"]) = topic, place
        receipt = codec.encode_fields("SubmissionAccepted", answer)
        self._answers[submission_id.bytes] = receipt
        metrics.RECEIPTS.labels("accepted").inc()
        times = 1 + self._repeated.pop(submission_id.bytes, 0)
        return [Output(self._receipts, str(submission_id).encode(), receipt, record.timestamp)] * times

    def _refused(self, record: Input, answer: Mapping[str, Any], found: Sequence[Fault]) -> Output:
        submission_id = answer["submission_id"]
        faults = [{"field": f.field, "rule": f.rule, "value": f.value, "repair": f.repair} for f in found]
        receipt = codec.encode_fields("SubmissionRefused", {**answer, "faults": faults})
        self._answers[submission_id.bytes] = receipt
        metrics.RECEIPTS.labels("refused").inc()
        return Output(self._receipts, str(submission_id).encode(), receipt, record.timestamp, is_late=True)

    def _answer(
        self, record: Input, kind: SubmissionKind, values: Mapping[str, Any], about: Subject, asked: Mandate
    ) -> dict[str, Any]:
        """What a receipt says, whatever the decision."""
        return {
            "submission_id": values["submission_id"],
            "institution_id": self._institution_id,
            "kind": kind,
            "subject_id": about.subject_id,
            "version": about.version,
            "submitted_at": record.timestamp * 1000,
            "on_behalf_of": asked.on_behalf_of,
            "institutions_position": self._hall.institutions.position,
        }

    def _institutions(self) -> Institutions:
        found = self._hall.institutions
        if found.position < self._heard:
            # A new leader may not know yet that all before is committed: what was decided must not be decided by less.
            raise Unavailable(f"{topics.INSTITUTIONS.name} was heard up to {self._heard}, and ends at {found.position}")
        return found

    def _standing(self, owner: str, about: Subject) -> Standing:
        """How a subject stands, by all inboxes through which anything may have been registered of it."""
        speakers = self._hall.institutions.speakers.get(owner)
        if not speakers:
            return self._standings[owner]
        inboxes = [self._hall.inboxes.get(name) for name in sorted({owner, *speakers})]
        standings = [inbox._standings[owner] for inbox in inboxes if inbox is not None]
        if len(standings) < len(inboxes):
            raise Unavailable(f"an inbox that speaks for {owner} is not with this worker yet")
        return together(standings, about)


def _registered(about: Subject, value: bytes, timestamp: int, then: Any) -> list[Output]:
    key = about.key.encode()
    if about.family == "deal":
        name = topics.NEGOTIATIONS.name
        return [Output(name, key, value, timestamp, then=functools.partial(then, name))]
    if about.family == "achievement":
        name = topics.ACHIEVEMENTS.name
        return [
            Output(name, key, value, timestamp, then=functools.partial(then, name)),
            Output(topics.NEGOTIATIONS.name, key, value, timestamp),
        ]
    name, copies = topics.DEMANDS.name, topics.DEMAND_COPIES
    return [
        Output(name, key, value, timestamp, then=functools.partial(then, name)),
        *(Output(copies.name, key, value, timestamp, partition) for partition in range(copies.partitions)),
    ]


def plan(schema_by_id: codec.SchemaById | None = None) -> LanePlan:
    """The admission lane over all inboxes there are and will be."""

    hall = Hall()

    def institution(shard: str) -> str:
        found = topics.institution_of(shard.rpartition(":")[0])
        assert found is not None, shard
        return found

    return LanePlan(
        name=_LANE,
        inputs=(topics.INBOXES,),
        shard_of=by_topic,
        sources=lambda key: [Source(topics.receipts(institution(key)).name, 0, Until.END)],
        shard=lambda key: Inbox(institution(key), schema_by_id, hall),
        hears=(topics.INSTITUTIONS.name,),
        hear=hall.hear,
        # Large, so that under backlog the waits for placing and committing come less often.
        batch=5000,
    )
