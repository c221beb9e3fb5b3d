"""A system that does everything right passes; each thing done wrong fails the check that is about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from producers.conformance.checks import findings
from producers.conformance.findings import Finding, Outcome
from producers.conformance.inbox import Raw, inbox
from schemas import codec
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    DemandPosted,
    DemandWithdrawn,
    Fault,
    Move,
    NegotiationUpdated,
    Receipt,
    Submission,
    SubmissionAccepted,
    SubmissionKind,
    SubmissionRefused,
    Text,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_HEADERS = dict.fromkeys(("ce_specversion", "ce_id", "ce_source", "ce_type", "content-type"), b"x")
_KIND = SubmissionKind.ACHIEVEMENT_REGISTERED


@dataclass
class Candidate:
    """A vendor's system: what it wrote, and what it was told."""

    raw: list[Raw] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    def says(self, *records: Submission, key: str | None = "", **raw: Any) -> None:
        for record in records:
            name = key if key != "" else getattr(record, "achievement_id", None) or getattr(record, "demand_id", "")
            found = Raw(len(self.raw), NOW, None if name is None else name.encode(), codec.encode(record), _HEADERS)
            self.raw.append(replace(found, **raw))
            self.receipts.append(
                SubmissionAccepted(
                    record.submission_id, "dlut", _KIND, "A1", 1, "techdock.achievements.v1", 0, 1, NOW, None, None
                )
            )

    def is_refused(self, place: int) -> None:
        name = self.receipts[place].submission_id
        faults = (Fault("zh", "language-missing", "", "give a title"),)
        self.receipts[place] = SubmissionRefused(name, "dlut", _KIND, "A1", 1, faults, NOW, None, None)

    def report(self) -> dict[str, Finding]:
        return {one.check: one for one in findings(inbox("dlut", self.raw, self.receipts))}


def _achievement(name: str = "A1", version: int = 1, said: str = "pump", **changed: Any) -> AchievementRegistered:
    values = {"submission_id": uuid.uuid4(), "registered_at": NOW - timedelta(seconds=2), **changed}
    return AchievementRegistered(
        values["submission_id"], values.get("institution_id", "dlut"), name, version, values["registered_at"], None,
        Text(said),
    )  # fmt: skip


def _good() -> Candidate:
    candidate = Candidate()
    repeated = _achievement("A1", 2, "better pump")
    candidate.says(_achievement(), repeated, repeated)
    then = NOW - timedelta(seconds=1)
    candidate.says(AchievementWithdrawn(uuid.uuid4(), "dlut", "A1", 3, then, ""))
    candidate.says(DemandPosted(uuid.uuid4(), "dlut", "D1", 1, then, None, None, Text("valve")))
    candidate.says(DemandWithdrawn(uuid.uuid4(), "dlut", "D1", 2, then, ""))
    candidate.says(NegotiationUpdated(uuid.uuid4(), "dlut", "dlut", "A2", "neusoft", "D2", 1, Move.CONTACT, then))
    candidate.says(_achievement("A9", 1, "broken"), _achievement("A9", 1, "mended"))
    candidate.is_refused(-2)
    return candidate


def test_a_system_that_does_everything_right_passes() -> None:
    assert {one.check: one.outcome for one in _good().report().values() if one.outcome is not Outcome.PASSED} == {}


def test_an_inbox_in_which_nothing_was_tried_says_what_to_do() -> None:
    report = Candidate().report()
    assert all(one.outcome is Outcome.MISSING and one.told for one in report.values())


def _poison(candidate: Candidate) -> None:
    candidate.raw.append(Raw(len(candidate.raw), NOW, b"A1", b"{}", _HEADERS))


def _reused_id(candidate: Candidate) -> None:
    first = _achievement("A5")
    candidate.says(first, _achievement("A6", submission_id=first.submission_id))


def _unrepaired(candidate: Candidate) -> None:
    candidate.says(_achievement("A5"))
    candidate.is_refused(-1)


_WRONG: Sequence[tuple[str, Callable[[Candidate], None]]] = [
    ("every record can be read", _poison),
    ("every rule holds", lambda one: one.says(_achievement("A5", said=""))),
    ("an id names one thing", _reused_id),
    ("nothing is said twice", lambda one: one.says(_achievement("A5"), _achievement("A5"))),
    ("versions rise", lambda one: one.says(_achievement("A9", 1, "an older one"))),
    ("what is withdrawn was known", lambda one: one.says(AchievementWithdrawn(uuid.uuid4(), "dlut", "A7", 1, NOW, ""))),
    ("nothing comes from the future", lambda one: one.says(_achievement("A5", registered_at=NOW + timedelta(hours=8)))),
    ("every submission has its receipt", lambda one: one.receipts.clear()),
]
_UNWISE: Sequence[tuple[str, Callable[[Candidate], None]]] = [
    ("CloudEvents attributes", lambda one: one.says(_achievement("A5"), headers={})),
    ("it speaks for itself", lambda one: one.says(_achievement("A5", institution_id="neusoft"))),
    ("one key for each subject", lambda one: one.says(_achievement("A5"), key=None)),
    (
        "facts arrive soon",
        lambda one: one.says(*(_achievement(f"B{n}", registered_at=NOW - timedelta(hours=1)) for n in range(20))),
    ),
    ("what was refused was repaired", _unrepaired),
]


def _outcomes(report: dict[str, Finding], outcome: Outcome) -> set[str]:
    return {name for name, one in report.items() if one.outcome is outcome}


@pytest.mark.parametrize(("check", "wrong"), _WRONG, ids=[name for name, _ in _WRONG])
def test_each_thing_done_wrong_fails_its_own_check(check: str, wrong: Callable[[Candidate], None]) -> None:
    candidate = _good()
    wrong(candidate)
    report = candidate.report()
    assert check in _outcomes(report, Outcome.FAILED)
    assert report[check].examples
    assert report[check].told


@pytest.mark.parametrize(("check", "unwise"), _UNWISE, ids=[name for name, _ in _UNWISE])
def test_what_nobody_is_refused_for_is_advice(check: str, unwise: Callable[[Candidate], None]) -> None:
    candidate = _good()
    unwise(candidate)
    report = candidate.report()
    assert _outcomes(report, Outcome.ADVICE) == {check}
    assert _outcomes(report, Outcome.FAILED) == set()


def test_an_inbox_of_many_faults_names_a_few_and_counts_all() -> None:
    candidate = _good()
    for _ in range(100):
        _poison(candidate)
    finding = candidate.report()["every record can be read"]
    assert (finding.failed, len(finding.examples)) == (100, 5)
