"""The best of all lanes' candidates for one demand, and how it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.records import WithdrawalReason

#: Achievement version and demand version.
Versions = tuple[int, int]


class Entry(NamedTuple):
    """One candidate; ``data`` is whatever tells it to others, kept as it came."""

    score: float
    versions: Versions
    #: How many matches this version of the demand wants.
    wanted: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Entered:
    """A match that is new, or still holds with another score or version."""

    achievement_ref: str
    entry: Entry
    is_new: bool


@dataclass(frozen=True, slots=True)
class Left:
    """A match that no longer holds; ``entry`` is how it was told last."""

    achievement_ref: str
    entry: Entry
    reason: WithdrawalReason


@dataclass(slots=True)
class Standing:
    """All candidates of one demand, and which of them are live."""

    entries: dict[str, Entry] = field(default_factory=dict)
    live: dict[str, Entry] = field(default_factory=dict)

    def wanted(self) -> int:
        """How many matches the latest version of the demand wants that an entry is for.

        Entries alone say so: a lane that lags behind may still speak of a former version when nothing of it is left.
        """
        latest = max(self.entries.values(), key=lambda entry: entry.versions[1], default=None)
        return 0 if latest is None else latest.wanted

    def best(self) -> dict[str, Entry]:
        """The candidates that should be live: most score first, ties by reference."""
        # Two lanes give at most twice what is wanted: sorting so few is quicker than a heap.
        ranked = sorted(self.entries.items(), key=lambda item: (-item[1].score, item[0]))
        return dict(ranked[: self.wanted()])

    def settle(self, gone: Mapping[str, WithdrawalReason]) -> Iterator[Entered | Left]:
        """How the live matches change; ``gone`` are candidates that a lane took back, and why."""
        best = self.best()
        for ref in sorted(self.live.keys() - best.keys()):
            yield Left(ref, self.live[ref], gone.get(ref, WithdrawalReason.OUTRANKED))
        for ref, entry in best.items():
            before = self.live.get(ref)
            if before is None or before[:2] != entry[:2]:
                yield Entered(ref, entry, before is None)
        self.live = best
