"""Moves in tasks as the scenario tells them: who says what, when, and which ones are meant to be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from producers.scenario.numbers import chance, moment, submission_id
from producers.scenario.rounds import Fate, Parcel, parcel
from schemas.records import AchievementRegistered, DemandPosted, Disclosure, LifeTask, TaskMove, TaskMoved

#: What is offered with what is asked, where they match.
Pair = tuple[AchievementRegistered, DemandPosted]
#: When the first turn is, and how many days pass between two turns.
_FIRST_DAY, _PACE = 70, 30
#: Days from the start of the story to the day on which all of it arrives.
TODAY = 365


@dataclass(frozen=True, slots=True)
class Act:
    """One move, made in a ``turn`` by an institution; ``broken`` names the rule that is meant to refuse it, if any."""

    turn: int
    by: str
    move: TaskMove
    case_id: str | None
    broken: str
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Thread:
    """All that is said of one subject of a task and its cases, in order; a case has the acts of its subject."""

    task: LifeTask
    institution_id: str
    subject_id: str
    case_id: str | None = None
    acts: list[Act] = field(default_factory=list)

    def case(self, case_id: str) -> Thread:
        """The same thread, as a case of it speaks."""
        return Thread(self.task, self.institution_id, self.subject_id, case_id, self.acts)

    def says(self, turn: int, by: str, move: TaskMove, broken: str = "", **said: Any) -> None:
        """``by`` makes a move; ``achievement`` in ``said`` is the registered one."""
        about = said.pop("achievement", None)
        if about is not None:
            said |= {"achievement_institution_id": about.institution_id, "achievement_id": about.achievement_id}
        self.acts.append(Act(turn, by, move, self.case_id, broken, said))


class Cast:
    """What of the market the tasks are about: what no deal is about and nobody revises or withdraws, each once."""

    def __init__(
        self, achievements: Iterable[AchievementRegistered], pairs: Iterable[Pair], seed: int, start: datetime
    ) -> None:
        self.seed = seed
        self._start = start
        self._free = [one for one in achievements if one.disclosure is Disclosure.PUBLIC and one.valid_until is None]
        self._pairs = list(pairs)
        self._used: set[str] = set()

    def name(self, what: str) -> str:
        """An id of this story: another seed has other ones."""
        return f"{what}-{self.seed}"

    def day(self, number: int) -> date:
        """A day, counted from the start of the story."""
        return (self._start + timedelta(days=number)).date()

    def achievement(self, fits: Callable[[AchievementRegistered], bool]) -> AchievementRegistered:
        """The next one that fits."""
        found = next(one for one in self._free if one.ref not in self._used and fits(one))
        self._used.add(found.ref)
        return found

    def pair(self) -> Pair:
        """The next achievement and demand that match."""
        found = next(pair for pair in self._pairs if self._used.isdisjoint(one.ref for one in pair))
        self._used.update(one.ref for one in found)
        return found


def at_level(*levels: int) -> Callable[[AchievementRegistered], bool]:
    """Whether an achievement of the city's institutions has one of these levels of maturity."""
    return lambda one: one.maturity in levels and one.district is not None


def turns(threads: Sequence[Thread], seed: int, start: datetime) -> dict[int, list[Parcel]]:
    """What is said in each turn, over all threads."""
    found: dict[int, list[Parcel]] = {}
    for thread in threads:
        random = chance(seed, f"task {thread.task} {thread.institution_id}/{thread.subject_id}")
        for place, act in enumerate(thread.acts):
            said = TaskMoved(
                submission_id=submission_id(
                    seed, "task", thread.task, thread.institution_id, thread.subject_id, act.case_id or "", place
                ),
                institution_id=act.by,
                task=thread.task,
                subject_institution_id=thread.institution_id,
                subject_id=thread.subject_id,
                move=act.move,
                moved_at=moment(start, _FIRST_DAY + _PACE * act.turn, random),
                case_id=act.case_id,
                **act.said,
            )
            fate = Fate.MOVE_REFUSED if act.broken else Fate.ACCEPTED
            found.setdefault(act.turn, []).append(parcel(said, fate))
    return dict(sorted(found.items()))
