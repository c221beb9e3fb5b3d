"""How often a text says its terms, by the fields they stand in."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from schemas.records import Text
from streams.domain.text import HAN, JOINT, PAIR, Token, han_terms, tokens


class Fields(NamedTuple):
    """How often a term counts by the field it stands in."""

    title: float
    keywords: float
    body: float


#: What is offered says itself best in its title; what is asked says in its title what the rest only circles round:
#: six times was best on demands that people judged (BDCI), and flat from four to eight.
OFFERED, ASKED = Fields(3, 2, 1), Fields(6, 2, 1)
#: What a text counts that is like any other.
PLAIN = Fields(1, 1, 1)
#: What a gap counts as.
_NOTHING = ("", "")
#: What is left of a word that is cut, of any script but Chinese, which sets no blanks.
_REST_OF_WORD = re.compile(rf"(?:(?![{HAN}])\w)*")


def fields(text: Text, weights: Fields) -> tuple[tuple[str, float], ...]:
    """The fields of ``text``, with how often each word in them counts."""
    return (text.title, weights.title), ("; ".join(text.keywords), weights.keywords), (text.abstract, weights.body)


#: Tokens of the fields of a text, with how often each of them counts.
Said = Sequence[tuple[float, Sequence[Token]]]


def said(text: Text, weights: Fields, lead: int = 0) -> Said:
    """The tokens of each field of ``text``, with how often each counts by ``weights``.

    The first ``lead`` characters of the abstract, to the end of the last word, come once more: an abstract says at its
    beginning what it is about.
    """
    found = [(weight, tokens(field)) for field, weight in fields(text, weights)]
    if lead:
        found.append((weights.body, tokens(_beginning(text.abstract, lead))))
    return found


def _beginning(text: str, lead: int) -> str:
    rest = _REST_OF_WORD.match(text, lead)
    return text if rest is None else text[: rest.end()]


def term_counts(text: Text, weights: Fields, lead: int = 0) -> dict[str, float]:
    """How often each term occurs in ``text``, by the weights of its fields, and of its lead once more."""
    return counted(said(text, weights, lead))


def counted(said_: Said, known: Container[str] | None = None) -> dict[str, float]:
    """How often each term is said.

    Of pairs of words only those that are ``known``: there are too many, and most stand in one text only.
    """
    counts: dict[str, float] = {}
    for weight, tokens_ in said_:
        _add(counts, weight, tokens_, known)
    return counts


def _add(counts: dict[str, float], weight: float, tokens_: Iterable[Token], known: Container[str] | None) -> None:
    # Every text comes through here, and a loop of its own for each kind of term would take half as long again.
    count_of, in_pair, last = counts.get, weight * PAIR, ""
    for token in tokens_:
        kind, term = token or _NOTHING
        if kind == "latin":
            counts[term] = count_of(term, 0.0) + weight
            if last:
                pair = last + JOINT + term
                if known is None or pair in known:
                    counts[pair] = count_of(pair, 0.0) + in_pair
            last = term
            continue
        last = ""
        if kind == "han":
            for part, times in han_terms(term):
                counts[part] = count_of(part, 0.0) + weight * times
        elif term:
            counts[term] = count_of(term, 0.0) + weight


class Counts(NamedTuple):
    """How often each term is said: in the title, there and in the keywords, in the whole text."""

    title: dict[str, float]
    beside_keywords: dict[str, float]
    every: dict[str, float]


def counts_by_field(said_: Said, known: Container[str] | None = None) -> Counts:
    """``counted`` to the last bit, and what it was on the way; ``said_`` is in the order of ``said``."""
    title, keywords, *abstract = said_
    every: dict[str, float] = {}
    _add(every, *title, known)
    in_title = dict(every)
    _add(every, *keywords, known)
    beside_keywords = dict(every)
    for part in abstract:
        _add(every, *part, known)
    return Counts(in_title, beside_keywords, every)


def token_counts(said_: Said) -> dict[tuple[str, str], float]:
    """How often each token is said, by kind and term."""
    counts: dict[tuple[str, str], float] = {}
    for weight, tokens_ in said_:
        for token in tokens_:
            if token is not None:
                counts[token] = counts.get(token, 0.0) + weight
    return counts
