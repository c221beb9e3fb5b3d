"""What the words of a record weigh: how much each says of an achievement, how much of a demand each is.

An achievement's words weigh by how much likelier they are in it than in the language at large, a query-likelihood
score with Jelinek-Mercer smoothing (Zhai & Lafferty 2004)::

    weight(t) = ln(1 + (1 - λ) / λ · count(t) / length / share(t)) · (usual mass / mass) ^ spread

A demand's words weigh by how many of their occurrences speak of this demand and not of how demands are written, which
a parsimonious model tells apart (Hiemstra, Robertson & Zaragoza 2004), and a little for being mentioned at all::

    asked(t) = salient occurrences(t) + mention

A demand in one language also asks in the other, with the words that are to be expected in its translation.
"""

from __future__ import annotations

import functools
import heapq
import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from schemas.records import Text
from streams.domain.model import Language, ScoringModel
from streams.domain.text import ASKED, OFFERED, Counts, counts_by_field, is_word_pair, occurrence, term_counts
from streams.domain.translation import Translation

#: An achievement's weight of a term, at most.
SATURATED = 1 << 12
#: A demand's weights of its terms in one language add up to this, less what rounding down takes.
#: They fit into 16 bits each, and no sum of products of a text and its translation leaves 31.
SHARES = (1 << 16) - 1
#: A text that answers a demand in full.
FULL_TEXT = SATURATED * SHARES
#: Terms of a demand in one language, at most: the ranking of long demands is the same with half of them.
MOST_TERMS = 256
#: Translated terms of a demand whose source is kept, for the reasons of its matches.
_SOURCES = 64
#: The salient occurrences settle by then.
_ROUNDS = 10


def offered_terms(zh: Text | None, en: Text | None, model: ScoringModel) -> dict[str, int]:
    """What each term of an achievement weighs, from 1 to ``SATURATED``.

    Two languages say the same twice, so that each counts half.
    """
    parts = [_offered(text, language, model) for text, language in ((zh, model.zh), (en, model.en)) if text is not None]
    terms: dict[str, float] = {}
    for part in parts:
        for term, weight in part.items():
            terms[term] = terms.get(term, 0.0) + weight / len(parts)
    return {term: max(1, round(SATURATED * weight)) for term, weight in terms.items()}


def _offered(text: Text, language: Language, model: ScoringModel) -> dict[str, float]:
    nats = _nats(text, language, model)
    if not nats:
        return {}
    scale = (language.usual_mass / math.fsum(nats.values())) ** model.spread / model.saturation
    return {term: min(1.0, weight * scale) for term, weight in nats.items()}


def mass(text: Text, language: Language, model: ScoringModel) -> float:
    """The sum of what the terms of an achievement weigh, in nats."""
    return math.fsum(_nats(text, language, model).values())


def _nats(text: Text, language: Language, model: ScoringModel) -> dict[str, float]:
    counts = _known(offered_counts(text).every, model)
    odds = (1 - language.smoothing) / language.smoothing / max(1.0, math.fsum(counts.values()))
    return {term: math.log1p(odds * count / model.share(term, language)) for term, count in counts.items()}


# Asked again for the fields that terms stand in, before the next record comes with up to two texts.
@functools.lru_cache(maxsize=2)
def offered_counts(text: Text) -> Counts:
    """How often each term occurs in the text of an achievement, by the weights of its fields."""
    return counts_by_field(text, OFFERED)


def _known(counts: Mapping[str, float], model: ScoringModel) -> dict[str, float]:
    """Without pairs of words that the model has not seen: there are too many, and most stand in one text only."""
    return {term: count for term, count in counts.items() if term in model.surprisal or not is_word_pair(term)}


class Asked(NamedTuple):
    """What a demand asks."""

    #: What share of it each term is.
    terms: dict[str, int]
    #: The demand's own word for the heaviest terms of a translation.
    sources: dict[str, str]
    #: How many terms there were by language, before only the weightiest were kept.
    found: dict[str, int]


def asked(zh: Text | None, en: Text | None, model: ScoringModel) -> Asked:
    """What a demand asks, in both languages.

    A language's shares add up to about ``SHARES``; those of a translation to as many times that as the model says, so
    that what answers a demand in the other language scores like what answers it in its own.
    """
    terms: dict[str, int] = {}
    found: dict[str, int] = {}
    for name, text, language in (("zh", zh, model.zh), ("en", en, model.en)):
        if text is not None:
            counts = _known(term_counts(text, ASKED), model)
            found[name] = len(counts)
            for term, share in shares(_weighed(counts, language, model)).items():
                terms[term] = max(share, terms.get(term, 0))
    if zh is None and en is not None:
        told = model.translator.chinese(en, ASKED)
        return _both(Asked(terms, {}, {**found, "zh translation": len(told.counts)}), told, model.zh, model)
    if en is None and zh is not None:
        told = model.translator.english(zh, ASKED)
        return _both(Asked(terms, {}, {**found, "en translation": len(told.counts)}), told, model.en, model)
    return Asked(terms, {}, found)


def _both(own: Asked, told: Translation, language: Language, model: ScoringModel) -> Asked:
    """``own``, and what a translation adds: a word that stands in both counts as in the text itself."""
    more = shares(_weighed(told.counts, language, model), language.translated)
    added = {term: share for term, share in more.items() if term not in own.terms}
    named = heapq.nlargest(_SOURCES, added, key=lambda term: (added[term] * model.rarity(term, language), term))
    sources = {term: told.sources[term] for term in named if term in told.sources}
    return Asked({**own.terms, **added}, sources, own.found)


def _weighed(counts: Mapping[str, float], language: Language, model: ScoringModel) -> Mapping[str, float]:
    found = salient(counts, language, model)
    weighed = {term: found[term] + model.mention * min(count, occurrence(term)) for term, count in counts.items()}
    if len(weighed) <= MOST_TERMS:
        return weighed
    kept = heapq.nlargest(MOST_TERMS, weighed, key=lambda term: (weighed[term] * model.rarity(term, language), term))
    return {term: weighed[term] for term in kept}


def salient(counts: Mapping[str, float], language: Language, model: ScoringModel) -> dict[str, float]:
    """Of the occurrences of each term, how many speak of what the text is about; by expectation maximisation."""
    # Products and quotients of arrays are those of single numbers to the last bit, and so is an exact sum.
    times = np.fromiter(counts.values(), np.float64, len(counts))
    shares_ = np.fromiter((model.share(term, language) for term in counts), np.float64, len(counts))
    at_large = (1 - language.salience) * shares_
    occurrences = times
    for _ in range(_ROUNDS):
        whole = math.fsum(occurrences.tolist())
        if not whole:
            break
        own = language.salience * occurrences / whole
        occurrences = times * own / (own + at_large)
    return dict(zip(counts, occurrences.tolist(), strict=True))


def shares(weighed: Mapping[str, float], times: float = 1.0) -> dict[str, int]:
    """``weighed`` in parts of ``SHARES``, so many times. Rounded down, so that they never add up to more than that."""
    whole = math.fsum(weighed.values())
    found = {term: min(SHARES, int(times * SHARES * part / whole)) for term, part in weighed.items()} if whole else {}
    return {term: share for term, share in found.items() if share}
