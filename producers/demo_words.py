"""Matches and deals of the demo in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from schemas.records import Factor, LifeTask, MatchProposed, Reason, Stage

#: Words of a match that are named.
_TERMS = 5
_AMOUNT = re.compile(r"([0-9]+)(?:\.00)?(?=$| )")
_PLACES = {2: "same province", 4: "same city", 6: "same district"}


def stage_name(stage: Stage) -> str:
    """A stage as people write it."""
    return stage.value.lower().replace("_", " ")


def task_name(task: LifeTask) -> str:
    """A task as people write it."""
    return task.value.lower().replace("_", " ")


def why(match: MatchProposed) -> str:
    """What speaks for a match, as a sentence without an end."""
    soft = (_saying(reason) for reason in match.reasons if reason.contribution > 0 and reason.factor in _SAYINGS)
    return "; ".join([f"both speak of {', '.join(_words(match))}", *soft])


def _saying(reason: Reason) -> str:
    return _SAYINGS[reason.factor](reason.detail)


def _maturity(detail: str) -> str:
    offered, _, wanted = detail.removeprefix("TRL ").partition(" / ")
    return f"maturity {offered} where {wanted} is wanted"


def _budget(detail: str) -> str:
    return f"within the budget ({_AMOUNT.sub(lambda found: f'{int(found[1]):,}', detail)})"


_SAYINGS = {
    Factor.INDUSTRY: "industry {} in common".format,
    Factor.MATURITY: _maturity,
    Factor.PLACE: lambda code: _PLACES[len(code)],
    Factor.BUDGET: _budget,
}


def _words(match: MatchProposed) -> list[str]:
    """The words that count most, as the titles write them.

    Texts are compared by stems of English words and by pairs of Chinese characters; neither is what people read.
    """
    ranked = sorted(_terms(match.reasons), key=lambda each: -each.contribution)
    terms = [each.detail for each in ranked]
    found: list[str] = []
    for term in terms:
        word = _in_full(term, set(terms), (match.demand_title, match.achievement_title))
        if not any(word in known or known in word for known in found):
            found.append(word)
    return found[:_TERMS]


def _terms(reasons: Iterable[Reason]) -> Iterator[Reason]:
    for reason in reasons:
        # A single character says little, and "+7" sums up seven more.
        if reason.factor is Factor.TERM and len(reason.detail) > 1 and not reason.detail.startswith("+"):
            yield reason


def _in_full(term: str, terms: set[str], titles: Iterable[str]) -> str:
    """The longest stretch of a title around ``term`` that consists of terms; ``term`` where no title has it."""
    stretches = [stretch for title in titles for stretch in (*_runs(title, terms, term), *_stems(title, term))]
    return max(stretches, key=len, default=term)


def _runs(title: str, terms: set[str], term: str) -> Iterator[str]:
    """Stretches in which every pair of characters is a term."""
    run = title[:1]
    for one, other in pairwise(title + " "):
        if one + other in terms:
            run += other
            continue
        if term in run:
            yield run
        run = other


def _stems(title: str, stem: str) -> Iterator[str]:
    # Stems end in i where words end in y.
    beginning = stem.removesuffix("i")
    return (word for word in re.findall(r"[A-Za-z][A-Za-z-]*", title) if word.lower().startswith(beginning))
