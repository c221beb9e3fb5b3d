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

import heapq
import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from schemas.records import Text
from streams.domain.lexicon import Array, Mentions
from streams.domain.model import Language, ScoringModel
from streams.domain.text import ASKED, OFFERED, Said, counted, occurrence, said
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
#: Parts of an occurrence in a sum: of the longest text they leave ten bits of 64.
_PARTS = 2.0**32


def offered_terms(zh: Text | None, en: Text | None, model: ScoringModel) -> dict[str, int]:
    """What each term of an achievement weighs, from 1 to ``SATURATED``.

    Two languages say the same twice, so that each counts half.
    """
    parts = [_offered(text, language, model) for text, language in ((zh, model.zh), (en, model.en)) if text is not None]
    terms = parts[0] if parts else {}
    if len(parts) > 1:
        both = [*parts[0], *(term for term in parts[1] if term not in parts[0])]
        terms = {term: math.fsum(part.get(term, 0.0) / len(parts) for part in parts) for term in both}
    return {term: round(SATURATED * weight) or 1 for term, weight in terms.items()}


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
    counts = counted(said(text, OFFERED), model.surprisal)
    odds = (1 - language.smoothing) / language.smoothing / max(1.0, math.fsum(counts.values()))
    shares, log1p = model.shares(language), math.log1p
    return {term: log1p(odds * count / shares[term]) for term, count in counts.items()}


class Asked(NamedTuple):
    """What a demand asks."""

    #: What share of it each term is.
    terms: dict[str, int]
    #: The demand's own word for the heaviest terms of a translation.
    sources: dict[str, str]


def asked(zh: Text | None, en: Text | None, model: ScoringModel) -> Asked:
    """What a demand asks, in both languages.

    A language's shares add up to about ``SHARES``; those of a translation to as many times that as the model says, so
    that what answers a demand in the other language scores like what answers it in its own.
    """
    terms: dict[str, int] = {}
    told = [(said(text, ASKED), language) for text, language in ((zh, model.zh), (en, model.en)) if text is not None]
    for text, language in told:
        for term, share in shares(_weighed(_mentions(text, language, model), language, model)).items():
            terms[term] = max(share, terms.get(term, 0))
    if len(told) != 1:
        return Asked(terms, {})
    if zh is None:
        return _both(terms, model.translator.chinese(told[0][0]), model.zh, model)
    return _both(terms, model.translator.english(told[0][0]), model.en, model)


def _both(terms: dict[str, int], told: Translation, language: Language, model: ScoringModel) -> Asked:
    """``terms``, and what a translation adds: a word that stands in both counts as in the text itself."""
    more = shares(_weighed(told.mentions, language, model), language.translated)
    added = {term: share for term, share in more.items() if term not in terms}
    named = heapq.nlargest(_SOURCES, added, key=lambda term: (added[term] * model.rarity(term, language), term))
    return Asked({**terms, **added}, told.sources(named))


def _mentions(text: Said, language: Language, model: ScoringModel) -> Mentions:
    counts = counted(text, model.surprisal)
    shares_, surprisal = model.shares(language), model.surprisal
    rarity = [surprisal.get(term, language.unseen) for term in counts]
    share = [shares_[term] for term in counts]
    once = [occurrence(term) for term in counts]
    return Mentions([*counts], *(np.array(values, np.float64) for values in ([*counts.values()], rarity, share, once)))


def _weighed(terms: Mentions, language: Language, model: ScoringModel) -> dict[str, float]:
    weighed = salient(terms, language) + model.mention * np.minimum(terms.times, terms.once)
    if len(weighed) <= MOST_TERMS:
        return dict(zip(terms.terms, weighed.tolist(), strict=True))
    order = weighed * terms.rarity
    least = np.partition(order, -MOST_TERMS)[-MOST_TERMS]
    found = [(order[n], terms.terms[n], float(weighed[n])) for n in np.flatnonzero(order >= least).tolist()]
    return {term: weight for _, term, weight in sorted(found, reverse=True)[:MOST_TERMS]}


def salient(terms: Mentions, language: Language) -> Array:
    """Of the occurrences of each term, how many speak of what the text is about; by expectation maximisation."""
    at_large = (1 - language.salience) * terms.share
    occurrences = terms.times
    for _ in range(_ROUNDS):
        # In whole parts, so that the sum does not depend on the order of the terms.
        whole = int((occurrences * _PARTS).astype(np.int64).sum()) / _PARTS
        if not whole:
            break
        own = (language.salience / whole) * occurrences
        occurrences = terms.times * (own / (own + at_large))
    return occurrences


def shares(weighed: Mapping[str, float], times: float = 1.0) -> dict[str, int]:
    """``weighed`` in parts of ``SHARES``, so many times. Rounded down, so that they never add up to more than that."""
    whole = math.fsum(weighed.values())
    found = {term: min(SHARES, int(times * SHARES * part / whole)) for term, part in weighed.items()} if whole else {}
    return {term: share for term, share in found.items() if share}
