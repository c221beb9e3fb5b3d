"""What the words of a record weigh: how much each says of an achievement, how much of a demand each is.

An achievement's words weigh by how much likelier they are in it than in the language at large, a query-likelihood
score with Jelinek-Mercer smoothing (Zhai & Lafferty 2004)::

    weight(t) = ln(1 + (1 - λ) / λ · count(t) / length / share(t)) · (usual mass / mass) ^ spread

A demand's words weigh by how many of their occurrences speak of this demand and not of how demands are written, which
a parsimonious model tells apart (Hiemstra, Robertson & Zaragoza 2004), and a little for being mentioned at all::

    asked(t) = salient occurrences(t) + mention
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping

from schemas.records import Text
from streams.domain.model import Language, ScoringModel
from streams.domain.text import ASKED, OFFERED, occurrence, term_counts

#: An achievement's weight of a term, at most.
SATURATED = 1 << 12
#: A demand's weights of its terms in one language add up to this, less what rounding down takes.
#: They fit into 16 bits each, and no sum of products in two languages leaves 31.
SHARES = (1 << 16) - 1
#: A text that answers a demand in full.
FULL_TEXT = SATURATED * SHARES
#: Terms of a demand in one language, at most: the ranking of long demands is the same with half of them.
MOST_TERMS = 256
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
    counts = term_counts(text, OFFERED)
    odds = (1 - model.smoothing) / model.smoothing / max(1.0, math.fsum(counts.values()))
    return {term: math.log1p(odds * count / model.share(term, language)) for term, count in counts.items()}


def asked_terms(zh: Text | None, en: Text | None, model: ScoringModel) -> dict[str, int]:
    """What share of a demand each of its terms is; a language's shares add up to about ``SHARES``."""
    terms: dict[str, int] = {}
    for text, language in ((zh, model.zh), (en, model.en)):
        if text is not None:
            for term, share in shares(_asked(text, language, model)).items():
                terms[term] = max(share, terms.get(term, 0))
    return terms


def _asked(text: Text, language: Language, model: ScoringModel) -> Mapping[str, float]:
    counts = term_counts(text, ASKED)
    found = salient(counts, language, model)
    asked = {term: found[term] + model.mention * occurrence(term) for term in counts}
    if len(asked) <= MOST_TERMS:
        return asked
    nats = {term: -math.log(model.share(term, language)) for term in asked}
    kept = heapq.nlargest(MOST_TERMS, asked, key=lambda term: (asked[term] * nats[term], term))
    return {term: asked[term] for term in kept}


def salient(counts: Mapping[str, float], language: Language, model: ScoringModel) -> dict[str, float]:
    """Of the occurrences of each term, how many speak of what the text is about; by expectation maximisation."""
    at_large = {term: (1 - language.salience) * model.share(term, language) for term in counts}
    occurrences = dict(counts)
    for _ in range(_ROUNDS):
        whole = math.fsum(occurrences.values())
        if not whole:
            break
        own = {term: language.salience * count / whole for term, count in occurrences.items()}
        occurrences = {term: counts[term] * mine / (mine + at_large[term]) for term, mine in own.items()}
    return occurrences


def shares(asked: Mapping[str, float]) -> dict[str, int]:
    """``asked`` in parts of ``SHARES``. Rounded down, so that they never add up to more than the whole."""
    whole = math.fsum(asked.values())
    found = {term: int(SHARES * part / whole) for term, part in asked.items()} if whole else {}
    return {term: share for term, share in found.items() if share}
