"""Ranking: the live matches of each demand, the best over all lanes.

    candidates ──▶ ranking ──▶ matches      proposed · revised · withdrawn, with the reason
                      │
                   [ranking-state]          one record per candidate, compacted

Keyed by demand. Changes of a batch are told together, so a demand that many achievements touch is told once.
"""

from __future__ import annotations

from collections.abc import Iterable

from infra import metrics
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import (
    Candidate,
    CandidatesChanged,
    MatchProposed,
    MatchRevised,
    MatchWithdrawn,
    WithdrawalReason,
    match_id,
)
from schemas.splicing import splice
from streams.domain.ranking import Entered, Entry, Left, Standing
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition

#: Between both references in a state key: no id holds a control character.
_SEPARATOR = "\x1f"


class RankingShard:
    """The demands of one partition with their candidates."""

    def __init__(self) -> None:
        self._standings: dict[str, Standing] = {}
        self._touched: dict[str, tuple[int, dict[str, WithdrawalReason]]] = {}

    def load(self, record: Input) -> None:
        """Take in one candidate of the state, or its end."""
        assert record.key is not None
        demand_ref, _, achievement_ref = record.key.decode().partition(_SEPARATOR)
        if record.value is None:
            standing = self._standings.get(demand_ref)
            if standing is not None:
                standing.entries.pop(achievement_ref, None)
            return
        # Matches are spliced from these bytes, so those of an earlier release are renewed here and below.
        data = codec.renewed(record.value)
        _, told = codec.decode_fields(data)
        versions = (told["achievement_version"], told["demand_version"])
        standing = self._standings.setdefault(demand_ref, Standing())
        standing.entries[achievement_ref] = Entry(told["score"], versions, told["matches_wanted"], data)

    def restored(self) -> None:
        """What was live is what follows from the candidates."""
        for ref in [ref for ref, standing in self._standings.items() if not standing.entries]:
            del self._standings[ref]
        for standing in self._standings.values():
            standing.live = standing.best()
        self._count()

    def decide(self, record: Input) -> Iterable[Output]:
        """The changes of one lane's list, as changes of state."""
        change = _decoded(record.value)
        ref = change.demand_ref
        standing = self._standings.setdefault(ref, Standing())
        _, gone = self._touched.get(ref, (0, {}))
        self._touched[ref] = (record.timestamp, gone)
        for removed in change.removed:
            standing.entries.pop(removed.achievement_ref, None)
            gone[removed.achievement_ref] = removed.reason
            yield self._state(ref, removed.achievement_ref, None, record)
        for candidate in change.entries:
            versions = (candidate.achievement_version, candidate.demand_version)
            data = codec.renewed(candidate.candidate)
            entry = Entry(candidate.score, versions, change.matches_wanted, data)
            standing.entries[candidate.achievement_ref] = entry
            gone.pop(candidate.achievement_ref, None)
            yield self._state(ref, candidate.achievement_ref, data, record)

    def settle(self) -> Iterable[Output]:
        """How live matches changed by this batch."""
        outputs: list[Output] = []
        for ref, (timestamp, gone) in self._touched.items():
            standing = self._standings[ref]
            outputs += [_matched(ref, told, timestamp) for told in standing.settle(gone)]
            if not standing.entries:
                del self._standings[ref]
        self._touched.clear()
        self._count()
        return outputs

    def _state(self, demand_ref: str, achievement_ref: str, value: bytes | None, record: Input) -> Output:
        key = f"{demand_ref}{_SEPARATOR}{achievement_ref}".encode()
        return Output(topics.RANKING_STATE.name, key, value, record.timestamp, record.partition)

    def _count(self) -> None:
        metrics.MATCHES_LIVE.set(sum(len(standing.live) for standing in self._standings.values()))


def _decoded(value: bytes | None) -> CandidatesChanged:
    record = codec.decode(value)
    if not isinstance(record, CandidatesChanged):
        raise Unreadable("value", f"{type(record).__name__} is no change of candidates")
    return record


def _matched(demand_ref: str, told: Entered | Left, timestamp: int) -> Output:
    # A candidate's bytes become most of the match: decoding them took a third of this lane's time.
    values = {"match_id": str(match_id(demand_ref, told.achievement_ref)), "caused_at": timestamp * 1000}
    entry = told.entry
    if isinstance(told, Left):
        data = _WITHDRAWN.made(entry.data, {**values, "reason": told.reason})
    else:
        made = _PROPOSED if told.is_new else _REVISED
        data = made.made(entry.data, values, {"matches_wanted": entry.wanted})
    return Output(topics.MATCHES.name, demand_ref.encode(), data, timestamp)


_PROPOSED, _REVISED, _WITHDRAWN = (
    splice(Candidate.__name__, name.__name__) for name in (MatchProposed, MatchRevised, MatchWithdrawn)
)


def plan() -> LanePlan:
    """The ranking lane."""
    return LanePlan(
        name="ranking",
        inputs=(topics.CANDIDATES.name,),
        shard_of=by_partition,
        sources=lambda key: [Source(topics.RANKING_STATE.name, int(key), Until.END)],
        shard=lambda _key: RankingShard(),
        batch=500,
    )
