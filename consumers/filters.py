"""What a subscriber wants to hear of: pure, and the same for every way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from schemas.codes import SECTIONS, industry_problem, territory_problem


@dataclass(frozen=True, slots=True)
class MatchFilter:
    """Conditions on an event of a match; all must hold, ``None`` and empty ask for nothing.

    ``industries``: GB/T 4754 codes or prefixes, one of them is enough: ``C`` is a section, ``26`` and ``C26`` a
    division. ``district``: GB/T 2260 prefix of either side's place. ``institution``: either side.
    """

    industries: tuple[str, ...] = ()
    maturity_min: int | None = None
    maturity_max: int | None = None
    district: str | None = None
    institution: str | None = None
    score_min: float | None = None

    def problems(self) -> list[str]:
        """What to do about codes that are none, as sentences; nothing could ever match them."""
        found = [industry_problem(code) for code in self.industries]
        found.append(None if self.district is None else territory_problem(self.district))
        return [sentence for sentence in found if sentence is not None]

    def as_parameters(self) -> dict[str, str | list[str]]:
        """The conditions as a URL's query says them."""
        named = {
            "industry": list(self.industries), "maturity_min": self.maturity_min, "maturity_max": self.maturity_max,
            "district": self.district, "institution": self.institution, "score_min": self.score_min,
        }  # fmt: skip
        return {name: value if isinstance(value, list) else str(value) for name, value in named.items() if value}

    def lets_through(self, event: Mapping[str, Any]) -> bool:
        """Whether an event, given by its plain values, is asked for.

        A withdrawal has no score and passes ``score_min``: who heard of the match must hear that it is gone.
        """
        return (
            self._industry(event["industries"])
            and self._maturity(event["maturity"])
            and self._place(event["achievement_district"], event["demand_district"])
            and self.institution in {None, event["achievement_institution_id"], event["demand_institution_id"]}
            and self._score(event.get("score"))
        )

    def _industry(self, codes: list[str]) -> bool:
        if not self.industries:
            return True
        return any(_full(code).startswith(_full(prefix)) for code in codes for prefix in self.industries)

    def _maturity(self, level: int | None) -> bool:
        if self.maturity_min is None and self.maturity_max is None:
            return True
        return level is not None and (self.maturity_min or 1) <= level <= (self.maturity_max or 9)

    def _place(self, *districts: str | None) -> bool:
        return self.district is None or any(
            place is not None and place.startswith(self.district) for place in districts
        )

    def _score(self, score: float | None) -> bool:
        return self.score_min is None or score is None or score >= self.score_min


@lru_cache(maxsize=4096)
def _full(code: str) -> str:
    """A code with the letter of its section, so that ``26`` and ``C26`` are the same prefix."""
    if not code[:1].isdigit():
        return code
    return next((letter for letter, (first, last) in SECTIONS.items() if _within(code, first, last)), "") + code


def _within(code: str, first: int, last: int) -> bool:
    return code[:2].isdigit() and len(code) >= 2 and first <= int(code[:2]) <= last
