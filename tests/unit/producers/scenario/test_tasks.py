"""The tasks of the scenario go as they are meant to: what is to count counts, what is to be refused is."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from producers.scenario import LENGTH, scenario
from producers.scenario.acts import TODAY
from producers.scenario.rounds import Fate, Parcel
from schemas import codec
from schemas.records import (
    AchievementRegistered,
    DemandPosted,
    FundAccount,
    LifeTask,
    TaskCause,
    TaskMoved,
    TaskRefused,
    TaskState,
)
from streams.domain import task_mandates
from streams.domain.tasks.cases import Subject
from streams.domain.tasks.following import follow

START = datetime(2026, 1, 5, tzinfo=UTC)
ARRIVES = (START + timedelta(days=LENGTH)).date()
S = TaskState


def moves(seed: int) -> Iterator[tuple[int, TaskMoved, Parcel]]:
    for number, each in enumerate(scenario(seed, START).rounds):
        for parcel in each.parcels:
            if isinstance(parcel.content, TaskMoved):
                yield number, parcel.content, parcel


def played(seed: int) -> tuple[dict[tuple[LifeTask, str], Subject], Counter[str]]:
    """All subjects at the end, and the rules by which moves were refused."""
    subjects: dict[tuple[LifeTask, str], Subject] = {}
    refused: Counter[str] = Counter()
    for _, move, parcel in moves(seed):
        subject = subjects.setdefault((move.task, move.subject_ref), Subject(move.task))
        told, *_ = follow(subject, move, ARRIVES)
        assert isinstance(told, TaskRefused) == (parcel.fate is Fate.MOVE_REFUSED), told
        refused.update(fault.rule for fault in (told.faults if isinstance(told, TaskRefused) else ()))
    return subjects, refused


@functools.cache
def at_the_end() -> dict[tuple[LifeTask, str], Subject]:
    return played(2026)[0]


def cases(task: LifeTask) -> Counter[TaskState]:
    return Counter(
        case.state for (about, _), one in at_the_end().items() if about is task for case in one.cases.values()
    )


@pytest.mark.parametrize("seed", [2026, 7])
def test_every_move_becomes_what_it_is_meant_to(seed: int) -> None:
    subjects, refused = played(seed)
    assert {task for task, _ in subjects} == set(LifeTask) - {LifeTask.UNKNOWN}
    assert refused == Counter(
        {"closed": 4, "dates": 2, "role": 2, "duplicate": 1, "full": 1, "amount": 1, "settled": 1, "conflict": 1,
         "experts": 1, "range": 1}
    )  # fmt: skip


def test_the_story_of_tasks_arrives_when_the_story_ends() -> None:
    assert TODAY == LENGTH


def test_who_moves_is_of_the_kind_that_may() -> None:
    kinds = {one.institution_id: one.kind for one in scenario(2026, START).described}
    for _, move, _ in moves(2026):
        values = codec.decode_fields(codec.encode(move))[1]
        assert task_mandates.about_kind(values, kinds[move.institution_id]) == [], move


def test_what_is_named_is_registered_before_and_neither_revised_nor_withdrawn() -> None:
    story = scenario(2026, START)
    said = [p.content for r in story.rounds for p in r.parcels if p.fate is Fate.ACCEPTED]
    versions = Counter(one.ref for one in set(said) if isinstance(one, AchievementRegistered | DemandPosted))
    for _, move, _ in moves(2026):
        for one in task_mandates.named(codec.decode_fields(codec.encode(move))[1]):
            assert versions[f"{one.owner}/{one.local_id}"] == 1, one


def test_in_one_turn_a_case_is_moved_through_one_inbox() -> None:
    inboxes: dict[tuple[int, str, str | None], set[str]] = {}
    for number, move, parcel in moves(2026):
        if parcel.fate is Fate.ACCEPTED:
            inboxes.setdefault((number, move.subject_ref, move.case_id), set()).add(parcel.inbox)
    experts = {key for key, many in inboxes.items() if len(many) > 1}
    assert {key[1] for key in experts} <= {ref for task, ref in at_the_end() if task is LifeTask.EVALUATION}


def test_an_evaluation_goes_down_and_an_outlier_does_not_lift_it() -> None:
    found = [
        (case.told[-1].conclusion.maturity, case.told[-1].conclusion.excluded)
        for (task, _), one in at_the_end().items() if task is LifeTask.EVALUATION
        for case in one.cases.values() if case.told[-1].conclusion is not None
    ]  # fmt: skip
    assert found == [(6, ("孙立",)), (5, ()), (4, ())]


def test_questions_are_answered_in_every_way() -> None:
    assert cases(LifeTask.MARKET_PLAYERS) == {S.ACCEPTED: 2, S.DECLINED: 1, S.INVITED: 1, S.WITHDRAWN: 1}


def test_a_company_graduates_and_makes_room_for_the_third() -> None:
    assert cases(LifeTask.INCUBATION) == {S.GRADUATED: 1, S.GROWING: 1, S.INCUBATING: 1}


def test_the_fund_is_balanced_and_has_promised_no_more_than_it_had() -> None:
    (fund,) = (one for (task, _), one in at_the_end().items() if task is LifeTask.FUND)
    assert sum(fund.balances.values()) == 0
    assert {account: int(amount / 10_000) for account, amount in fund.balances.items()} == {
        FundAccount.CAPITAL: -30_000, FundAccount.AVAILABLE: 10_000, FundAccount.RESERVED: 12_000,
        FundAccount.OUTSTANDING: 8_000,
    }  # fmt: skip


def test_a_cancelled_booking_lets_the_next_in_and_the_last_still_waits() -> None:
    (base,) = (one for (task, _), one in at_the_end().items() if task is LifeTask.PILOT_BASE)
    assert {name: case.state for name, case in base.cases.items()} == {
        "B-1": S.CANCELLED, "B-2": S.COMPLETED, "B-3": S.WAITING,
    }  # fmt: skip
    assert TaskCause.QUEUE in {one.cause for one in base.cases["B-2"].told}
