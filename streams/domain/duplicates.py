"""Which achievements of different institutions may be one and the same: what is suspected, kept fact by fact.

Suspected are two standing achievements of two institutions that have a number of a right in common, or texts in one
language that share a band and are near (``sketches``), where both are among the ``HOLDERS`` most senior ones that have
that number or band: *n* that have one are *n*² pairs. That is a function of what stands, so it does not matter in which
order it came.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from schemas.records import AchievementRegistered, AchievementSketched, Disclosure
from streams.domain import sketches
from streams.domain.right_numbers import right_numbers
from streams.domain.sketches import Runs

#: Two references, the smaller one first.
Pair = tuple[str, str]
#: A number of a right, or a band.
Mark = str | int
#: How many of those that have a mark in common are compared by it: the most senior ones. More tell nothing more.
HOLDERS = 50


def sketched(fact: AchievementRegistered) -> AchievementSketched:
    """What is compared of an achievement."""
    return AchievementSketched(
        institution_id=fact.institution_id,
        achievement_id=fact.achievement_id,
        version=fact.version,
        is_confidential=fact.disclosure is Disclosure.CONFIDENTIAL,
        numbers=right_numbers(fact.ip_rights),
        zh=sketches.packed(sketches.runs(fact.zh)),
        en=sketches.packed(sketches.runs(fact.en)),
    )


class Seniority(NamedTuple):
    """Who comes before whom: what is matched at all, then what has stood longest, then the smaller reference."""

    is_confidential: bool
    since: int
    ref: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """A standing achievement as it is compared. Times are arrivals, in milliseconds since 1970 (UTC)."""

    ref: str
    institution_id: str
    version: int
    numbers: frozenset[str]
    #: Runs and bands by language.
    texts: tuple[Runs, ...]
    bands: tuple[frozenset[int], ...]
    #: When this version came.
    arrived: int
    seniority: Seniority
    #: The texts by which it has its seniority: those of the version that came then.
    claimed: tuple[Runs, ...]

    @property
    def marks(self) -> Iterator[Mark]:
        """All by which it is compared."""
        return itertools.chain(self.numbers, *self.bands)

    def by(self, counts: Callable[[Mark, Seniority], bool]) -> Sketch:
        """It with the marks alone that count at its place."""
        bands = tuple(frozenset(band for band in one if counts(band, self.seniority)) for one in self.bands)
        numbers = frozenset(number for number in self.numbers if counts(number, self.seniority))
        return replace(self, numbers=numbers, bands=bands)


def sketch(told: AchievementSketched, arrived: int, before: Sketch | None) -> Sketch:
    """``told``, which arrived then; it has the seniority of the version ``before`` where it claims nothing new."""
    numbers, texts = frozenset(told.numbers), tuple(map(sketches.unpacked, (told.zh, told.en)))
    since, claimed = arrived, texts
    if before is not None and numbers <= before.numbers and all(map(_is_claimed, texts, before.claimed)):
        since = before.seniority.since
        # What a version gave up is no claim of a later one. Only the first text counts, or small steps lead anywhere.
        claimed = tuple(first if _is_long(now) else now for now, first in zip(texts, before.claimed, strict=True))
    return Sketch(
        told.ref, told.institution_id, told.version, numbers, texts,
        tuple(sketches.bands(one, language) for language, one in enumerate(texts)),
        arrived, Seniority(told.is_confidential, since, told.ref), claimed,
    )  # fmt: skip


def _is_long(text: Runs) -> bool:
    return len(text) >= sketches.LEAST_RUNS


def _is_claimed(text: Runs, first: Runs) -> bool:
    return not _is_long(text) or (_is_long(first) and sketches.similarity(text, first) >= sketches.NEAR)


class Evidence(NamedTuple):
    """Why two achievements may be the same: of the one with the smaller reference first."""

    versions: tuple[int, int]
    numbers: tuple[str, ...]
    similarity: float
    by_text: bool
    #: Arrival of the later version.
    evident: int


def evidence(first: Sketch, second: Sketch) -> Evidence | None:
    """What speaks for one achievement behind both, by the marks they have; ``None`` where that is too little.

    One institution may have both.
    """
    if first.institution_id == second.institution_id:
        return None
    numbers = tuple(sorted(first.numbers & second.numbers))
    alike = [sketches.similarity(*texts) for texts in zip(first.texts, second.texts, strict=True)]
    proposed = [not one.isdisjoint(other) for one, other in zip(first.bands, second.bands, strict=True)]
    by_text = any(part >= sketches.NEAR and may for part, may in zip(alike, proposed, strict=True))
    if not numbers and not by_text:
        return None
    versions = (first.version, second.version)
    return Evidence(versions, numbers, max(alike), by_text, max(first.arrived, second.arrived))


def pair(one: str, other: str) -> Pair:
    """Both references in their order."""
    return (one, other) if one < other else (other, one)


class Suspects:
    """Standing sketches, and for each the others that it is suspected to be the same as."""

    def __init__(self) -> None:
        self._sketches: dict[str, Sketch] = {}
        #: Who has a mark, from the senior one on. Tuples: most have one entry, of some hundred thousand.
        self._holders: dict[Mark, tuple[Seniority, ...]] = {}
        self._found: dict[str, dict[str, Evidence]] = {}

    def put(self, told: AchievementSketched, arrived: int) -> dict[Pair, Evidence | None]:
        """An achievement stands, or a new version of it: evidence that is new or otherwise, ``None`` where it went."""
        before = self._sketches.get(told.ref)
        moved = set() if before is None else self._unlist(before)
        made = self._sketches[told.ref] = sketch(told, arrived, before)
        return self._compared({told.ref, *moved, *self._list(made)})

    def drop(self, ref: str) -> dict[Pair, Evidence | None]:
        """An achievement is withdrawn: the evidence that went, and what takes its place."""
        before = self._sketches.get(ref)
        if before is None:
            return {}
        moved = self._unlist(before)
        changed = self._note(ref, {})
        del self._sketches[ref]
        return changed | self._compared(moved)

    def of(self, ref: str) -> Mapping[str, Evidence]:
        """The others that may be the same as this one, with the evidence."""
        return self._found.get(ref, {})

    def seniority(self, ref: str) -> Seniority | None:
        """The place of a standing achievement among others; ``None`` where it does not stand."""
        found = self._sketches.get(ref)
        return None if found is None else found.seniority

    def pairs(self) -> Iterator[Pair]:
        """All that are suspected, each once."""
        return ((ref, other) for ref, found in self._found.items() for other in found if ref < other)

    def _compared(self, refs: Iterable[str]) -> dict[Pair, Evidence | None]:
        changed: dict[Pair, Evidence | None] = {}
        for ref in sorted(refs):
            one = self._sketches[ref]
            # Most have no mark that another one has.
            is_alone = all(len(self._holders[mark]) == 1 for mark in one.marks)
            changed |= self._note(ref, {} if is_alone else dict(self._against(one.by(self._counts))))
        return changed

    def _counts(self, mark: Mark, place: Seniority) -> bool:
        holders = self._holders[mark]
        return len(holders) <= HOLDERS or place < holders[HOLDERS]

    def _against(self, one: Sketch) -> Iterator[tuple[str, Evidence]]:
        """Others that ``one`` may be the same as."""
        near = {place.ref for mark in one.marks for place in self._holders[mark][:HOLDERS]}
        others = (self._sketches[ref] for ref in near)
        # One institution may have any number of near copies: they cost a look each, and no more.
        for ref in sorted(other.ref for other in others if other.institution_id != one.institution_id):
            found = evidence(*sorted((one, self._sketches[ref].by(self._counts)), key=lambda each: each.ref))
            if found is not None:
                yield ref, found

    def _note(self, ref: str, found: dict[str, Evidence]) -> dict[Pair, Evidence | None]:
        former = self._found.get(ref, {})
        changed: dict[Pair, Evidence | None] = {}
        for other in sorted(former.keys() | found.keys()):
            now = found.get(other)
            if former.get(other) != now:
                changed[pair(ref, other)] = now
            self._set(other, ref, now)
        self._found.pop(ref, None)
        if found:
            self._found[ref] = found
        return changed

    def _set(self, ref: str, other: str, found: Evidence | None) -> None:
        if found is not None:
            self._found.setdefault(ref, {})[other] = found
            return
        mine = self._found[ref]
        del mine[other]
        if not mine:
            del self._found[ref]

    def _list(self, one: Sketch) -> set[str]:
        """The others that are now too many for a mark."""
        moved = set()
        for mark in one.marks:
            holders = self._holders.get(mark, ())
            at = bisect_left(holders, one.seniority)
            self._holders[mark] = (*holders[:at], one.seniority, *holders[at:])
            if at < HOLDERS <= len(holders):
                moved.add(holders[HOLDERS - 1].ref)
        return moved

    def _unlist(self, one: Sketch) -> set[str]:
        """The others that are too many for a mark no more."""
        moved = set()
        for mark in one.marks:
            holders = self._holders[mark]
            at = bisect_left(holders, one.seniority)
            if at < HOLDERS < len(holders):
                moved.add(holders[HOLDERS].ref)
            left = (*holders[:at], *holders[at + 1 :])
            if left:
                self._holders[mark] = left
            else:
                del self._holders[mark]
        return moved
