"""The life-cycle lane over logs in memory: moves in all nine tasks, matches, and what was told of them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from schemas import codec, topics
from schemas.days import CHINA
from schemas.records import (
    Assessment,
    ClockTicked,
    LifeTask,
    MatchProposed,
    MatchWithdrawn,
    Money,
    PolicyProof,
    PolicyRule,
    Record,
    Shareholding,
    TaskMove,
    TaskMoved,
    WithdrawalReason,
    match_id,
    reference,
)
from schemas.task_rules import OF_CASE, OF_SUBJECT
from streams import life_cycle
from streams.life_cycle import LifeCycleShard
from streams.task_check import Told, compared
from tests.unit.streams.house import House
from tests.unit.streams.making import NOW, task

_PLAN = life_cycle.plan()
_KEY = "0"
_TOPICS = (topics.TASK_STATES, topics.TASK_REFUSALS, topics.TASKS, topics.MATCHES)


@dataclass(slots=True)
class Life:
    """One partition of the lane with its logs, and what time it is."""

    now: datetime = NOW
    house: House = field(default_factory=lambda: House((_PLAN,), random.Random(1), lanes=1))

    def hears(self, record: Record, topic: topics.Topic = topics.TASKS) -> None:
        """A record arrives now."""
        self.house.wait_until(self.now)
        self.house.append(topic, record)

    def moves(self, about: LifeTask, step: TaskMove, case_id: str | None = None, **changes: Any) -> None:
        """A move arrives now and is decided; what it needs and is not given is made up."""
        self.hears(filled(about, step, case_id, self.now, **changes))
        self.works()

    def matches(self, holds: bool, achievement_id: str = "A1", subject_id: str = "S1") -> None:
        """A demand of dlut is matched with an achievement of dlut, or no more; the lane hears of it."""
        self.hears(matched(holds, achievement_id, subject_id), topics.MATCHES)
        self.works()

    def ticks(self, now: datetime | None = None) -> None:
        """The clock says ``now``."""
        self.now = max(self.now, now or self.now)
        self.house.wait_until(self.now)
        self.house.tick(self.now)
        self.works()

    def works(self, most: int = 1000) -> int:
        """One transaction of the lane; how much it did."""
        return self.house.turn(_PLAN, _KEY, most)

    def drains(self) -> None:
        """The lane works until there is nothing left to read."""
        while self.works():
            pass

    def dies(self) -> None:
        """Its worker dies; another one will read the state back."""
        self.house.restart(_PLAN, _KEY)

    def shard(self) -> LifeCycleShard:
        """What the worker holds, or would once it has read it back."""
        self.house._take_seat(_PLAN, _KEY)
        shard = self.house._shards[_PLAN.name, _KEY]
        assert isinstance(shard, LifeCycleShard)
        return shard

    def told(self) -> list[bytes | None]:
        """All that was told, state by state and refusal by refusal."""
        return [one.value for topic in _TOPICS[:2] for one in self.house.logs[topic.name, 0]]

    def read(self) -> Told:
        """What ``techdock verify`` reads."""
        at = {topic.name: self.house.committed[_PLAN.name, (topic.name, 0)] for topic in (topics.CLOCK, topics.MATCHES)}
        ticks = self.house.logs[topics.CLOCK.name, 0][: at[topics.CLOCK.name]]
        last = codec.decode(ticks[-1].value) if ticks else None
        now = {0: last.now} if isinstance(last, ClockTicked) else {}
        told = Told(now=now, heard={0: at[topics.MATCHES.name]})
        for topic in _TOPICS:
            for one in self.house.logs[topic.name, 0]:
                told.take(one.topic, 0, one.offset, one.timestamp, one.value)
        return told

    def wrong(self) -> list[Mapping[str, object]]:
        """What ``techdock verify`` finds."""
        return compared(self.read())[1]


def matched(
    holds: bool, achievement_id: str = "A1", subject_id: str = "S1", owner: str = "dlut"
) -> MatchProposed | MatchWithdrawn:  # fmt: skip
    """What is told of the match of a demand of dlut with an achievement."""
    one = match_id(reference("dlut", subject_id), reference(owner, achievement_id))
    pair = one, "dlut", subject_id, 1, owner, achievement_id, 1, "", "", (), None, None, None
    return MatchProposed(*pair, 0.5, "m1", (), NOW) if holds else MatchWithdrawn(*pair, WithdrawalReason.OUTRANKED, NOW)


def filled(
    about: LifeTask, step: TaskMove, case_id: str | None, now: datetime, **changes: Any
) -> TaskMoved:  # fmt: skip
    """A move with all that its task needs of it."""
    takes = (OF_SUBJECT if case_id is None else OF_CASE)[about][step]
    today = now.astimezone(CHINA).date()
    made: Mapping[str, Any] = {
        "title": "GB/T 22900-2022" if about is LifeTask.EVALUATION else "title", "text": "text", "evidence": "1",
        "amount": Money(Decimal("60.00"), "CNY"), "count": 3 if about is LifeTask.EVALUATION else 1,
        "since": today, "until": today + timedelta(2), "labels": ("distillation",), "slot_id": "W1", "maturity": 5,
        "person": "Wang", "party_institution_id": "dicp", "assessment": Assessment(5, 70, 70, 70, 70),
        "shares": (Shareholding("Wang", 1),), "policy": PolicyRule("true", "grant", (PolicyProof("a", "true"),)),
        "reason": "why",
    }  # fmt: skip
    values = {name: made[name] for name in takes.needs if name in made}
    if "achievement" in takes.needs:
        values |= {"achievement_institution_id": "dlut", "achievement_id": "A1"}
    return task(about, step, case_id, **{"submission_id": uuid.uuid4(), "moved_at": now, **values, **changes})
