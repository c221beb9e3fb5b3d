"""What follows from a move in a task, and from a last day that is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from schemas.faults import fault
from schemas.records import Fault, TaskAdvanced, TaskCause, TaskMove, TaskMoved, TaskRefused, TaskState
from streams.domain.life_cycle import TASKS
from streams.domain.tasks.cases import Asked, Rule, Subject, Task, advanced, parts, refused
from streams.domain.tasks.players import PENDING, asked_over
from streams.domain.working_days import end_of

Told = TaskAdvanced | TaskRefused
#: States of a subject in which cases may be opened in it.
_RUNNING = frozenset({TaskState.OPEN, TaskState.QUALIFIED})


def follow(subject: Subject, move: TaskMoved, day: date) -> Iterator[Told]:
    """All that follows from a move that arrives on a ``day`` in China; ``subject`` is brought up to date as it goes."""
    asked = Asked(subject, subject.case(move.case_id), move, day)
    if (no := _refusal(asked)) is not None:
        yield no
        return
    task, state = TASKS[move.task], _state(asked)
    told = task.outcome(asked, advanced(move, task.table(move)[state, move.move].to))
    subject.take(told)
    yield told
    for further in task.then(asked, told):
        subject.take(further)
        yield further


def refusal(subject: Subject, move: TaskMoved, day: date) -> TaskRefused | None:
    """Why a move that arrives on a ``day`` in China does not count; ``None`` where it does. Nothing is changed."""
    return _refusal(Asked(subject, subject.case(move.case_id), move, day))


def _refusal(asked: Asked) -> TaskRefused | None:
    state = _state(asked)
    found = _objections(TASKS[asked.move.task], asked, state)
    return refused(asked.move, state, found) if found else None


def last_day(subject: Subject, case_id: str | None) -> date | None:
    """The last day on which a case, or the subject itself, holds by itself; ``None`` where nobody is waited for."""
    task, case = TASKS[subject.task], subject.case(case_id)
    if (subject.state if case is None else case.state) not in task.expires:
        return None
    return task.last_day(subject, case)


def over_at(subject: Subject, case_id: str | None) -> int | None:
    """When that day is over in China, in milliseconds since 1970 (UTC); ``None`` where nobody is waited for."""
    last = last_day(subject, case_id)
    return None if last is None else int(end_of(last.toordinal()).timestamp() * 1000)


def expired(subject: Subject, case_id: str | None, at: datetime) -> Iterator[TaskAdvanced]:
    """What becomes of a case, or of the subject itself, whose last day is over."""
    told = subject.told if case_id is None else subject.cases[case_id].told
    if (state := TASKS[subject.task].expires.get(told[-1].state)) is None:
        return
    over = by_market(told[-1], TaskMove.EXPIRE, state, TaskCause.CLOCK, at)
    subject.take(over)
    yield over


def taken_back(subject: Subject, achievement: str, at: datetime) -> Iterator[TaskAdvanced]:
    """What becomes of questions over an ``achievement`` whose match with the subject, a demand, is withdrawn."""
    for case in subject.cases.values():
        if case.state in PENDING and asked_over(case.first) == achievement:
            told = by_market(
                case.told[-1], TaskMove.TAKE_BACK, TaskState.TAKEN_BACK, TaskCause.MATCH, at, "the match was withdrawn"
            )
            subject.take(told)
            yield told


def by_market(
    last: TaskAdvanced, move: TaskMove, state: TaskState, cause: TaskCause, at: datetime, reason: str = ""
) -> TaskAdvanced:
    """A move that nobody made, after ``last``; it follows from the submission that ``last`` does."""
    return replace(
        last, move=move, by="", cause=cause, state=state, moved_at=at, reason=reason, conclusion=None, entries=()
    )


def _state(asked: Asked) -> TaskState:
    if asked.move.case_id is None:
        return asked.subject.state
    return TaskState.NONE if asked.case is None else asked.case.state


def _objections(task: Task, asked: Asked, state: TaskState) -> list[Fault]:
    """All that speaks against a move."""
    move, table = asked.move, task.table(asked.move)
    rule = table.get((state, move.move))
    if rule is None:
        legal = ", ".join(sorted(each for at, each in table if at is state)) or "none"
        return [fault("move", "table", move.move, f"it stands at {state}: the moves from there are {legal}")]
    found = [] if rule.who & parts(asked) else [_not_theirs(move, rule)]
    if (asked.case is None or rule.is_given) and _is_shut(task, asked):
        repair = f"{move.subject_ref} stands at {asked.subject.state}: it takes cases once it is OPEN or QUALIFIED"
        found.append(fault("subject_id", "closed", move.subject_id, repair))
        return found
    return found + [each for guard in rule.guards if (each := guard(asked)) is not None]


def _is_shut(task: Task, asked: Asked) -> bool:
    return asked.move.case_id is not None and bool(task.of_subject) and asked.subject.state not in _RUNNING


def _not_theirs(move: TaskMoved, rule: Rule) -> Fault:
    who = " or ".join(sorted(rule.who))
    return fault("institution_id", "role", move.institution_id, f"{move.move} is for {who}")
