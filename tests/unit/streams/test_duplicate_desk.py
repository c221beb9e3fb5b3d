"""What a person decides about two achievements, and what is told of a pair."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.errors import Misconfigured
from schemas.records import DuplicateOutcome, DuplicateResolved, DuplicateRetracted, DuplicateSuspected, Record
from streams.duplicate_desk import Case, Cases, Word, case_of, evidence, resolved, row
from tests.unit.streams.making import NOW, achievement, resolved as decided

MERGE, DISTINCT = DuplicateOutcome.MERGE, DuplicateOutcome.DISTINCT
OURS = achievement(version=2)
THEIRS = achievement(institution_id="dicp", owners=("dicp", "zhang"))
SUSPECTED = DuplicateSuspected("dicp", "A1", 1, "dlut", "A1", 2, ("PATENT:CN201810123456",), 0.82, True, NOW)
WORD = Word("li@office", NOW, " one project ")


def test_merged_achievements_are_owned_by_the_owners_of_both() -> None:
    told = resolved(OURS, THEIRS, Case(SUSPECTED), MERGE, WORD)
    assert told == DuplicateResolved(
        "dicp", "A1", 1, "dlut", "A1", 2, MERGE, ("dicp", "dlut", "zhang"), NOW, "li@office", "one project"
    )
    assert resolved(THEIRS, OURS, Case(SUSPECTED), MERGE, WORD) == told


def test_what_no_machine_suspects_can_be_merged() -> None:
    assert resolved(OURS, THEIRS, None, MERGE, WORD) is not None


def test_what_is_told_apart_has_no_joint_owners() -> None:
    told = resolved(OURS, THEIRS, Case(SUSPECTED), DISTINCT, WORD)
    assert told is not None
    assert (told.outcome, told.owners) == (DISTINCT, ())


def test_the_same_decision_again_has_no_effect_until_a_version_is_new() -> None:
    first = resolved(OURS, THEIRS, Case(SUSPECTED), DISTINCT, WORD)
    known = Case(SUSPECTED, first)
    assert resolved(OURS, THEIRS, known, DISTINCT, WORD) is None
    assert resolved(OURS, THEIRS, known, MERGE, WORD) is not None
    assert resolved(replace(OURS, version=3), THEIRS, known, DISTINCT, WORD) is not None


@pytest.mark.parametrize(
    ("other", "outcome", "reason", "said"),
    [
        (achievement("A2"), MERGE, "why", "of one institution"),
        (THEIRS, MERGE, "  ", "--reason"),
        (THEIRS, DISTINCT, "why", "nobody suspects dicp/A1 and dlut/A1"),
    ],
)
def test_what_cannot_be_decided_says_why(other: object, outcome: DuplicateOutcome, reason: str, said: str) -> None:
    assert isinstance(other, type(OURS))
    with pytest.raises(Misconfigured, match=said):
        resolved(OURS, other, None, outcome, replace(WORD, reason=reason))


def test_a_case_stands_as_it_was_told_and_decided_last() -> None:
    found = Cases()
    retracted = DuplicateRetracted("dicp", "A1", "dlut", "A1", NOW)
    outcomes = [decided("dlut/A1", "dicp/A1", outcome) for outcome in (MERGE, DISTINCT, DuplicateOutcome.UNKNOWN)]
    states = []
    story: list[Record] = [SUSPECTED, retracted, SUSPECTED, outcomes[0], retracted, *outcomes[1:]]
    for told in story:
        found.take(told)
        case = case_of(found.by_pair, "dlut/A1", "dicp/A1")
        assert case is not None
        states.append(case.state)
    assert states == ["open", "retracted", "open", "merged", "merged", "distinct", "retracted"]
    assert case_of(found.by_pair, "dlut/A1", "dicp/A2") is None


def test_a_decision_about_former_versions_is_marked() -> None:
    decision = replace(decided("dicp/A1", "dlut/A1"), second_version=2)
    assert not Case(SUSPECTED, decision).is_revised
    assert Case(replace(SUSPECTED, second_version=3), decision).is_revised
    assert not Case(None, decision).is_revised


def test_evidence_is_told_in_words() -> None:
    assert evidence(SUSPECTED) == "PATENT:CN201810123456, 82 % of neighbouring words"
    assert evidence(replace(SUSPECTED, by_text=False)) == "PATENT:CN201810123456"
    assert evidence(replace(SUSPECTED, numbers=())) == "82 % of neighbouring words"


def test_a_case_is_told_to_machines_with_all_it_follows_from() -> None:
    told = row(("dicp/A1", "dlut/A1"), Case(SUSPECTED, decided("dicp/A1", "dlut/A1")))
    assert (told["first"], told["second"], told["state"], told["is_revised"]) == ("dicp/A1", "dlut/A1", "merged", True)
    assert told["suspected"]["similarity"] == 0.82
    assert told["decided"]["decided_at"] == NOW + timedelta()
