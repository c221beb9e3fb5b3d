"""Matching: what each lane's achievements can do for every demand.

    achievements ───┐
    demand-copies ──┼──▶ matching ──▶ candidates
    clock, deals ───┤        │  └───▶ model-adoptions
    representations ┤        │
    scoring-models ─┘    [Candidates]   one per lane, rebuilt from the same topics
                             └──────▶ weighed-texts   what words weigh, so that a start is shorter

Achievements are shared out over the lanes by their key; every lane hears all demands. So each pair is decided in
exactly one place. An achievement that another one stands for, as representations say, is kept aside until it stands
for itself. Lists are kept by every event and told once per batch, as changes.

A lane scores by the model that it follows: the last one before its position in scoring-models. A newer one makes it
wish for a successor, which is made in the background; what differs under it is told when it takes over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar, cast

from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    ClockTicked,
    DealAdvanced,
    DemandPosted,
    DemandWithdrawn,
    RepresentationChanged,
    ScoringModelAdopted,
    ScoringModelPublished,
)
from streams.candidates_told import Telling
from streams.domain.candidates import Candidates
from streams.domain.deals import is_exclusively_contracted
from streams.domain.index.text_index import compile_all
from streams.domain.model import ScoringModel
from streams.domain.profile import (
    AchievementProfile,
    DemandProfile,
    Words,
    achievement_of,
    achievement_profile,
    demand_of,
    demand_profile,
)
from streams.effort import EffortLog
from streams.kept_profiles import KeptProfiles
from streams.lane import Input, LanePlan, Output, Shard, Source, Until, by_partition, code
from streams.models import model_in
from streams.weighed_texts import WeighedTexts

logger = logging.getLogger(__name__)

_INPUTS = (
    topics.ACHIEVEMENTS, topics.REPRESENTATIONS, topics.DEMAND_COPIES, topics.CLOCK, topics.DEALS,
    topics.SCORING_MODELS,
)  # fmt: skip

_Fact = (
    AchievementRegistered | AchievementWithdrawn | DemandPosted | DemandWithdrawn | ClockTicked | DealAdvanced
    | RepresentationChanged
)  # fmt: skip
_Text = AchievementRegistered | DemandPosted
_P = TypeVar("_P", AchievementProfile, DemandProfile)
DemandProfiles = Callable[[DemandPosted, ScoringModel], DemandProfile]


class MatchingShard:
    """One lane's candidates under ``model``; without one it tells nothing until a model is published."""

    def __init__(
        self, lane: int, model: ScoringModel | None = None, profiles: DemandProfiles = demand_profile,
        log: EffortLog | None = None, code_digest: str | None = None,
    ) -> None:  # fmt: skip
        """``code_digest`` is the digest of the code that weighs; without it no weighed texts are kept."""
        self._lane = lane
        self._log = log or EffortLog()
        self._latest = 0
        self._demand_profile = profiles
        self._newer: ScoringModel | None = None
        self._code = code_digest
        self._follow(model)

    def _follow(self, model: ScoringModel | None) -> None:
        self._model = model
        self._candidates = Candidates(0.0 if model is None else model.threshold, self._log.clock)
        self._weighed: WeighedTexts | None = None
        if model is not None and self._code is not None:
            self._weighed = WeighedTexts(self._lane, model, self._code)

    def load(self, record: Input) -> None:
        """Take in a fact, as in ``decide``, without telling what follows; a model is followed from here on."""
        if record.topic == topics.WEIGHED_TEXTS.name:
            if self._weighed is not None:
                self._weighed.load(record.value)
            return
        fact = self._heard(record)
        if isinstance(fact, ScoringModelPublished):
            self._follow(model_in(fact.model))
        else:
            self._apply(fact, record)

    def restored(self) -> None:
        """What was told before is what follows from the facts so far under the model that the lane follows."""
        self._candidates.told()
        if self._weighed is not None:
            self._weighed.started()
        if self._model is None:
            logger.warning("lane %d has no scoring model yet: it tells nothing until one is published", self._lane)
        # Not counted: a successor is restored in a thread of its own, beside the lanes that count.
        self._candidates.effort()

    def image(self) -> object:
        """All that the lane holds, for ``recall``."""
        return self._latest, self._candidates.copied()

    def recall(self, image: object) -> None:
        """Hold what a shard of this lane held under the same model."""
        self._latest, self._candidates = cast(tuple[int, Candidates], image)
        self._candidates.clock = self._log.clock

    def decide(self, record: Input) -> Iterable[Output]:
        """Take in a fact; what follows is told by ``settle``. A newer model is followed by a successor."""
        fact = self._heard(record)
        if isinstance(fact, ScoringModelPublished):
            model = model_in(fact.model)
            self._newer = None if self._model is not None and model.version == self._model.version else model
        else:
            self._apply(fact, record)
            if self._weighed is not None and isinstance(fact, AchievementWithdrawn | DemandWithdrawn):
                self._weighed.drop(_key(fact))
        return ()

    def settle(self) -> Iterable[Output]:
        """How the lists changed by this batch, and what was weighed."""
        changes = list(self._candidates.changes())
        changed = sum(len(change.entered) + len(change.left) for change in changes)
        self._log.count(self._lane, self._candidates.effort(), changed)
        assert self._model is not None or not changes
        telling = Telling(self._lane, "" if self._model is None else self._model.version, self._latest)
        weighed = () if self._weighed is None else self._weighed.told(self._latest)
        return [*(telling.output(change) for change in changes), *weighed]

    @property
    def wanted(self) -> str | None:
        """The version of the model that was published last, where the lane does not follow it yet."""
        return None if self._newer is None else self._newer.version

    @property
    def is_current(self) -> bool:
        """Whether the lane follows the model that was published last."""
        return self._model is not None and self._newer is None

    def successor(self) -> MatchingShard:
        """The same lane under the newer model, without any fact."""
        return MatchingShard(self._lane, self._newer, self._demand_profile, self._log, self._code)

    def hand_over(self, successor: Shard) -> Iterable[Output]:
        """What changes for others when ``successor`` takes this shard's place, and that it follows its model."""
        assert isinstance(successor, MatchingShard)
        assert successor._model is not None
        successor._latest = max(successor._latest, self._latest)
        successor._candidates.take_over(self._candidates)
        since = datetime.fromtimestamp(self._latest / 1000, UTC)
        data = codec.encode(ScoringModelAdopted(successor._model.version, self._lane, since))
        key = successor._model.version.encode()
        return [*successor.settle(), Output(topics.MODEL_ADOPTIONS.name, key, data, self._latest, self._lane)]

    def _heard(self, record: Input) -> _Fact | ScoringModelPublished:
        self._latest = max(self._latest, record.timestamp)
        fact = codec.decode(record.value)
        if not isinstance(fact, _Fact | ScoringModelPublished):
            raise Unreadable("value", f"{type(fact).__name__} is no fact for matching")
        return fact

    def _apply(self, fact: _Fact, record: Input) -> None:
        if self._model is None:
            # The first model's candidates are made from the registers, as any other's.
            return
        candidates = self._candidates
        match fact:
            case AchievementRegistered():
                weighed = partial(achievement_profile, fact, self._model)
                candidates.register(self._profile(fact, record, weighed, partial(achievement_of, fact)))
            case AchievementWithdrawn():
                candidates.withdraw(fact.ref)
            case DemandPosted():
                asked = partial(self._demand_profile, fact, self._model)
                candidates.post(self._profile(fact, record, asked, partial(demand_of, fact)))
            case DemandWithdrawn():
                candidates.close(fact.ref)
            case ClockTicked():
                candidates.tick(fact.now)
            case DealAdvanced():
                if is_exclusively_contracted(fact):
                    candidates.contract(fact.achievement_ref)
            case RepresentationChanged():
                (candidates.stand_again if fact.by_ref is None else candidates.stand_aside)(fact.ref)

    def _profile(self, fact: _Text, record: Input, weighed: Callable[[], _P], of: Callable[[Words], _P]) -> _P:
        """What the log has of the words of ``fact``, put together again; else they are ``weighed``, and kept."""
        if self._weighed is None or record.value is None:
            return weighed()
        words = self._weighed.words(_key(fact), record.value)
        if words is not None:
            return of(words)
        profile = weighed()
        self._weighed.keep(_key(fact), record.value, profile.words)
        return profile


def _key(fact: _Text | AchievementWithdrawn | DemandWithdrawn) -> str:
    kind = "achievement" if isinstance(fact, AchievementRegistered | AchievementWithdrawn) else "demand"
    return f"{kind} {fact.ref}"


def _sources(shard: str) -> list[Source]:
    # Of the clock only the last tick counts.
    return [
        *(
            Source(topic.name, int(shard), Until.COMMITTED, last=1 if topic is topics.CLOCK else None)
            for topic in _INPUTS
        ),
        Source(topics.WEIGHED_TEXTS.name, int(shard), Until.END),
    ]


def plan() -> LanePlan:
    """The matching lane; each of its shards is a lane in the sense of the diagram."""
    compile_all()
    log = EffortLog()
    profiles = KeptProfiles()

    return LanePlan(
        name="matching",
        inputs=tuple(topic.name for topic in _INPUTS),
        shard_of=by_partition,
        sources=_sources,
        shard=lambda key: MatchingShard(int(key), profiles=profiles, log=log, code_digest=code.digest()),
        governing=frozenset({topics.SCORING_MODELS.name}),
        hints=frozenset({topics.WEIGHED_TEXTS.name}),
        passing=frozenset({topics.CLOCK.name}),
        batch=1000,
        linger=0.05,
        slowest=log.slowest,
    )
