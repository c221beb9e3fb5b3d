"""Duplicates as they should be, computed from the register by comparing all with all, against what the lane told.

Every pair of texts that are near is found, whatever bands they have. The bands by which the lane proposes pairs are
looked at only afterwards, because they are part of what *suspected* means, as is how many may have one mark; what they
leave out is counted.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from infra import reading
from schemas import codec, topics
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    DuplicateResolved,
    DuplicateRetracted,
    DuplicateSuspected,
    Record,
)
from streams.domain import sketches
from streams.domain.duplicates import (
    HOLDERS,
    Evidence,
    Mark,
    Pair,
    Seniority,
    Sketch,
    evidence,
    pair,
    sketch,
    sketched,
)
from streams.domain.representation import Decisions, represented
from streams.domain.sketches import Runs
from streams.register import decoded, told_representation

Difference = Mapping[str, object]


@dataclass(slots=True)
class Standing:
    """What stands in the register, as it is compared."""

    achievements: dict[str, Sketch] = field(default_factory=dict)

    def take(self, fact: Record, arrived: int) -> None:
        """One more record of the register, in the order of its partition."""
        match fact:
            case AchievementRegistered():
                self.achievements[fact.ref] = sketch(sketched(fact), arrived, self.achievements.get(fact.ref))
            case AchievementWithdrawn():
                self.achievements.pop(fact.ref, None)


@dataclass(slots=True)
class Outcome:
    """What is suspected, with the evidence, and who stands for whom."""

    suspected: dict[Pair, Evidence]
    represented: Mapping[str, str]
    #: Pairs whose texts are near, and those of them that no band proposes.
    near: int = 0
    unproposed: int = 0


@dataclass(slots=True)
class DuplicateReport:
    """How much was compared, every difference, and who should stand for whom."""

    checked: dict[str, int]
    differences: list[Difference]
    represented: Mapping[str, str]


def check(bootstrap: str) -> DuplicateReport:
    """Compare what the lane told with what follows from the register and the decisions; raises ``Unavailable``."""
    standing = Standing()
    for message in reading.committed_records(bootstrap, [topics.ACHIEVEMENTS.name]):
        standing.take(codec.decode(message.value()), message.timestamp()[1])
    should = expected(standing, (told for _, _, told in decoded(bootstrap, topics.DUPLICATE_DECISIONS)))
    does = Outcome(
        suspected_as_told(told for _, _, told in decoded(bootstrap, topics.DUPLICATES)), told_representation(bootstrap)
    )
    checked = {
        "duplicates_suspected": len(should.suspected),
        "achievements_represented": len(should.represented),
        "near_texts": should.near,
        "near_texts_not_proposed": should.unproposed,
    }
    return DuplicateReport(checked, [*differences(should, does)], should.represented)


def expected(standing: Standing, decided: Iterable[Record]) -> Outcome:
    """What follows from what stands and from the decisions, in their order."""
    near = _near(standing.achievements)
    found = _among_the_first(standing.achievements)
    unproposed = len(near)
    suspected = {}
    for both in near | _of_one_number(found):
        one = evidence(found[both[0]], found[both[1]])
        if one is not None:
            suspected[both] = one
            unproposed -= one.by_text
    decisions = Decisions()
    for told in decided:
        if isinstance(told, DuplicateResolved):
            decisions.take(told.pair, told.outcome)
    alike = (both for both in suspected if not decisions.is_distinct(both))
    places = {ref: one.seniority for ref, one in found.items()}
    return Outcome(suspected, represented(places, alike, decisions.body_of), len(near), unproposed)


def _near(found: Mapping[str, Sketch]) -> set[Pair]:
    """Pairs of two institutions whose texts, in one language, are near.

    Two such texts have so many runs in common that, of each text in the same order, the first ones that ``NEAR`` does
    not ask for, and one more, cannot all be others (prefix filter: Chaudhuri et al. 2006). So none is missed, and with
    rare runs first few are looked at.
    """
    pairs: set[Pair] = set()
    for language in range(2):
        texts = {ref: one.texts[language] for ref, one in found.items()}
        long = {ref: text for ref, text in texts.items() if len(text) >= sketches.LEAST_RUNS}
        # By institution, so that the copies of one are not looked at for one another.
        holders: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for ref, first in _rare_first(long):
            mine = found[ref].institution_id
            theirs = (refs for run in first for by, refs in holders[run].items() if by != mine)
            pairs |= {pair(ref, other) for other in set().union(*theirs) if _are_near(long[ref], long[other])}
            for run in first:
                holders[run][mine].append(ref)
    return pairs


def _rare_first(texts: Mapping[str, Runs]) -> Iterator[tuple[str, list[int]]]:
    """Of each text the rarest runs, so many that no near text can be without all of them."""
    if not texts:
        return
    known, times = np.unique(np.concatenate([*texts.values()]), return_counts=True)
    for ref, text in texts.items():
        order = np.lexsort((text, times[np.searchsorted(known, text)]))
        yield ref, text[order[: len(text) - int(sketches.NEAR * len(text)) + 1]].tolist()


def _are_near(one: Runs, other: Runs) -> bool:
    return sketches.similarity(one, other) >= sketches.NEAR


def _among_the_first(found: Mapping[str, Sketch]) -> dict[str, Sketch]:
    """Each with the marks alone of which it is among the first ``HOLDERS``."""
    places: defaultdict[Mark, list[Seniority]] = defaultdict(list)
    for one in found.values():
        for mark in one.marks:
            places[mark].append(one.seniority)
    last = {mark: sorted(those)[HOLDERS - 1] for mark, those in places.items() if len(those) > HOLDERS}
    crowded = {ref: one for ref, one in found.items() if not last.keys().isdisjoint(one.marks)}
    return {**found, **{ref: one.by(lambda mark, at: at <= last.get(mark, at)) for ref, one in crowded.items()}}


def _of_one_number(found: Mapping[str, Sketch]) -> set[Pair]:
    """Pairs of two institutions that have a number in common."""
    holders: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for ref, one in found.items():
        for number in one.numbers:
            holders[number][one.institution_id].append(ref)
    return {
        pair(*both)
        for by_institution in holders.values()
        for groups in itertools.combinations(by_institution.values(), 2)
        for both in itertools.product(*groups)
    }


def suspected_as_told(events: Iterable[Record]) -> dict[Pair, Evidence]:
    """What is suspected by what was told, in its order."""
    found: dict[Pair, Evidence] = {}
    for told in events:
        match told:
            case DuplicateSuspected():
                versions = (told.first_version, told.second_version)
                evident = _milliseconds(told.evident_at)
                found[told.pair] = Evidence(versions, told.numbers, told.similarity, told.by_text, evident)
            case DuplicateRetracted():
                found.pop(told.pair, None)
    return found


def _milliseconds(moment: datetime) -> int:
    return round((moment - datetime.fromtimestamp(0, UTC)).total_seconds() * 1000)


def differences(should: Outcome, does: Outcome) -> Iterator[Difference]:
    """Every suspicion, and every achievement that another one stands for, that is not as it should be."""
    for both in sorted(should.suspected.keys() | does.suspected.keys()):
        wanted, found = should.suspected.get(both), does.suspected.get(both)
        if wanted != found:
            yield {"what": "duplicate", "achievements": both, "expected": wanted, "found": found}
    for ref in sorted(should.represented.keys() | does.represented.keys()):
        by, told = should.represented.get(ref), does.represented.get(ref)
        if by != told:
            yield {"what": "representation", "achievement": ref, "expected": by, "found": told}
