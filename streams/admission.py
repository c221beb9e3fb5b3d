"""Admission: who may say it, is it well formed, is it in order.

    inbox.<institution> ──▶ admission ──▶ achievements · demands (+ a copy for each matching lane) · negotiations
                               │  │       annexes                  sealed: nobody here has a key
                               │  │       facts                    that others than the owner verified
                               │  │       tasks                    moves in the nine key tasks
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

from prometheus_client import Counter as PrometheusCounter

from infra import metrics
from schemas import cloudevents, codec, framing, topics
from schemas.errors import Unavailable, Unreadable
from schemas.institutions import Institutions, Status
from schemas.records import SUBMISSIONS, Fault, InstitutionKind, SubmissionKind
from streams.domain import facts, roles, task_mandates
from streams.domain.admission import Standing, Subject, accept, answered, objections, subject, together
from streams.domain.mandate import Mandate, mandate
from streams.domain.policies.admitting import about_rules
from streams.lane import Input, LanePlan, Output, Source, Until, by_topic, quarantined

_LANE = "admission"
#: What it says of a submission, to everybody and to the one who sent it: two events under the submission's id.
_REGISTER, _RECEIPTS = cloudevents.part("register"), cloudevents.part("receipts")


@dataclass(slots=True)
class Hall:
    """What the inboxes of one worker share: who may submit, and one another."""

    institutions: Institutions = field(default_factory=Institutions)
    inboxes: WeakValueDictionary[str, Inbox] = field(default_factory=WeakValueDictionary)

    def hear(self, record: Input) -> None:
        """Take in an event about institutions."""
        self.institutions.take(codec.decode(record.value), record.offset + 1)

    def standings(self, owner: str) -> list[Standing]:
        """What was registered of an institution, by all inboxes through which anything may have been.

        Raises ``Unavailable`` where one of them is not with this worker.
        """
        return self._held(owner, self._names(owner))

    def _names(self, owner: str) -> set[str]:
        return {owner, *self.institutions.speakers.get(owner, ())}

    def _held(self, owner: str, names: Iterable[str]) -> list[Standing]:
        inboxes = [self.inboxes.get(name) for name in sorted(names)]
        found = [inbox.registered_for(owner) for inbox in inboxes if inbox is not None]
        if len(found) < len(inboxes):
            raise Unavailable(f"an inbox that speaks for {owner} is not with this worker yet")
        return found

    def about_fact(self, values: Mapping[str, Any]) -> list[Fault]:
        """What speaks against a fact about an achievement, whichever inbox that was registered through."""
        # Asked first: whoever may not verify has nobody waited for.
        if found := facts.about_verifier(values, self._kind(values["institution_id"])):
            return found
        owner, name = values["achievement_institution_id"], (facts.REGISTRATION, values["achievement_id"])
        return facts.about_version(values, self._registered(owner, name) or None)

    def about_task(self, values: Mapping[str, Any]) -> list[Fault]:
        """What speaks against a move in a task: who makes it, rules that are none, names that are not registered."""
        if found := task_mandates.about_kind(values, self._kind(values["institution_id"])):
            return found
        if found := [*about_rules(values["policy"])]:
            return found
        named = task_mandates.named(values)
        return [
            task_mandates.unknown(one) for one in named if not self._registered(one.owner, (one.what, one.local_id))
        ]

    def _kind(self, institution_id: str) -> InstitutionKind | None:
        known = self.institutions.known.get(institution_id)
        return None if known is None else known.admitted.kind

    def _registered(self, owner: str, name: tuple[str, str]) -> int:
        """The last version that was registered under a name, through any inbox; 0 without any."""
        # Whoever is not known or was removed registers nothing more: without an inbox it is not waited for.
        gone = {each for each in self._names(owner) if self.institutions.status(each) in {None, Status.REMOVED}}
        standings = self._held(owner, self._names(owner) - (gone - set(self.inboxes)))
        return max((each.versions.get(name, 0) for each in standings), default=0)


class Inbox:
    """One institution's inbox. Memory: about 350 bytes for each submission ever answered."""

    def __init__(
        self, institution_id: str, schema_by_id: codec.SchemaById | None = None, hall: Hall | None = None,
        lanes: int = topics.PARTITIONS,
    ) -> None:  # fmt: skip
        self._institution_id = institution_id
        self._lanes = lanes
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
        self._answers[values["submission_id"].bytes] = framing.adopted().bare(record.value or b"")
        if name == "SubmissionAccepted":
            kind = SubmissionKind(values["kind"])
            owner = values["on_behalf_of"] or self._institution_id
            accept(answered(kind, values["subject_id"], values["version"]), self._standings[owner])
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
        arrived_at = _arrived_at(record.timestamp)
        asked = mandate(self._institutions(), self._institution_id, values["institution_id"], arrived_at)
        owner = asked.on_behalf_of or self._institution_id
        raw_id: bytes = values["submission_id"].bytes
        # As text from here on: it is written three times.
        event_id = str(values["submission_id"])
        said = self._said(record, event_id, kind, about, asked)
        if asked.barred is not None:
            return [self._refused(record, raw_id, said, [asked.barred])]
        found = objections(owner, name, kind, values, about, self._standing(owner, about), arrived_at)
        # Whoever only claims to be a verifier has nobody waited for either.
        if kind is SubmissionKind.FACT_VERIFIED and values["institution_id"] == owner:
            found += self._hall.about_fact(values)
        if kind is SubmissionKind.NEGOTIATION_UPDATED:
            found += roles.objections(values, self._hall.institutions, asked.on_behalf_of)
        if kind is SubmissionKind.TASK_MOVED and not found:
            # What is not well formed names nothing that could be waited for.
            found += self._hall.about_task(values)
        if found:
            return [self._refused(record, raw_id, said, found)]
        accept(about, self._standings[owner])
        self._answers[raw_id] = None
        then = functools.partial(self._accepted, record, raw_id, said)
        value = self._registered_value(record, name, kind, values)
        headers = cloudevents.headers(name, _REGISTER, event_id, cloudevents.at(record.timestamp))
        return _registered(
            about, Output("", about.key.encode(), value, record.timestamp, -1, headers), self._lanes, then
        )

    def _registered_value(self, record: Input, name: str, kind: SubmissionKind, values: Mapping[str, Any]) -> bytes:
        """The bytes that are registered: as they came, but for what the market says of who speaks in a deal."""
        role = roles.role(values, self._hall.institutions) if kind is SubmissionKind.NEGOTIATION_UPDATED else None
        if role is not None:
            return codec.encode_fields(name, {**values, "role": role})
        value = framing.adopted().bare(record.value or b"")
        return value if value.startswith(framing.SINGLE_OBJECT) else codec.encode_fields(name, values)

    def _again(self, submission_id: UUID, record: Input) -> list[Output]:
        """The same receipt once more; where it is not written yet, it will be written twice."""
        answer = self._answers[submission_id.bytes]
        if answer is None:
            self._repeated[submission_id.bytes] += 1
            return []
        _counter("repeated").inc()
        # The same event once more: it happened when it was first said.
        name, values = codec.decode_fields(answer)
        event_id, time = str(submission_id), cloudevents.spelled(values["submitted_at"])
        headers = cloudevents.headers(name, _RECEIPTS, event_id, time)
        return [Output(self._receipts, event_id.encode(), answer, record.timestamp, -1, headers, None, True)]

    def _accepted(
        self, record: Input, raw_id: bytes, said: dict[str, Any], topic: str, place: tuple[int, int]
    ) -> list[Output]:
        partition, offset = place
        name = "SubmissionAccepted"
        said.update(register_topic=topic, register_partition=partition, register_offset=offset)
        answer = self._answers[raw_id] = codec.encode_fields(name, said)
        _counter("accepted").inc()
        return [self._receipt(name, record, said, answer)] * (1 + self._repeated.pop(raw_id, 0))

    def _refused(self, record: Input, raw_id: bytes, said: Mapping[str, Any], found: Sequence[Fault]) -> Output:
        name = "SubmissionRefused"
        faults = [{"field": f.field, "rule": f.rule, "value": f.value, "repair": f.repair} for f in found]
        answer = self._answers[raw_id] = codec.encode_fields(name, {**said, "faults": faults})
        _counter("refused").inc()
        return self._receipt(name, record, said, answer)._replace(is_late=True)

    def _receipt(self, name: str, record: Input, said: Mapping[str, Any], answer: bytes) -> Output:
        event_id: str = said["submission_id"]
        headers = cloudevents.headers(name, _RECEIPTS, event_id, cloudevents.at(record.timestamp))
        return Output(self._receipts, event_id.encode(), answer, record.timestamp, -1, headers)

    def _said(
        self, record: Input, event_id: str, kind: SubmissionKind, about: Subject, asked: Mandate
    ) -> dict[str, Any]:
        """What a receipt tells of its submission, whatever the decision."""
        return {
            "submission_id": event_id,
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
        if not self._hall.institutions.speakers.get(owner):
            return self._standings[owner]
        return together(self._hall.standings(owner), about)

    def registered_for(self, owner: str) -> Standing:
        """What was registered through this inbox in the name of an institution."""
        return self._standings[owner]


# The broker gives all records of one batch of a sender the same time.
@functools.lru_cache(maxsize=256)
def _arrived_at(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp / 1000, UTC)


@functools.cache
def _counter(outcome: str) -> PrometheusCounter:
    # Looking a label up takes longer than counting.
    return metrics.RECEIPTS.labels(outcome)


#: Families that are told on one topic alone.
_ALONE = {
    "deal": topics.NEGOTIATIONS,
    "annex": topics.ANNEXES,
    facts.FAMILY: topics.FACTS,
    task_mandates.FAMILY: topics.TASKS,
}


def _registered(about: Subject, told: Output, lanes: int, then: Any) -> list[Output]:
    """What was ``told``, on the topics that it belongs to. Headers double what a record costs: copies go without."""
    copy = told._replace(headers=(), is_copy=True)
    if about.family in _ALONE:
        name = _ALONE[about.family].name
        return [told._replace(topic=name, then=functools.partial(then, name))]
    if about.family == "achievement":
        name = topics.ACHIEVEMENTS.name
        return [
            told._replace(topic=name, then=functools.partial(then, name)),
            copy._replace(topic=topics.NEGOTIATIONS.name),
        ]
    name, copies = topics.DEMANDS.name, topics.DEMAND_COPIES.name
    return [
        told._replace(topic=name, then=functools.partial(then, name)),
        *(copy._replace(topic=copies, partition=lane) for lane in range(lanes)),
    ]


def plan(schema_by_id: codec.SchemaById | None = None, lanes: int = topics.PARTITIONS) -> LanePlan:
    """The admission lane over all inboxes there are and will be; each of so many matching ``lanes`` hears a demand."""

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
        shard=lambda key: Inbox(institution(key), schema_by_id, hall, lanes),
        hears=(topics.INSTITUTIONS.name,),
        hear=hall.hear,
        # Large, so that under backlog the waits for placing and committing come less often.
        batch=5000,
    )
