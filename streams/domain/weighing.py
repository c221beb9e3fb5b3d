"""What the words of a record weigh: how much each says of an achievement, how much of a demand each is.

An achievement's words weigh by how much likelier they are in it than in the language at large, a query-likelihood
score with Jelinek-Mercer smoothing (Zhai & Lafferty 2004)::

    weight(t) = ln(1 + (1 - λ) / λ · count(t) / length / share(t)) · (usual mass / mass) ^ spread

Its title and keywords count more than its abstract (``counts.OFFERED``), and the abstract's beginning twice.

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
from streams.domain.counts import ASKED, OFFERED, Counts, Said, counted, counts_by_field, said
from streams.domain.lexicon import Array, Mentions
from streams.domain.model import Language, ScoringModel
from streams.domain.text import occurrence
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


class Offered(NamedTuple):
    """What an achievement offers."""

    #: What each term weighs, from 1 to ``SATURATED``.
    terms: dict[str, int]
    #: How often each text says its terms, by field.
    counts: tuple[Counts, ...]


def offered(zh: Text | None, en: Text | None, model: ScoringModel) -> Offered:
    """What an achievement offers. Two languages say the same twice, so that each counts half."""
    texts = [(text, language) for text, language in ((zh, model.zh), (en, model.en)) if text is not None]
    told = [(_offered_counts(text, language, model), language) for text, language in texts]
    parts = [_offered(counts.every, language, model) for counts, language in told]
    terms = parts[0] if parts else {}
    if len(parts) > 1:
        terms = {term: weight / 2 for term, weight in parts[0].items()}
        for term, weight in parts[1].items():
            terms[term] = terms.get(term, 0.0) + weight / 2
    weights = {term: round(SATURATED * weight) or 1 for term, weight in terms.items()}
    return Offered(weights, tuple(counts for counts, _ in told))


def _offered(counts: Mapping[str, float], language: Language, model: ScoringModel) -> dict[str, float]:
    nats = _weights(counts, language, model)
    if not nats:
        return {}
    scale = (language.usual_mass / math.fsum(nats.values())) ** model.spread / model.saturation
    return {term: share if (share := weight * scale) < 1.0 else 1.0 for term, weight in nats.items()}


def mass(text: Text, language: Language, model: ScoringModel) -> float:
    """The sum of what the terms of an achievement weigh, in nats."""
    return math.fsum(_weights(_offered_counts(text, language, model).every, language, model).values())


def _offered_counts(text: Text, language: Language, model: ScoringModel) -> Counts:
    return counts_by_field(said(text, OFFERED, language.lead), model.surprisal)


def _weights(counts: Mapping[str, float], language: Language, model: ScoringModel) -> dict[str, float]:
    odds = (1 - language.smoothing) / language.smoothing / max(1.0, math.fsum(counts.values()))
    shares, log1p = model.shares(language), math.log1p
    return {term: log1p(odds * count / shares[term]) for term, count in counts.items()}


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
    told = [
        (name, said(text, ASKED), language)
        for name, text, language in (("zh", zh, model.zh), ("en", en, model.en))
        if text is not None
    ]
    found: dict[str, int] = {}
    for name, text, language in told:
        mentions = _mentions(text, language, model)
        found[name] = len(mentions.terms)
        for term, share in shares(_weighed(mentions, language, model)).items():
            terms[term] = max(share, terms.get(term, 0))
    own = Asked(terms, {}, found)
    if len(told) != 1:
        return own
    if zh is None:
        return _both(own, "zh", model.translator.chinese(told[0][1]), model)
    return _both(own, "en", model.translator.english(told[0][1]), model)


def _both(own: Asked, name: str, told: Translation, model: ScoringModel) -> Asked:
    """``own``, and what a translation adds: a word that stands in both counts as in the text itself."""
    language = model.zh if name == "zh" else model.en
    more = shares(_weighed(told.mentions, language, model), language.translated)
    added = {term: share for term, share in more.items() if term not in own.terms}
    named = heapq.nlargest(_SOURCES, added, key=lambda term: (added[term] * model.rarity(term, language), term))
    found = {**own.found, f"{name} translation": len(told.mentions.terms)}
    return Asked({**own.terms, **added}, told.sources(named), found)


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
