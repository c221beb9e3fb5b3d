"""What may be the same is matched once: suspicions and decisions, and who stands for whom, kept event by event.

After ``changes`` what is told always equals ``representation.represented`` over all that stands.
"""

from __future__ import annotations

from schemas.records import AchievementSketched, DuplicateOutcome
from streams.domain.duplicates import Evidence, Pair, Suspects, pair
from streams.domain.representation import Decisions, represented


class MatchedOnce:
    """Standing achievements, what is suspected of them, and which of them stands for which."""

    def __init__(self) -> None:
        self.suspects = Suspects()
        self._decisions = Decisions()
        self._told: dict[str, str] = {}
        self._touched: set[str] = set()
        #: Pairs that are suspected and that nobody has decided about.
        self._open: set[Pair] = set()

    def register(self, told: AchievementSketched, arrived: int) -> dict[Pair, Evidence | None]:
        """An achievement stands, or a new version of it: evidence that is new or otherwise, ``None`` where it went."""
        return self._touch(told.ref, self.suspects.put(told, arrived))

    def withdraw(self, ref: str) -> dict[Pair, Evidence | None]:
        """An achievement is withdrawn: the pairs that are suspected no longer."""
        self._touched |= self._decisions.body(ref)
        return self._touch(ref, self.suspects.drop(ref))

    def decide(self, both: Pair, outcome: DuplicateOutcome) -> None:
        """A person has decided about two achievements."""
        changed = self._decisions.take(both, outcome)
        self._touched |= changed
        for ref in changed:
            for other in self.suspects.of(ref):
                self._open_or_not(pair(ref, other), is_suspected=True)

    def changes(self) -> dict[str, str | None]:
        """Who stands for whom otherwise than before, by reference; ``None`` where nobody does any more."""
        near = self._within_reach()
        standing = {ref: place for ref in near if (place := self.suspects.seniority(ref)) is not None}
        alike = {pair(ref, other) for ref in near for other in self._alike(ref)}
        found = represented(standing, alike, self._decisions.body_of)
        changed: dict[str, str | None] = {}
        for ref in sorted(near | self._touched):
            now = found.get(ref)
            if self._told.get(ref) == now:
                continue
            changed[ref] = now
            if now is None:
                del self._told[ref]
            else:
                self._told[ref] = now
        self._touched.clear()
        return changed

    def undecided(self) -> int:
        """How many pairs are suspected that nobody has decided about."""
        return len(self._open)

    def _touch(self, ref: str, changed: dict[Pair, Evidence | None]) -> dict[Pair, Evidence | None]:
        self._touched.add(ref)
        for both, found in changed.items():
            self._touched.update(both)
            self._open_or_not(both, is_suspected=found is not None)
        return changed

    def _open_or_not(self, both: Pair, *, is_suspected: bool) -> None:
        if is_suspected and self._decisions.is_open(both):
            self._open.add(both)
        else:
            self._open.discard(both)

    def _within_reach(self) -> set[str]:
        """All standing that what was touched is connected with: they are decided together."""
        reached: set[str] = set()
        waiting = list(self._touched)
        while waiting:
            ref = waiting.pop()
            if ref not in reached and self.suspects.seniority(ref) is not None:
                reached.add(ref)
                waiting += self._alike(ref)
                waiting += self._decisions.body(ref)
        return reached

    def _alike(self, ref: str) -> list[str]:
        return [other for other in self.suspects.of(ref) if not self._decisions.is_distinct(pair(ref, other))]
