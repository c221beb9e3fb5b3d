"""Maturity follows from conclusions that had arrived, and from nothing else; it may go down."""

from __future__ import annotations

from schemas.records import LifeTask, Record, TaskMove
from streams.domain.tasks.maturity import Maturity, maturity
from tests.unit.streams.domain.tasks.arriving import events, hour
from tests.unit.streams.domain.tasks.playing import Play, assessment, money
from tests.unit.streams.making import achievement

M = TaskMove
_REF = "dlut/S1"
#: The first evaluation is the events 1 to 8 after the registration, the second goes on to 15.
_FIRST, _SECOND = 8, 15


def _concluded(play: Play, case_id: str, *levels: int) -> None:
    play.counts(M.REQUEST, case_id, title="GB/T 22900-2022", count=3)
    for person, level in zip("abc", levels, strict=True):
        play.counts(M.APPOINT, case_id, person=person, party_institution_id="dicp")
        play.counts(
            M.ASSESS, case_id, person=person, institution_id="dicp", evidence=f"report {person}",
            assessment=assessment(level, value_low=money("100.00"), value_high=money("200.00")),
        )  # fmt: skip
    play.counts(M.CONCLUDE, case_id)


def _log() -> list[Record]:
    play = Play(LifeTask.EVALUATION)
    _concluded(play, "E1", 6, 7, 9)
    _concluded(play, "E2", 5, 5, 6)
    play.counts(M.REQUEST, "E3", title="GB/T 22900-2022", count=3)
    play.counts(M.REQUEST, "E4", title="GB/T 22900-2022", count=3)
    play.counts(M.WITHDRAW, "E4")
    return [achievement("S1", maturity=8), *play.told]


def _at(number: int) -> Maturity:
    return maturity(events(_log()), _REF, hour(number))


def test_the_last_conclusion_holds_and_may_find_less() -> None:
    found = maturity(events(_log()), _REF)
    assert (found.claimed, found.evaluated) == (8, 5)
    assert [one.conclusion.maturity for one in found.evaluations] == [7, 5]


def test_as_of_a_moment_only_what_had_arrived_counts() -> None:
    assert [_at(number).evaluated for number in (_FIRST - 1, _FIRST, _FIRST + 7, _FIRST + 8)] == [None, 7, 7, 5]
    assert not maturity(events(_log())[1:], _REF, hour(0)).is_known


def test_an_evaluation_names_its_standard_its_evidence_and_who_found_what() -> None:
    (first, *_) = maturity(events(_log()), _REF).evaluations
    assert (first.case_id, first.standard, first.requested_by, first.arrived) == (
        "E1", "GB/T 22900-2022", "dlut", hour(_FIRST)
    )  # fmt: skip
    assert first.evidence == "report a; report b; report c"
    assert [(one.expert, one.institution, one.assessment.maturity, one.is_counted) for one in first.findings] == [
        ("a", "dicp", 6, True), ("b", "dicp", 7, True), ("c", "dicp", 9, True),
    ]  # fmt: skip
    assert (first.conclusion.value_low, first.conclusion.value_high) == (money("100.00"), money("200.00"))


def test_what_a_conflict_excludes_stands_there_and_does_not_count() -> None:
    play = Play(LifeTask.EVALUATION)
    play.counts(M.REQUEST, "E1", title="GB/T 22900-2022", count=4)
    for person, level in zip("abcd", (6, 6, 6, 9), strict=True):
        play.counts(M.APPOINT, "E1", person=person, party_institution_id="dicp")
        play.counts(
            M.ASSESS, "E1", person=person, institution_id="dicp", evidence="r", assessment=assessment(level)
        )  # fmt: skip
    play.counts(M.DECLARE, "E1", person="d", reason="a friend")
    play.counts(M.CONCLUDE, "E1")
    (only,) = maturity(events([achievement("S1"), *play.told]), _REF).evaluations
    assert {one.expert: one.is_counted for one in only.findings} == {"a": True, "b": True, "c": True, "d": False}


def test_what_is_asked_for_and_not_withdrawn_is_pending() -> None:
    assert maturity(events(_log()), _REF).pending == ("E3",)
    assert _at(2).pending == ("E1",)
