"""Admission: who may say it, is it well formed, is it in order.

    inbox.<institution> ──▶ admission ──▶ achievements · demands (+ a copy for each matching lane) · negotiations
                               │  └─────▶ receipts.<institution>   accepted with its register offset, or all faults
                               └────────▶ quarantine               bytes that cannot be read

Each inbox is a shard of its own, so one institution's submissions are decided in their order. Its state is what its
receipts say: which ids were answered, and the last version of each subject.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from infra import metrics
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import SUBMISSIONS, Fault, SubmissionKind
from streams.domain.admission import Standing, Subject, accept, objections, subject
from streams.lane import Input, LanePlan, Output, Source, Until, by_topic, quarantined

_LANE = "admission"
_AVRO = b"\xc3\x01"


class Inbox:
    """One institution's inbox. Memory: about 350 bytes for each submission ever answered."""

    def __init__(
        self, institution_id: str, schema_by_id: codec.SchemaById | None = None, lanes: int = topics.PARTITIONS
    ) -> None:
        self._institution_id = institution_id
        self._lanes = lanes
        self._receipts = topics.receipts(institution_id).name
        self._schema_by_id = schema_by_id
        self._standing = Standing()
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
            accept(Subject(family, values["subject_id"], values["version"], ""), self._standing)

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
        about = subject(kind, values)
        arrived_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        found = objections(self._institution_id, name, kind, values, about, self._standing, arrived_at)
        if found:
            return [self._refused(record, submission_id, kind, about, found)]
        accept(about, self._standing)
        self._answers[submission_id.bytes] = None
        then = functools.partial(self._accepted, record, submission_id, kind, about)
        value = record.value or b""
        if not value.startswith(_AVRO):
            value = codec.encode_fields(name, values)
        return _registered(about, value, record.timestamp, self._lanes, then)

    def _again(self, submission_id: UUID, record: Input) -> list[Output]:
        """The same receipt once more; where it is not written yet, it will be written twice."""
        answer = self._answers[submission_id.bytes]
        if answer is None:
            self._repeated[submission_id.bytes] += 1
            return []
        metrics.RECEIPTS.labels("repeated").inc()
        return [Output(self._receipts, str(submission_id).encode(), answer, record.timestamp, is_late=True)]

    def _accepted(
        self,
        record: Input,
        submission_id: UUID,
        kind: SubmissionKind,
        about: Subject,
        topic: str,
        place: tuple[int, int],
    ) -> list[Output]:
        partition, offset = place
        answer = codec.encode_fields(
            "SubmissionAccepted",
            {
                **self._common(record, submission_id, kind, about),
                "register_topic": topic,
                "register_partition": partition,
                "register_offset": offset,
            },
        )
        self._answers[submission_id.bytes] = answer
        metrics.RECEIPTS.labels("accepted").inc()
        times = 1 + self._repeated.pop(submission_id.bytes, 0)
        return [Output(self._receipts, str(submission_id).encode(), answer, record.timestamp)] * times

    def _refused(
        self, record: Input, submission_id: UUID, kind: SubmissionKind, about: Subject, found: Sequence[Fault]
    ) -> Output:
        faults = [{"field": f.field, "rule": f.rule, "value": f.value, "repair": f.repair} for f in found]
        values = {**self._common(record, submission_id, kind, about), "faults": faults}
        answer = codec.encode_fields("SubmissionRefused", values)
        self._answers[submission_id.bytes] = answer
        metrics.RECEIPTS.labels("refused").inc()
        return Output(self._receipts, str(submission_id).encode(), answer, record.timestamp, is_late=True)

    def _common(self, record: Input, submission_id: UUID, kind: SubmissionKind, about: Subject) -> dict[str, Any]:
        return {
            "submission_id": submission_id,
            "institution_id": self._institution_id,
            "kind": kind,
            "subject_id": about.subject_id,
            "version": about.version,
            "submitted_at": record.timestamp * 1000,
        }


def _registered(about: Subject, value: bytes, timestamp: int, lanes: int, then: Any) -> list[Output]:
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
    name, copies = topics.DEMANDS.name, topics.DEMAND_COPIES.name
    return [
        Output(name, key, value, timestamp, then=functools.partial(then, name)),
        *(Output(copies, key, value, timestamp, lane) for lane in range(lanes)),
    ]


def plan(schema_by_id: codec.SchemaById | None = None, lanes: int = topics.PARTITIONS) -> LanePlan:
    """The admission lane over all inboxes there are and will be; each of so many matching ``lanes`` hears a demand."""

    def institution(shard: str) -> str:
        found = topics.institution_of(shard.rpartition(":")[0])
        assert found is not None, shard
        return found

    return LanePlan(
        name=_LANE,
        inputs=(topics.INBOXES,),
        shard_of=by_topic,
        sources=lambda key: [Source(topics.receipts(institution(key)).name, 0, Until.END)],
        shard=lambda key: Inbox(institution(key), schema_by_id, lanes),
        # Large, so that under backlog the waits for placing and committing come less often.
        batch=5000,
    )
