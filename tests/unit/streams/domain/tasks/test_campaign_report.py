"""A campaign tells what its leads became and whose credit that is, to the exact part."""

from __future__ import annotations

from fractions import Fraction

from schemas.records import LifeTask, TaskAdvanced, TaskMove, TaskState
from streams.domain.tasks.campaign_report import Campaign, campaign
from tests.unit.streams.domain.tasks.playing import TODAY, Play

M, S = TaskMove, TaskState


def _opened(subject_id: str) -> Play:
    play = Play(LifeTask.MINING)
    play.counts(M.OPEN, title="c", count=5, since=TODAY, until=TODAY, subject_id=subject_id)
    return play


def _lead(play: Play, subject_id: str, case_id: str, by: str, merged: tuple[str, int] | None) -> None:
    play.counts(M.REPORT, case_id, title=case_id, text="t", institution_id=by, subject_id=subject_id)
    if merged is not None:
        play.counts(M.CONFIRM, case_id, subject_id=subject_id)
        about, parts = merged
        play.counts(
            M.MERGE, case_id, subject_id=subject_id, achievement_institution_id="dmu", achievement_id=about, count=parts
        )


def _told() -> list[TaskAdvanced]:
    one, other = _opened("C1"), _opened("C2")
    _lead(one, "C1", "L1", "dicp", ("A1", 2))
    _lead(one, "C1", "L2", "dmu", ("A1", 1))
    _lead(one, "C1", "L3", "dicp", ("A2", 7))
    _lead(one, "C1", "L4", "dicp", None)
    _lead(other, "C2", "L1", "office", ("A1", 3))
    _lead(other, "C2", "L2", "office", ("A3", 1))
    return [each for each in (*one.told, *other.told) if isinstance(each, TaskAdvanced)]


def _campaign(name: str = "C1") -> Campaign:
    found = campaign(_told(), f"dlut/{name}")
    assert found is not None
    return found


def test_the_parts_of_an_achievement_sum_to_one_over_all_campaigns() -> None:
    assert _campaign().credit == {
        "dmu/A1": {"dicp": Fraction(1, 3), "dmu": Fraction(1, 6), "office": Fraction(1, 2)},
        "dmu/A2": {"dicp": Fraction(1)},
    }
    assert all(sum(parts.values()) == 1 for parts in _campaign().credit.values())


def test_what_a_party_has_together_comes_largest_first() -> None:
    assert [*_campaign().by_party.items()] == [
        ("dicp", Fraction(4, 3)), ("office", Fraction(1, 2)), ("dmu", Fraction(1, 6)),
    ]  # fmt: skip


def test_leads_are_counted_by_how_they_stand_and_achievements_against_the_target() -> None:
    found = _campaign()
    assert found.states == {S.MERGED: 3, S.REPORTED: 1}
    assert (len(found.credit), found.target) == (2, 5)
    assert [(one.case_id, one.achievement, one.parts) for one in found.leads] == [
        ("L1", "dmu/A1", 2), ("L2", "dmu/A1", 1), ("L3", "dmu/A2", 7), ("L4", None, None),
    ]  # fmt: skip


def test_a_campaign_that_nobody_opened_is_none() -> None:
    assert campaign(_told(), "dlut/C9") is None
