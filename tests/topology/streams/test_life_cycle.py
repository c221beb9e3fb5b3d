"""The nine tasks under random moves, matches, ticks and deaths: the laws hold at every step, and replays agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas import topics
from schemas.records import LifeTask, Money, Record, TaskMove, TaskMoved, TaskState
from streams.domain.life_cycle import TASKS
from streams.domain.tasks.cases import Subject, Who
from streams.life_cycle import LifeCycleShard
from tests.unit.streams.living import Life, filled, matched
from tests.unit.streams.making import NOW

_CASES = tuple(f"c{number}" for number in range(1, 9))
#: Those with money, places or last days come more often.
_ABOUT = (
    *TASKS, LifeTask.FUND, LifeTask.FUND, LifeTask.PILOT_BASE, LifeTask.PILOT_BASE, LifeTask.PILOT_BASE,
    LifeTask.INCUBATION, LifeTask.INCUBATION, LifeTask.MARKET_PLAYERS, LifeTask.MARKET_PLAYERS, LifeTask.INTERMEDIARY,
)  # fmt: skip
_OTHERS = ("dicp", "dmu")
#: So that a fund of sixty is short of money.
_AMOUNTS = {TaskMove.APPLY: (40, 60), TaskMove.APPROVE: (20, 50), TaskMove.COMMIT: (1, 10)}
_ENDING = frozenset({TaskMove.CLOSE, TaskMove.REJECT, TaskMove.WITHDRAW, TaskMove.DECLINE, TaskMove.SUSPEND})


@dataclass(slots=True)
class _Sender:
    """Institutions that move at random, mostly as they may."""

    random: Random
    life: Life

    def one(self) -> TaskMoved:
        """A move that is made now."""
        draw = self.random
        about = draw.choice(_ABOUT)
        subject = self.life.shard().subject(about, "dlut/S1") or Subject(about)
        case_id = None if TASKS[about].of_subject and draw.random() < 0.15 else self._case(subject)
        step = self._step(subject, case_id)
        by = draw.choice(("dlut", *_OTHERS)) if draw.random() < 0.1 else self._by(subject, case_id, step)
        made = filled(about, step, case_id, self.life.now, institution_id=by)
        drawn: dict[str, Any] = {
            "amount": Money(Decimal(draw.randint(*_AMOUNTS.get(step, (1, 30)))), "CNY"),
            "slot_id": draw.choice(("W1", "W1", "W1", "W2")),
            "achievement_id": draw.choice(("A1", "A2")),
            "count": draw.randint(1, 2) + 2 * (about is LifeTask.EVALUATION),
            "person": f"expert {draw.randint(1, 3)}",
            "until": made.until and made.until + timedelta(draw.randint(-3, 3)),
        }
        given = {name: value for name, value in drawn.items() if getattr(made, name) is not None}
        return replace(made, **given)

    def _case(self, subject: Subject) -> str:
        """A case; rather one that is further than others than a new one."""
        going = [name for name, case in subject.cases.items() if _moves(subject, name) and len(case.told) > 1]
        return self.random.choice(going if going and self.random.random() < 0.5 else _CASES)

    def _step(self, subject: Subject, case_id: str | None) -> TaskMove:
        # What ends things comes seldom, so that they get anywhere.
        legal = [move for move in _moves(subject, case_id) if move not in _ENDING or self.random.random() < 0.2]
        return self.random.choice(legal if legal and self.random.random() < 0.9 else _moves(subject, case_id, True))

    def _by(self, subject: Subject, case_id: str | None, step: TaskMove) -> str:
        task, case = TASKS[subject.task], subject.case(case_id)
        rule = (task.of_subject if case_id is None else task.of_case).get((_state(subject, case_id), step))
        if rule is None or rule.who & {Who.KEEPER, Who.OWNER}:
            return "dlut"
        if case is not None and Who.OPENER in rule.who:
            return case.opener
        return "dicp" if Who.NAMED in rule.who else self.random.choice(_OTHERS)


def _moves(subject: Subject, case_id: str | None, anywhere: bool = False) -> list[TaskMove]:
    """The moves that a table has from where a case, or the subject, stands; or from anywhere."""
    task, state = TASKS[subject.task], _state(subject, case_id)
    table = task.of_subject if case_id is None else task.of_case
    return sorted({move for at, move in table if anywhere or at is state})


def _state(subject: Subject, case_id: str | None) -> TaskState:
    if case_id is None:
        return subject.state
    case = subject.case(case_id)
    return TaskState.NONE if case is None else case.state


class LifeCycle(RuleBasedStateMachine):
    """The same comes to three lanes: one that ticks and dies often, one that never does, and one that lags behind."""

    @initialize()
    def begin(self) -> None:
        self.often, self.never, self.lagging = self.lives = [Life() for _ in range(3)]
        for about, task in TASKS.items():
            if task.of_subject:
                self._arrives(filled(about, TaskMove.OPEN, None, NOW))
        for slot_id in ("W1", "W2"):
            self._arrives(filled(LifeTask.PILOT_BASE, TaskMove.OFFER, None, NOW, slot_id=slot_id))

    def _arrives(self, record: Record, topic: topics.Topic = topics.TASKS) -> None:
        for life in self.lives:
            # However many ticks came in between, it arrives at the same time.
            life.now += timedelta(seconds=1)
            life.hears(record, topic)
        self.often.drains()
        self.never.drains()

    @rule(seed=st.integers(0, 2**32), many=st.integers(1, 30))
    def institutions_move(self, seed: int, many: int) -> None:
        sender = _Sender(Random(seed), self.often)
        for _ in range(many):
            self._arrives(sender.one())

    @rule(holds=st.booleans(), achievement_id=st.sampled_from(["A1", "A2"]), hours=st.sampled_from([0, 0, 24, 60]))
    def a_match_changes(self, holds: bool, achievement_id: str, hours: int) -> None:
        self.time_goes_on(hours)
        self._arrives(matched(holds, achievement_id), topics.MATCHES)

    @rule(hours=st.sampled_from([1, 5, 24, 60]))
    def days_go_by(self, hours: int) -> None:
        self.time_goes_on(hours)

    def time_goes_on(self, hours: int) -> None:
        for life in self.lives:
            life.now += timedelta(hours=hours)

    @rule()
    def the_clock_ticks(self) -> None:
        self.often.ticks()

    @rule()
    def a_worker_dies(self) -> None:
        self.often.dies()

    @rule(most=st.integers(1, 4), ticks=st.booleans())
    def the_lagging_one_works(self, most: int, ticks: bool) -> None:
        if ticks:
            self.lagging.house.wait_until(self.lagging.now)
            self.lagging.house.tick(self.lagging.now)
        self.lagging.works(most)

    @rule()
    def the_lagging_one_dies(self) -> None:
        self.lagging.dies()

    @rule()
    def all_hear_the_clock(self) -> None:
        for life in self.lives:
            life.ticks()
            life.drains()
        assert self.often.told() == self.never.told()
        for life in self.lives:
            assert life.wrong() == []

    @invariant()
    def no_law_is_broken(self) -> None:
        for life in getattr(self, "lives", ())[:2]:
            assert life.wrong() == []

    def teardown(self) -> None:
        if not hasattr(self, "lives"):
            return
        self.all_hear_the_clock()
        for life in self.lives:
            kept = life.shard()
            life.dies()
            assert _written(life.shard()) == _written(kept)
            life.now += timedelta(10)
            life.ticks()
            assert life.wrong() == []


def _written(shard: LifeCycleShard) -> list[str]:
    """All that a shard holds, orders included; slots that nobody has or waits for are left out."""
    return [f"{place} {_orders(subject)}" for place, subject in sorted(shard._subjects.items())]


def _orders(subject: Subject) -> str:
    return (
        f"{subject.told} {subject.cases} {sorted(subject.balances.items())} {sorted(subject.withdrawn)} "
        f"{[(slot, [*held]) for slot, held in sorted(subject.holders.items()) if held]} "
        f"{[(slot, [*queue]) for slot, queue in sorted(subject.queues.items()) if queue]}"
    )


LifeCycle.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestLifeCycle = LifeCycle.TestCase
