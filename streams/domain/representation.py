"""Which achievement stands in matches for others that may be the same: each is matched once.

Achievements that a person has merged are one *body*, also through a third. A body stands unless one that it is
suspected to be the same as stands and is senior to it; what a person has told apart does not count as suspected. Of a
body that stands, the senior member does. So of two that may be the same never both stand, and one that is like a
second, which is like a third, does not go down with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from schemas.records import DuplicateOutcome
from streams.domain.duplicates import Pair, Seniority


def represented(
    standing: Mapping[str, Seniority], suspected: Iterable[Pair], body_of: Callable[[str], str]
) -> dict[str, str]:
    """Those of ``standing`` that another one stands for, with that one: the specification, also run as it stands.

    ``suspected`` are pairs that nobody has told apart; one that does not stand counts for nothing.
    """
    members: defaultdict[str, list[str]] = defaultdict(list)
    for ref in standing:
        members[body_of(ref)].append(ref)
    senior = {body: min(refs, key=standing.__getitem__) for body, refs in members.items()}
    alike: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in suspected:
        if one in standing and other in standing and body_of(one) != body_of(other):
            alike[body_of(one)].add(body_of(other))
            alike[body_of(other)].add(body_of(one))
    stands: set[str] = set()
    found: dict[str, str] = {}
    for body in sorted(members, key=lambda body: standing[senior[body]]):
        before = [senior[other] for other in alike[body] & stands]
        if not before:
            stands.add(body)
        stand_in = min(before, key=standing.__getitem__, default=senior[body])
        found.update((ref, stand_in) for ref in members[body] if ref != stand_in)
    return found


class Decisions:
    """What people have decided about pairs; the last decision about a pair holds."""

    def __init__(self) -> None:
        self._outcomes: dict[Pair, DuplicateOutcome] = {}
        #: All that are merged with an achievement, itself included, where there are any.
        self._bodies: dict[str, frozenset[str]] = {}

    def take(self, pair: Pair, outcome: DuplicateOutcome) -> set[str]:
        """A person decides; all whose bodies may be others now."""
        before = self.body(pair[0]) | self.body(pair[1])
        self._outcomes[pair] = outcome
        for ref in before:
            self._bodies.pop(ref, None)
        self._join(before)
        return {*before, *self.body(pair[0]), *self.body(pair[1])}

    def body(self, ref: str) -> frozenset[str]:
        """All that are merged with an achievement, itself included."""
        return self._bodies.get(ref) or frozenset((ref,))

    def body_of(self, ref: str) -> str:
        """The name of its body: the smallest reference in it."""
        return min(self.body(ref))

    def is_distinct(self, pair: Pair) -> bool:
        """Whether a person has told the two apart."""
        return self._outcomes.get(pair) is DuplicateOutcome.DISTINCT

    def is_open(self, pair: Pair) -> bool:
        """Whether nobody has decided about the two, also not through a third."""
        return not self.is_distinct(pair) and pair[1] not in self.body(pair[0])

    def _join(self, refs: Collection[str]) -> None:
        """Make bodies of ``refs`` anew, which have no merge with any other."""
        for (one, other), outcome in self._outcomes.items():
            if outcome is DuplicateOutcome.MERGE and one in refs and other in refs:
                joined = self.body(one) | self.body(other)
                self._bodies.update(dict.fromkeys(joined, joined))
