"""The life cycle: one processor for the nine key tasks over an achievement's life.

    tasks ──▶ life-cycle ──▶ task-states      every advance of every case, and of what cases are in
    clock ───────▲│└───────▶ task-refusals    moves against a table or a guard, with all reasons
    matches ──────┘└───────▶ policies         what became of a policy itself, a copy for each lane of policies
           [Subject, Case]                    rebuilt from task-states, and from matches which of them hold no more

Keyed by subject: all that is said of one fund, base, incubator, campaign, policy or intermediary, or about one
achievement or demand, meets on one partition in one order. So a place is given once, and money is promised once.

As in ``deals``, whatever arrives says that it is now at least as late as it arrived: what was over by then ends before
it counts, and how often the clock ticks makes no difference. An invitation is taken back as soon as its match is heard
to be withdrawn.
"""

from __future__ import annotations

import functools
import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from prometheus_client import Counter

from infra import metrics
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import (
    ClockTicked,
    LifeTask,
    TaskAdvanced,
    TaskMoved,
    TaskRefused,
    reference,
)
from streams.domain.tasks.cases import Subject
from streams.domain.tasks.following import Told, expired, follow, over_at, taken_back
from streams.domain.working_days import day_of
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition
from streams.ticks import Ticks

_WITHDRAWN = "MatchWithdrawn"
#: What a last day is of: a task, a subject, and a case or, where it is empty, the subject itself.
_Place = tuple[LifeTask, str, str]


class LifeCycleShard:
    """The subjects of one partition, with their cases."""

    def __init__(self) -> None:
        self._subjects: dict[tuple[LifeTask, str], Subject] = {}
        #: By when the last day of what waits is over, in milliseconds since 1970 (UTC). What has changed since is
        #: found out when its time comes.
        self._due: list[tuple[int, _Place]] = []
        self._ticks = Ticks()

    def load(self, record: Input) -> None:
        """Take in what was told of a case, or which match holds no more."""
        match record.topic:
            case topics.TASK_STATES.name:
                told = codec.decode(record.value)
                if not isinstance(told, TaskAdvanced):
                    raise Unreadable("value", f"{type(told).__name__} is no fact for the life cycle")
                self._subject(told.task, told.subject_ref).take(told)
                self._wait(told)
            case topics.MATCHES.name:
                self._matched(record)
            case _:
                self._ticked(record)

    def subject(self, task: LifeTask, ref: str) -> Subject | None:
        """What is known of a subject, if anything is."""
        return self._subjects.get((task, ref))

    def restored(self) -> None:
        """Nothing is derived beside what was loaded."""

    def decide(self, record: Input) -> Iterable[Output]:
        """What follows from a move, or from what became of a match; before it, what was over when it arrived."""
        if record.topic == topics.CLOCK.name:
            self._ticked(record)
            return ()
        if record.topic == topics.MATCHES.name:
            return self._taken_back(record)
        outputs = [*self._over(record.timestamp, record.timestamp)]
        self._ticks.arrived(record.timestamp)
        move = codec.decode(record.value)
        if not isinstance(move, TaskMoved):
            raise Unreadable("value", f"{type(move).__name__} is no move in a task")
        subject = self._subject(move.task, move.subject_ref)
        day = date.fromordinal(day_of(record.timestamp))
        for told in follow(subject, move, day):
            outputs += [self._told(told, record.timestamp), *_copies(told, record.timestamp)]
        if subject.is_unknown:
            # Names that nobody keeps may be made up in any number.
            del self._subjects[move.task, move.subject_ref]
        return outputs

    def settle(self) -> Iterable[Output]:
        """What is over by a tick, once the moves that came with it are decided."""
        tick = self._ticks.counts()
        return () if tick is None else [*self._over(*tick)]

    def _over(self, now: int, at: int) -> Iterator[Output]:
        """All whose last day is over by ``now``, told at ``at``; in milliseconds since 1970 (UTC)."""
        while self._due and self._due[0][0] <= now:
            over, (task, ref, case_id) = heapq.heappop(self._due)
            subject = self._subjects.get((task, ref))
            if subject is None:
                continue
            if over_at(subject, case_id or None) != over:
                # It was answered, or was given another day.
                continue
            moment = datetime.fromtimestamp(over / 1000, UTC)
            yield from [self._told(told, at) for told in expired(subject, case_id or None, moment)]

    def _taken_back(self, record: Input) -> list[Output]:
        """What becomes of questions whose match is withdrawn; before it, of those whose last day was over by then."""
        outputs = [*self._over(record.timestamp, record.timestamp)]
        demand, achievement, is_withdrawn = self._matched(record)
        subject = self._subjects.get((LifeTask.MARKET_PLAYERS, demand))
        if subject is None or not is_withdrawn:
            return outputs
        moment = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        return [*outputs, *(self._told(told, record.timestamp) for told in taken_back(subject, achievement, moment))]

    def _matched(self, record: Input) -> tuple[str, str, bool]:
        """The demand and achievement of a match, and whether it is withdrawn; noted."""
        name, values = codec.decode_fields(record.value)
        demand = reference(values["demand_institution_id"], values["demand_id"])
        achievement = reference(values["achievement_institution_id"], values["achievement_id"])
        place = LifeTask.MARKET_PLAYERS, demand
        if name == _WITHDRAWN:
            self._subject(*place).withdrawn.add(achievement)
        elif (subject := self._subjects.get(place)) is not None:
            subject.withdrawn.discard(achievement)
            if subject.is_unknown:
                del self._subjects[place]
        return demand, achievement, name == _WITHDRAWN

    def _subject(self, task: LifeTask, ref: str) -> Subject:
        found = self._subjects.get((task, ref))
        if found is None:
            found = self._subjects[task, ref] = Subject(task)
        return found

    def _told(self, told: Told, at: int) -> Output:
        _counter(told.task, "refused" if isinstance(told, TaskRefused) else told.cause.lower()).inc()
        if isinstance(told, TaskRefused):
            return Output(topics.TASK_REFUSALS.name, told.subject_ref.encode(), codec.encode(told), at)
        self._wait(told)
        return Output(topics.TASK_STATES.name, told.subject_ref.encode(), codec.encode(told), at)

    def _wait(self, told: TaskAdvanced) -> None:
        over = over_at(self._subjects[told.task, told.subject_ref], told.case_id)
        if over is not None:
            heapq.heappush(self._due, (over, (told.task, told.subject_ref, told.case_id or "")))

    def _ticked(self, record: Input) -> None:
        tick = codec.decode(record.value)
        if not isinstance(tick, ClockTicked):
            raise Unreadable("value", f"{type(tick).__name__} is no tick of the clock")
        self._ticks.said(tick, record.timestamp)


def _copies(told: Told, at: int) -> Iterator[Output]:
    """What became of a policy itself, for each partition: deals are spread over all of them."""
    if isinstance(told, TaskAdvanced) and told.task is LifeTask.POLICY and told.case_id is None:
        key, data = told.subject_ref.encode(), codec.encode(told)
        for partition in range(topics.POLICIES.partitions):
            yield Output(topics.POLICIES.name, key, data, at, partition, is_copy=True)


@functools.cache
def _counter(task: LifeTask, result: str) -> Counter:
    return metrics.TASK_MOVES.labels(task.value, result)


def plan() -> LanePlan:
    """The life-cycle lane."""
    return LanePlan(
        name="life-cycle",
        inputs=(topics.TASKS.name, topics.MATCHES.name, topics.CLOCK.name),
        shard_of=by_partition,
        sources=lambda key: [
            Source(topics.TASK_STATES.name, int(key), Until.END),
            Source(topics.MATCHES.name, int(key), Until.COMMITTED),
            # Of the clock only the last tick counts.
            Source(topics.CLOCK.name, int(key), Until.COMMITTED, last=1),
        ],
        shard=lambda _key: LifeCycleShard(),
        passing=frozenset({topics.CLOCK.name}),
        # It hears every match, and nobody waits for it within a blink.
        linger=0.15,
    )
