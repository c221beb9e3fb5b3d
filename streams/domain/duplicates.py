"""Which achievements of different institutions may be one and the same: what is suspected, kept fact by fact.

Suspected are two standing achievements of two institutions that have a number of a right in common, or texts in one
language that share a band and are near (``sketches``). That is a function of the two alone, so it does not matter in
which order they came.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from schemas.records import AchievementRegistered, AchievementSketched, Disclosure
from streams.domain import sketches
from streams.domain.right_numbers import right_numbers
from streams.domain.sketches import Runs

#: Two references, the smaller one first.
Pair = tuple[str, str]
_Name = TypeVar("_Name", str, int)


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
    """What speaks for one achievement behind both; ``None`` where that is too little, or one institution has both."""
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
        self._by_number: dict[str, tuple[str, ...]] = {}
        self._by_band: dict[int, tuple[str, ...]] = {}
        self._found: dict[str, dict[str, Evidence]] = {}

    def put(self, told: AchievementSketched, arrived: int) -> dict[Pair, Evidence | None]:
        """An achievement stands, or a new version of it: evidence that is new or otherwise, ``None`` where it went."""
        before = self._sketches.get(told.ref)
        former = self._found.get(told.ref, {})
        if before is not None:
            self._unlist(before)
        made = self._sketches[told.ref] = sketch(told, arrived, before)
        found = dict(self._against(made))
        self._list(made)
        return self._note(told.ref, former, found)

    def drop(self, ref: str) -> dict[Pair, Evidence | None]:
        """An achievement is withdrawn: the pairs that are suspected no longer."""
        before = self._sketches.pop(ref, None)
        if before is None:
            return {}
        self._unlist(before)
        return self._note(ref, self._found.get(ref, {}), {})

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

    def _against(self, made: Sketch) -> Iterator[tuple[str, Evidence]]:
        """Others that ``made``, which is not listed, may be the same as."""
        near: set[str] = set()
        near.update(*(self._by_number.get(number, ()) for number in made.numbers))
        near.update(*(self._by_band.get(band, ()) for band in itertools.chain(*made.bands)))
        others = (self._sketches[ref] for ref in near)
        # One institution may have any number of near copies: they cost a look each, and no more.
        for ref in sorted(other.ref for other in others if other.institution_id != made.institution_id):
            found = evidence(*sorted((made, self._sketches[ref]), key=lambda one: one.ref))
            if found is not None:
                yield ref, found

    def _note(
        self, ref: str, former: Mapping[str, Evidence], found: dict[str, Evidence]
    ) -> dict[Pair, Evidence | None]:
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

    def _list(self, one: Sketch) -> None:
        # Tuples: most have one entry, of some hundred thousand.
        for number in one.numbers:
            self._by_number[number] = (*self._by_number.get(number, ()), one.ref)
        for band in itertools.chain(*one.bands):
            self._by_band[band] = (*self._by_band.get(band, ()), one.ref)

    def _unlist(self, one: Sketch) -> None:
        for number in one.numbers:
            _strike(self._by_number, number, one.ref)
        for band in itertools.chain(*one.bands):
            _strike(self._by_band, band, one.ref)


def _strike(index: dict[_Name, tuple[str, ...]], name: _Name, ref: str) -> None:
    left = tuple(other for other in index[name] if other != ref)
    if left:
        index[name] = left
    else:
        del index[name]
