"""Policies: what each deal qualifies for today, and which proofs are missing.

    policies ────────────────▶ policies ──▶ policy-hints   hinted, and withdrawn with the cause
    deals ──────────────────────▲ ▲ ▲
    achievements, demand-copies ──┘ │
    clock ──────────────────────────┘
                          [Standing]                       rebuilt from the same topics

By partition: a deal and its achievement lie on one, keyed by achievement; policies and demands come to each partition
as copies. What is told is a function of the last word about each and of the day in China, so it makes no difference in
which order they came. It is told once per batch, for what changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from infra import metrics
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import ClockTicked, PolicyHinted, PolicyHintWithdrawn, deal_id
from streams.domain.policies.deciding import Hint, Key
from streams.domain.policies.standing import Change, Standing
from streams.domain.working_days import day_at
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition

#: Most pairs of a policy and a deal that one batch looks at, so that a new policy over many deals outlasts no
#: transaction; the clock ticks once a second, and the next batch goes on.
PAIRS = 20_000


class PoliciesShard:
    """The deals of one partition, and all policies."""

    def __init__(self, partition: str = "0", pairs: int = PAIRS) -> None:
        self.standing = Standing()
        self._pairs = pairs
        self._latest = 0
        self._waiting = metrics.POLICY_PAIRS_WAITING.labels(partition)

    def load(self, record: Input) -> None:
        """Take in a fact, as in ``decide``, or what was told."""
        if record.topic != topics.POLICY_HINTS.name:
            self._take(record)
            return
        told = codec.decode(record.value)
        match told:
            case PolicyHinted():
                self.standing.recall(told.policy_ref, _key(told), hint_of(told))
            case PolicyHintWithdrawn():
                self.standing.recall(told.policy_ref, _key(told), None)
            case _:
                raise Unreadable("value", f"{type(told).__name__} is nothing that was told of policies")

    def restored(self) -> None:
        """What was told follows from what was loaded, unless another release decided it."""
        self.standing.look_anew()

    def decide(self, record: Input) -> Iterable[Output]:
        """Nothing at once: a batch often holds several facts about one deal."""
        self._take(record)
        return ()

    def settle(self) -> Iterable[Output]:
        """What deals qualify for otherwise than before this batch."""
        outputs = [self._told(change) for change in self.standing.changes(self._pairs)]
        self._waiting.set(self.standing.waiting)
        return outputs

    def _take(self, record: Input) -> None:
        self._latest = max(self._latest, record.timestamp)
        fact = codec.decode(record.value)
        if isinstance(fact, ClockTicked):
            self.standing.turn(day_at(fact.now))
        elif not self.standing.take(fact):
            raise Unreadable("value", f"{type(fact).__name__} is no fact for policies")

    def _told(self, change: Change) -> Output:
        office, _, policy_id = change.policy_ref.partition("/")
        # An institution's id holds no slash; what comes after it may.
        owner, _, achievement_id = change.key.achievement_ref.partition("/")
        enterprise, _, demand_id = change.key.demand_ref.partition("/")
        names = (office, policy_id, deal_id(*change.key), owner, achievement_id, enterprise, demand_id)
        moment = datetime.fromtimestamp(self._latest / 1000, UTC)
        told = (
            PolicyHintWithdrawn(*names, change.cause, moment)
            if change.hint is None
            else PolicyHinted(*names, *change.hint, moment)
        )
        metrics.POLICY_HINTS.labels("withdrawn" if change.hint is None else "hinted").inc()
        key = change.key.achievement_ref.encode()
        return Output(topics.POLICY_HINTS.name, key, codec.encode(told), self._latest)


def hint_of(told: PolicyHinted) -> Hint:
    """What was told, without when."""
    return Hint(told.title, told.benefit, told.until, told.missing)


def _key(told: PolicyHinted | PolicyHintWithdrawn) -> Key:
    return Key(told.achievement_ref, told.demand_ref)


_FACTS = (topics.POLICIES, topics.DEALS, topics.ACHIEVEMENTS, topics.DEMAND_COPIES)


def plan() -> LanePlan:
    """The lane of policies."""
    return LanePlan(
        name="policies",
        inputs=(*(topic.name for topic in _FACTS), topics.CLOCK.name),
        shard_of=by_partition,
        sources=lambda key: [
            *(Source(topic.name, int(key), Until.COMMITTED) for topic in _FACTS),
            # Of the clock only the last tick counts.
            Source(topics.CLOCK.name, int(key), Until.COMMITTED, last=1),
            Source(topics.POLICY_HINTS.name, int(key), Until.END),
        ],
        shard=PoliciesShard,
        passing=frozenset({topics.CLOCK.name}),
        # Few transactions: nobody waits for it within a blink.
        linger=0.15,
    )
