"""A check's outcome: passed, failed with examples and what to do, or not seen yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from schemas.faults import shown

#: Records that are named of those that fail a check.
_NAMED = 5
#: Characters of what was found there.
_LONGEST = 500


class Outcome(StrEnum):
    """How a check ended. ``MISSING``: nothing was seen that it could be made on, so do that."""

    PASSED = "passed"
    FAILED = "failed"
    ADVICE = "advice"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check over the whole inbox. ``examples`` are offsets in the inbox, with what was found there."""

    area: str
    check: str
    outcome: Outcome
    told: str
    seen: int
    failed: int = 0
    examples: tuple[tuple[int, str], ...] = ()


def checked(area: str, check: str, seen: int, wrong: Sequence[tuple[int, str]], repair: str, missing: str) -> Finding:
    """Failed where anything is wrong, with the ``repair``; ``missing`` says what to do where nothing was seen."""
    return _finding(area, check, seen, wrong, Outcome.FAILED, (repair, missing))


def advised(area: str, check: str, seen: int, wrong: Sequence[tuple[int, str]], repair: str, missing: str) -> Finding:
    """The same for what nobody is refused for."""
    return _finding(area, check, seen, wrong, Outcome.ADVICE, (repair, missing))


def _finding(
    area: str, check: str, seen: int, wrong: Sequence[tuple[int, str]], bad: Outcome, told: tuple[str, str]
) -> Finding:
    repair, missing = told
    if wrong:
        examples = tuple((offset, shown(what, _LONGEST)) for offset, what in wrong[:_NAMED])
        return Finding(area, check, bad, repair, seen, len(wrong), examples)
    return Finding(area, check, Outcome.PASSED if seen else Outcome.MISSING, "" if seen else missing, seen)
