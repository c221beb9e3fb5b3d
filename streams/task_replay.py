"""The moves of one partition of ``tasks`` played again, in their order, beside what the lane told of them.

What was over when a move arrived ends before it, as in the lane. What a tick ended, and what a match took back, stands
in no order with moves but that in which the lane told it: it is let happen as late as what was told of the moves
allows. Whether it should have happened is for ``task_laws`` and ``question_laws``.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from schemas.records import LifeTask, TaskAdvanced, TaskMove, TaskMoved, TaskRefused
from streams.domain.tasks.cases import Subject
from streams.domain.tasks.following import Told, expired, follow, over_at, refusal, taken_back
from streams.domain.tasks.players import PENDING, asked_over
from streams.domain.working_days import day_of
from streams.question_laws import Difference, Pair, QuestionLaws
from streams.task_laws import Place

_UNMADE = frozenset({TaskMove.EXPIRE, TaskMove.TAKE_BACK})
_OPENING = frozenset({TaskMove.INVITE, TaskMove.REQUEST})


@dataclass(slots=True)
class Outcome:
    """What became of all moves, by subject, in the order in which it was told."""

    states: defaultdict[Place, list[TaskAdvanced]] = field(default_factory=lambda: defaultdict(list))
    refusals: defaultdict[Place, list[TaskRefused]] = field(default_factory=lambda: defaultdict(list))

    def take(self, told: Told) -> None:
        """Note one more."""
        place = Place(told.task, told.subject_ref)
        if isinstance(told, TaskRefused):
            self.refusals[place].append(told)
        else:
            self.states[place].append(told)


class Replay:
    """One partition: ``should`` is what its moves come to, beside what was ``told``."""

    def __init__(self, told: Outcome, questions: QuestionLaws) -> None:
        self.should = Outcome()
        #: What is wrong with questions, by what was told of them.
        self.found: list[Difference] = []
        self._told, self._questions = told, questions
        self._subjects: dict[Place, Subject] = {}
        self._due: list[tuple[int, LifeTask, str, str]] = []

    def takes(self, move: TaskMoved, arrived: int) -> None:
        """A move that arrived at a moment, in milliseconds since 1970 (UTC)."""
        self._strike(arrived)
        place = Place(move.task, move.subject_ref)
        subject = self._subjects.setdefault(place, Subject(move.task))
        day = date.fromordinal(day_of(arrived))
        subject.withdrawn = self._withdrawn(place, move)
        while self._comes_later(place, subject, move, day):
            pass
        for told in follow(subject, move, day):
            self._note(told, subject)

    def ends(self, now: int) -> None:
        """No move is left, and the last tick that counted said ``now``, in milliseconds since 1970 (UTC)."""
        for place, subject in self._subjects.items():
            while self._happens(place, subject):
                pass
        self._strike(now)

    def _strike(self, now: int) -> None:
        """Ends all whose last day is over by ``now``."""
        while self._due and self._due[0][0] <= now:
            over, task, ref, case_id = heapq.heappop(self._due)
            self._end_at(over, Place(task, ref), case_id or None)

    def _end_at(self, over: int, place: Place, case_id: str | None) -> None:
        subject = self._subjects[place]
        # What a match took back before comes before.
        while over_at(subject, case_id) == over and self._comes_before(place, case_id):
            if not self._happens(place, subject):
                break
        if over_at(subject, case_id) == over:
            self._expire(subject, case_id)

    def _comes_before(self, place: Place, case_id: str | None) -> bool:
        told = self._next(place)
        return told is not None and (told.move, told.case_id) != (TaskMove.EXPIRE, case_id)

    def _comes_later(self, place: Place, subject: Subject, move: TaskMoved, day: date) -> bool:
        """Lets the next thing happen that nobody made, where what was told of ``move`` came after it."""
        if self._next(place) is None:
            return False
        no = refusal(subject, move, day)
        if no is not None and self._next_refusal(place) == no:
            return False
        return self._happens(place, subject)

    def _happens(self, place: Place, subject: Subject) -> bool:
        """Lets what was told next happen where nobody made it and it can; returns whether it did."""
        told = self._next(place)
        if told is None or (told.case_id is not None and told.case_id not in subject.cases):
            return False
        before = len(self.should.states[place])
        if told.move is TaskMove.EXPIRE:
            self._expire(subject, told.case_id)
        elif told.case_id is not None:
            for one in taken_back(subject, asked_over(subject.cases[told.case_id].first), told.moved_at):
                self._note(one, subject)
        return len(self.should.states[place]) > before

    def _expire(self, subject: Subject, case_id: str | None) -> None:
        over = over_at(subject, case_id)
        if over is not None:
            for one in expired(subject, case_id, datetime.fromtimestamp(over / 1000, UTC)):
                self._note(one, subject)

    def _next(self, place: Place) -> TaskAdvanced | None:
        """What was told next of a subject, if nobody made it."""
        told = self._told.states.get(place, [])
        at = len(self.should.states[place])
        return told[at] if at < len(told) and told[at].move in _UNMADE else None

    def _next_refusal(self, place: Place) -> TaskRefused | None:
        told, at = self._told.refusals.get(place, []), len(self.should.refusals[place])
        return told[at] if at < len(told) else None

    def _withdrawn(self, place: Place, move: TaskMoved) -> set[str]:
        """What the lane had heard to be withdrawn, as far as it matters to ``move``, by what was told of that."""
        if move.task is not LifeTask.MARKET_PLAYERS or move.move not in _OPENING:
            return set()
        no = self._next_refusal(place)
        is_of_it = no is not None and (no.by, no.submission_id) == (move.institution_id, move.submission_id)
        return {asked_over(move)} if no is not None and is_of_it and _is_unmatched(no) else set()

    def _note(self, told: Told, subject: Subject) -> None:
        self.should.take(told)
        if told.task is LifeTask.MARKET_PLAYERS:
            self.found += self._of_question(told, subject)
        if isinstance(told, TaskAdvanced) and (over := over_at(subject, told.case_id)) is not None:
            heapq.heappush(self._due, (over, told.task, told.subject_ref, told.case_id or ""))

    def _of_question(self, told: Told, subject: Subject) -> Iterable[Difference]:
        if isinstance(told, TaskRefused):
            achievement = next((one.value or "" for one in told.faults if one.rule == "matched"), None)
            return () if achievement is None else self._questions.asked(Pair(told.subject_ref, achievement), True)
        assert told.case_id is not None
        pair = Pair(told.subject_ref, asked_over(subject.cases[told.case_id].first))
        if told.move is TaskMove.TAKE_BACK:
            return self._questions.taken_back(pair, told.moved_at)
        if told.state in PENDING:
            return self._questions.asked(pair, False)
        self._questions.answered(pair)
        return ()


def differences(should: Outcome, does: Outcome) -> Iterator[Difference]:
    """For each subject the first advance, and the first refusal, that is not as it should be."""
    for what, wanted, found in (
        ("task state", should.states, does.states),
        ("task refusal", should.refusals, does.refusals),
    ):
        yield from _first(what, wanted, found)


def _first(
    what: str, wanted: Mapping[Place, list[TaskAdvanced]] | Mapping[Place, list[TaskRefused]],
    found: Mapping[Place, list[TaskAdvanced]] | Mapping[Place, list[TaskRefused]],
) -> Iterator[Difference]:  # fmt: skip
    for place in sorted(wanted.keys() | found.keys()):
        due, told = wanted.get(place, []), found.get(place, [])
        if due == told:
            continue
        at = next((at for at, both in enumerate(zip(due, told, strict=False)) if both[0] != both[1]), None)
        at = min(len(due), len(told)) if at is None else at
        yield {
            "what": what, "task": place[0], "subject": place[1], "number": at + 1,
            "expected": str(due[at]) if at < len(due) else None, "found": str(told[at]) if at < len(told) else None,
        }  # fmt: skip


def _is_unmatched(no: TaskRefused) -> bool:
    return any(one.rule == "matched" for one in no.faults)
