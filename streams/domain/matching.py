"""Which achievements are a demand's live matches, and why: the specification, run as it stands by ``techdock verify``.

    score = text × (1 + soft) / (1 + most soft)

``text`` says how much of what the demand asks the achievement's words answer (``weighing``); ``soft`` is industry,
maturity, budget and place. Everything is a whole number until the last division, so a score does not depend on the
order of its sum.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from schemas.records import FIELD_PARTS, Disclosure, Factor, Reason
from streams.domain.profile import AchievementProfile, DemandProfile
from streams.domain.provenance import Split
from streams.domain.weighing import FULL_TEXT

#: Parts of a hundred that text alone gives, and that each soft factor may add in proportion to the text.
TEXT, INDUSTRY, MATURITY, PLACE, BUDGET = 80, 10, 4, 3, 3
#: Parts by the number of characters that two industry codes share from the left, the last for all that are longer.
INDUSTRY_BY_LENGTH = (0, 2, 5, 8, INDUSTRY)
#: Parts where the province, the city, the district is the same.
PLACE_BY_LEVEL = (1, 2, PLACE)
#: Points of a perfect match; a score is points divided by this.
FULL = FULL_TEXT * (TEXT + INDUSTRY + MATURITY + PLACE + BUDGET)
#: Terms named in the reasons; the rest is summed up in one line, so that contributions add up to the score.
TERMS_NAMED = 8


class Rank(NamedTuple):
    """Place of an achievement in a demand's list: more points first, then the smaller reference."""

    minus_points: int
    achievement_ref: str

    @property
    def score(self) -> float:
        """From 0 to 1."""
        return -self.minus_points / FULL


def text_points(achievement: AchievementProfile, demand: DemandProfile) -> int:
    """How much of the demand the achievement's words answer; more than ``FULL_TEXT`` counts no more than that."""
    mine = achievement.terms
    return sum(share * mine.get(term, 0) for term, share in demand.terms.items())


def failed_gates(achievement: AchievementProfile, demand: DemandProfile, now: datetime) -> list[str]:
    """Names of the hard conditions that the pair breaks; an empty list lets it be scored."""
    return [name for name, passes in _GATES if not passes(achievement, demand, now)]


def _is_open(achievement: AchievementProfile, demand: DemandProfile, now: datetime) -> bool:
    return all(end is None or now < end for end in (achievement.closes_at, demand.closes_at))


def _modes_overlap(achievement: AchievementProfile, demand: DemandProfile, _now: datetime) -> bool:
    return not achievement.modes or not demand.modes or not achievement.modes.isdisjoint(demand.modes)


def _is_mature(achievement: AchievementProfile, demand: DemandProfile, _now: datetime) -> bool:
    wanted = demand.maturity_wanted
    return wanted is None or (achievement.maturity is not None and achievement.maturity >= wanted)


def _is_offered_there(achievement: AchievementProfile, demand: DemandProfile, _now: datetime) -> bool:
    places = achievement.territories
    return not places or (demand.district is not None and demand.district.startswith(places))


def _is_disclosed(achievement: AchievementProfile, _demand: DemandProfile, _now: datetime) -> bool:
    return achievement.disclosure is not Disclosure.CONFIDENTIAL


_GATES = (
    ("open", _is_open),
    ("modes", _modes_overlap),
    ("maturity", _is_mature),
    ("territory", _is_offered_there),
    ("disclosure", _is_disclosed),
)
#: Names of the hard conditions.
GATES = tuple(name for name, _ in _GATES)


def soft_factors(achievement: AchievementProfile, demand: DemandProfile) -> tuple[tuple[Factor, str, int], ...]:
    """What speaks for the pair beside its words: factor, detail, parts of a hundred."""
    found = (
        _shared_industry(achievement, demand),
        _closeness(achievement, demand),
        _nearness(achievement, demand),
        _affordability(achievement, demand),
    )
    return tuple(factor for factor in found if factor[2])


def _shared_industry(achievement: AchievementProfile, demand: DemandProfile) -> tuple[Factor, str, int]:
    best = ""
    for mine in achievement.industries:
        for theirs in demand.industries:
            shared = shared_code(mine, theirs)
            best = max(best, shared, key=lambda code: (len(code), code))
    return Factor.INDUSTRY, best, INDUSTRY_BY_LENGTH[min(len(best), 4)]


def shared_code(one: str, other: str) -> str:
    """What two industry codes without section letters begin with alike, where that says anything."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    # One digit of a division says nothing; only a section letter stands alone.
    return one[:length] if length > 1 or one[:length].isalpha() else ""


def _closeness(achievement: AchievementProfile, demand: DemandProfile) -> tuple[Factor, str, int]:
    if achievement.maturity is None or demand.maturity_wanted is None:
        return Factor.MATURITY, "", 0
    distance = abs(achievement.maturity - demand.maturity_wanted)
    return Factor.MATURITY, f"TRL {achievement.maturity} / {demand.maturity_wanted}", max(0, MATURITY - distance)


def _nearness(achievement: AchievementProfile, demand: DemandProfile) -> tuple[Factor, str, int]:
    here, there = achievement.district, demand.district
    if here is None or there is None:
        return Factor.PLACE, "", 0
    for digits, parts in zip((6, 4, 2), reversed(PLACE_BY_LEVEL), strict=True):
        if here[:digits] == there[:digits]:
            return Factor.PLACE, here[:digits], parts
    return Factor.PLACE, "", 0


def _affordability(achievement: AchievementProfile, demand: DemandProfile) -> tuple[Factor, str, int]:
    price, budget = achievement.price, demand.budget
    if price is None or budget is None or price.currency != budget.currency or price.amount > budget.amount:
        return Factor.BUDGET, "", 0
    return Factor.BUDGET, f"{price.amount} ≤ {budget.amount} {budget.currency}", BUDGET


def points(text: int, achievement: AchievementProfile, demand: DemandProfile) -> int:
    """Points of a pair whose words are worth ``text``, from 0 to ``FULL``."""
    return min(text, FULL_TEXT) * (TEXT + sum(parts for _, _, parts in soft_factors(achievement, demand)))


class Shared(NamedTuple):
    """What an achievement and a demand have in common, word by word."""

    #: What each term that both have adds to the text of the pair.
    by_term: Mapping[str, int]
    #: Terms of the achievement that do not stand in its abstract alone.
    fields: Mapping[str, Split]


def shared_terms(achievement: AchievementProfile, demand: DemandProfile) -> Shared:
    """What the words of the pair have in common."""
    mine, asked = achievement.terms, demand.terms
    return Shared({term: asked[term] * mine[term] for term in asked.keys() & mine.keys()}, achievement.fields)


def reasons(
    achievement: AchievementProfile, demand: DemandProfile, shared: Shared, terms: int = TERMS_NAMED
) -> tuple[Reason, ...]:
    """Contributions that sum to the score, largest first; then the gates that passed, then what was cut.

    So many ``terms`` are named, one of the demand's translation with the demand's own word for it: ``电池 ~ batteri``.
    ``shared`` is what ``shared_terms`` says; the terms of the profiles themselves are not looked at.
    """
    by_term, fields = shared
    whole = sum(by_term.values())
    text = min(whole, FULL_TEXT)
    unit = TEXT * text / whole / FULL if whole else 0.0
    named = sorted(by_term.items(), key=lambda item: (-item[1], item[0]))
    found = [
        Reason(Factor.TERM, _told(term, demand), part * unit, *fields.get(term, _ABSTRACT))
        for term, part in named[:terms]
    ]
    if named[terms:]:
        found.append(_others(named[terms:], fields, unit))
    found += [
        Reason(factor, what, text * parts / FULL, *_NO_FIELD)
        for factor, what, parts in soft_factors(achievement, demand)
    ]
    found.sort(key=lambda reason: (-reason.contribution, reason.detail))
    return (*found, *_GATES_PASSED, *_cut("achievement", achievement), *_cut("demand", demand))


def _others(terms: list[tuple[str, int]], fields: Mapping[str, Split], unit: float) -> Reason:
    """What ``terms`` contribute together, by fields as near as parts can say."""
    whole = title = keywords = 0
    for term, part in terms:
        whole += part
        if term in fields:
            in_title, in_keywords = fields[term]
            title += part * in_title
            keywords += part * in_keywords
    first = round(title / whole)
    second = min(FIELD_PARTS - first, round(keywords / whole))
    return Reason(Factor.TERM, f"+{len(terms)}", whole * unit, first, second)


def _cut(side: str, profile: AchievementProfile | DemandProfile) -> list[Reason]:
    return [Reason(Factor.CUT, f"{side}, {what}", 0.0, *_NO_FIELD) for what in profile.cut]


#: Parts of title and keywords of a term that stands in the abstract alone, and of what is no term.
_ABSTRACT, _NO_FIELD = (0, 0), (-1, -1)
#: What reasons say of the gates: only a pair that passes all of them is a match.
_GATES_PASSED = tuple(Reason(Factor.GATE, name, 0.0, *_NO_FIELD) for name in GATES)


def _told(term: str, demand: DemandProfile) -> str:
    source = demand.sources.get(term, term)
    return term if source == term else f"{source} ~ {term}"


def threshold_points(threshold: float) -> int:
    """Least points of a match, for a threshold from 0 to 1; never 0, for a match shares at least a word."""
    return max(1, round(threshold * FULL))


def best(found: Iterable[Rank], wanted: int) -> list[Rank]:
    """The first ``wanted`` of the ranks that were ``found``."""
    return heapq.nsmallest(wanted, found)


def live_matches(
    achievements: Mapping[str, AchievementProfile],
    demands: Mapping[str, DemandProfile],
    now: datetime,
    threshold: float,
) -> dict[str, list[Rank]]:
    """The matches that hold at ``now``, by demand, by trying every pair: what live matches *are*.

    ``achievements`` leave out what is withdrawn, exclusively contracted, or represented by another
    (``representation.represented``).
    """
    live = {}
    for ref, demand in demands.items():
        found = best(ranks(achievements.values(), demand, now, threshold), demand.matches_wanted)
        if found:
            live[ref] = found
    return live


def ranks(
    achievements: Iterable[AchievementProfile], demand: DemandProfile, now: datetime, threshold: float
) -> Iterator[Rank]:
    """Those of ``achievements`` that pass the gates and reach the threshold for ``demand``, in no order."""
    least = threshold_points(threshold)
    for achievement in achievements:
        worth = points(text_points(achievement, demand), achievement, demand)
        if worth >= least and not failed_gates(achievement, demand, now):
            yield Rank(-worth, achievement.ref)
