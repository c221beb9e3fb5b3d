"""The best of all lanes are the best of all, in whatever order the lanes are heard."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from zlib import crc32

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from schemas.records import WithdrawalReason
from streams.domain import matching
from streams.domain.candidates import Candidates
from streams.domain.profile import AchievementProfile, DemandProfile, achievement_profile, demand_profile
from streams.domain.ranking import Entered, Entry, Left, Standing
from tests.unit.streams.making import MODEL, NOW, achievement, demand, texts

_OFFERS = st.sampled_from([f"A{n}" for n in range(1, 9)])
_ASKED = st.sampled_from(["D1", "D2"])


@dataclass(frozen=True, slots=True)
class _Said:
    """What a lane says of one demand."""

    demand_ref: str
    entries: tuple[tuple[str, Entry], ...]
    gone: dict[str, WithdrawalReason]


class LanesMerged(RuleBasedStateMachine):
    """Several lanes speak, each in its own order; the merge hears them interleaved at random and late."""

    @initialize(lanes=st.integers(1, 4))
    def begin(self, lanes: int) -> None:
        self.lanes = [Candidates(MODEL.threshold) for _ in range(lanes)]
        self.unheard: list[deque[_Said]] = [deque() for _ in range(lanes)]
        self.offered: dict[str, AchievementProfile] = {}
        self.demands: dict[str, DemandProfile] = {}
        self.merged: dict[str, Standing] = {}
        self.live: dict[str, dict[str, Entry]] = {}
        self.version = 0

    def _lane(self, ref: str) -> Candidates:
        return self.lanes[crc32(ref.encode()) % len(self.lanes)]

    @rule(name=_OFFERS, words=texts)
    def register(self, name: str, words: str) -> None:
        self.version += 1
        profile = achievement_profile(achievement(name, words, self.version), MODEL)
        self.offered[profile.ref] = profile
        self._lane(profile.ref).register(profile)

    @rule(name=_OFFERS)
    def withdraw(self, name: str) -> None:
        self.offered.pop(f"dlut/{name}", None)
        self._lane(f"dlut/{name}").withdraw(f"dlut/{name}")

    @rule(name=_ASKED, words=texts, wanted=st.integers(1, 4))
    def post(self, name: str, words: str, wanted: int) -> None:
        self.version += 1
        profile = demand_profile(demand(name, words, self.version, matches_wanted=wanted), MODEL)
        self.demands[profile.ref] = profile
        for lane in self.lanes:
            lane.post(profile)

    @rule(name=_ASKED)
    def close(self, name: str) -> None:
        self.demands.pop(f"district-210202/{name}", None)
        for lane in self.lanes:
            lane.close(f"district-210202/{name}")

    @rule(data=st.data())
    def speak(self, data: st.DataObject) -> None:
        self._speak(data.draw(st.integers(0, len(self.lanes) - 1)))

    @rule(data=st.data(), many=st.integers(1, 3))
    def hear(self, data: st.DataObject, many: int) -> None:
        self._hear(data.draw(st.integers(0, len(self.lanes) - 1)), many)

    def _speak(self, place: int) -> None:
        for change in self.lanes[place].changes():
            version = 0 if change.demand is None else change.demand.version
            wanted = 20 if change.demand is None else change.demand.matches_wanted
            entries = tuple(
                (profile.ref, Entry(rank.score, (profile.version, version), wanted, b""))
                for rank, profile, _ in change.entered
            )
            self.unheard[place].append(_Said(change.demand_ref, entries, dict(change.left)))

    def _hear(self, place: int, many: int) -> None:
        touched: dict[str, dict[str, WithdrawalReason]] = {}
        for _ in range(min(many, len(self.unheard[place]))):
            said = self.unheard[place].popleft()
            standing = self.merged.setdefault(said.demand_ref, Standing())
            gone = touched.setdefault(said.demand_ref, {})
            for ref, reason in said.gone.items():
                standing.entries.pop(ref, None)
                gone[ref] = reason
            for ref, entry in said.entries:
                standing.entries[ref] = entry
                gone.pop(ref, None)
        for ref, gone in touched.items():
            self._settle(ref, gone)

    def _settle(self, demand_ref: str, gone: dict[str, WithdrawalReason]) -> None:
        live = self.live.setdefault(demand_ref, {})
        for told in self.merged[demand_ref].settle(gone):
            match told:
                case Left(ref, entry, reason):
                    assert live.pop(ref) == entry, "it is told as it was told last"
                    assert reason is gone.get(ref, WithdrawalReason.OUTRANKED)
                case Entered(ref, entry, is_new):
                    assert is_new == (ref not in live)
                    assert live.get(ref) != entry
                    live[ref] = entry
        assert live == self.merged[demand_ref].live

    @rule(order=st.permutations(range(4)))
    def drain(self, order: list[int]) -> None:
        """All is said and heard, one lane after the other: now the merge equals brute force."""
        for place in order:
            if place < len(self.lanes):
                self._speak(place)
                self._hear(place, len(self.unheard[place]))
        expected = matching.live_matches(self.offered, self.demands, NOW, MODEL.threshold)
        live = {ref: list(standing.live.items()) for ref, standing in self.merged.items() if standing.live}
        assert live == {
            ref: [(rank.achievement_ref, self._entry(ref, rank)) for rank in ranks] for ref, ranks in expected.items()
        }

    def _entry(self, demand_ref: str, rank: matching.Rank) -> Entry:
        asked = self.demands[demand_ref]
        versions = (self.offered[rank.achievement_ref].version, asked.version)
        return Entry(rank.score, versions, asked.matches_wanted, b"")


LanesMerged.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestLanesMerged = LanesMerged.TestCase


def _entry(score: float, version: int = 1, wanted: int = 2) -> Entry:
    return Entry(score, (1, version), wanted, b"")


def test_a_lane_that_lags_behind_does_not_change_how_many_a_demand_wants() -> None:
    standing = Standing({"dlut/A1": _entry(0.9, 2, wanted=3), "dlut/A2": _entry(0.8, 2, wanted=3)})
    standing.entries["dlut/A3"] = _entry(0.7, 1, wanted=1)
    assert standing.wanted() == 3
    del standing.entries["dlut/A3"]
    assert list(standing.best()) == ["dlut/A1", "dlut/A2"]


def test_a_demand_without_candidates_has_no_matches() -> None:
    standing = Standing()
    assert standing.best() == {}
    assert list(standing.settle({})) == []


def test_equal_scores_are_ranked_by_reference() -> None:
    standing = Standing({ref: _entry(0.5) for ref in ("dlut/B", "dlut/A", "dicp/Z")})
    assert list(standing.best()) == ["dicp/Z", "dlut/A"]


def test_what_did_not_change_is_not_told_again() -> None:
    standing = Standing({"dlut/A1": _entry(0.5)})
    assert [type(told) for told in standing.settle({})] == [Entered]
    assert list(standing.settle({})) == []
    standing.entries["dlut/A1"] = Entry(0.5, (2, 1), 2, b"new words")
    assert list(standing.settle({})) == [Entered("dlut/A1", standing.entries["dlut/A1"], is_new=False)]
