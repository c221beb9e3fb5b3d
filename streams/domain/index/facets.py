"""What gates and soft factors look at, as columns: one row a slot, the same for achievements and demands."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.records import CooperationMode, Money
from streams.domain import matching
from streams.domain.profile import AchievementProfile, DemandProfile
from streams.domain.weighing import FULL_TEXT

_BITS = {mode: 1 << place for place, mode in enumerate(CooperationMode)}
#: Money to two decimals, as the rules for submissions have it.
_CENTS = Decimal(100)
_NOWHERE = -1
#: Characters of an industry code that count: the fourth already gives the most.
_CODE_LENGTH = 4


class Parts(NamedTuple):
    """Parts of a hundred that text alone gives and that each soft factor may add; see ``matching``."""

    text: int
    #: By the number of characters that two industry codes share.
    industry: tuple[int, int, int, int, int]
    maturity: int
    #: For one province, one city, one district.
    place: tuple[int, int, int]
    budget: int
    #: The text that counts in full.
    full_text: int


#: The parts that ``matching`` defines.
PARTS = Parts(
    matching.TEXT, matching.INDUSTRY_BY_LENGTH, matching.MATURITY, matching.PLACE_BY_LEVEL, matching.BUDGET, FULL_TEXT
)


class Facets(NamedTuple):
    """One row a slot. 0 is unknown or any; a district that is unknown is -1."""

    maturity: npt.NDArray[np.int8]
    modes: npt.NDArray[np.uint16]
    district: npt.NDArray[np.int32]
    #: An achievement's price, a demand's budget, in hundredths of ``currency``.
    money: npt.NDArray[np.int64]
    currency: npt.NDArray[np.int32]
    #: Up to four ASCII characters, the first in the highest byte; as many columns as any row has codes.
    industries: npt.NDArray[np.uint32]
    #: A prefix of two, four or six digits, and behind them how many there are.
    territories: npt.NDArray[np.uint32]


def blank(rows: int, industries: int = 1, territories: int = 1) -> Facets:
    """Columns of ``rows`` rows that say nothing, with room for so many codes in each."""
    return Facets(
        np.zeros(rows, np.int8),
        np.zeros(rows, np.uint16),
        np.full(rows, _NOWHERE, np.int32),
        np.zeros(rows, np.int64),
        np.zeros(rows, np.int32),
        np.zeros((rows, industries), np.uint32),
        np.zeros((rows, territories), np.uint32),
    )


def copied(facets: Facets) -> Facets:
    """The same in columns of their own, which later changes leave alone."""
    columns: Any = facets
    return Facets(*(column.copy() for column in columns))


def with_rows(facets: Facets, rows: int) -> Facets:
    """The same with room for at least ``rows`` rows."""
    now = len(facets.maturity)
    if rows <= now:
        return facets
    more = blank(max(rows, 2 * now) - now, facets.industries.shape[1], facets.territories.shape[1])
    columns: Any = zip(facets, more, strict=True)
    return Facets(*(np.concatenate(both) for both in columns))


def written(facets: Facets, row: int, profile: AchievementProfile | DemandProfile) -> Facets:
    """With what ``profile`` says in ``row``; the columns to go on with."""
    if isinstance(profile, AchievementProfile):
        maturity, money, territories = profile.maturity, profile.price, profile.territories
    else:
        maturity, money, territories = profile.maturity_wanted, profile.budget, ()
    facets.maturity[row] = maturity or 0
    facets.modes[row] = sum(_BITS[mode] for mode in profile.modes)
    facets.district[row] = _NOWHERE if profile.district is None else int(profile.district)
    facets.money[row] = 0 if money is None else int(money.amount * _CENTS)
    facets.currency[row] = _currency(money)
    codes = _with_row(facets.industries, row, [_packed(code) for code in profile.industries])
    places = _with_row(facets.territories, row, [int(place) * 10 + len(place) for place in territories])
    if codes is facets.industries and places is facets.territories:
        return facets
    return facets._replace(industries=codes, territories=places)


def _with_row(matrix: npt.NDArray[np.uint32], row: int, values: Sequence[int]) -> npt.NDArray[np.uint32]:
    if not values:
        matrix[row] = 0
        return matrix
    rows, width = matrix.shape
    if len(values) > width:
        wider = np.zeros((rows, len(values)), np.uint32)
        wider[:, :width] = matrix
        matrix = wider
    matrix[row, : len(values)] = values
    matrix[row, len(values) :] = 0
    return matrix


def _currency(money: Money | None) -> int:
    return 0 if money is None else int.from_bytes(money.currency.encode(), "big")


@functools.lru_cache(maxsize=10_000)
def _packed(code: str) -> int:
    return int.from_bytes(code[:_CODE_LENGTH].encode().ljust(_CODE_LENGTH, b"\0"), "big")
