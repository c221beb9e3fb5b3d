"""Numbers of intellectual property rights, spelled in one way, so that equal ones are equal.

``ZL ２０１８ １ ０１２３４５６.５``, ``CN201810123456.5`` and ``201810123456`` are one application;
``CN 108123456 B`` is the publication ``CN108123456``. An application and its publication are two numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from schemas.records import IpKind, IpRight

#: The three kinds of patents are numbered side by side, and are often taken for one another.
_PATENT = "PATENT"
_PATENTS = frozenset({IpKind.INVENTION_PATENT, IpKind.UTILITY_MODEL, IpKind.DESIGN_PATENT})
#: Rights that nobody registers, and kinds of a later schema.
_WITHOUT_NUMBER = frozenset({IpKind.KNOW_HOW, IpKind.UNKNOWN})
#: Words around a number: 软著登字第…号, 专利号:….
_WORDS = re.compile(r"[^A-Z0-9.]+")
#: Twelve digits since October 2003, eight before; the year first, then the kind of patent.
_APPLICATION = re.compile(r"(?:ZL|CN)*(20\d\d[12389]\d{7}|(?:8[5-9]|9\d|0[0-3])[12389]\d{5})(?:(\.?)([\dX]))?")
_PUBLICATION = re.compile(r"([A-Z]{2}(?:[A-Z]{2})?\d{6,})[A-Z]\d?")
#: Weights of the check digit of a Chinese application, modulo 11 (SIPO, 2003); ten is written X.
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9)
#: Fewer digits, or fewer different ones, are what people type where there is no number.
_LEAST_DIGITS, _LEAST_DIFFERENT = 5, 3
_IN_ORDER = "01234567890123456789"


def right_numbers(rights: Iterable[IpRight]) -> tuple[str, ...]:
    """The numbers of ``rights`` that can be compared, each after its kind, sorted: ``PATENT:CN201810123456``."""
    found = set()
    for right in rights:
        number = None if right.kind in _WITHOUT_NUMBER else _spelled(right)
        if number is not None:
            found.add(f"{_PATENT if right.kind in _PATENTS else right.kind}:{number}")
    return tuple(sorted(found))


def _spelled(right: IpRight) -> str | None:
    plain = _WORDS.sub("", unicodedata.normalize("NFKC", right.number).upper()).strip(".")
    digits = re.sub(r"\D", "", plain)
    if len(digits) < _LEAST_DIGITS or len(set(digits)) < _LEAST_DIFFERENT or digits in _IN_ORDER:
        return None
    return _of_patent(plain) if right.kind in _PATENTS else plain.replace(".", "")


def _of_patent(plain: str) -> str:
    application = _APPLICATION.fullmatch(plain)
    if application is not None:
        number, point, check = application.groups()
        if check in (None, _check_digit(number)):
            return f"CN{number}"
        if point:
            # Mistyped somewhere: it equals only what is mistyped alike.
            return f"CN{number}.{check}"
    bare = plain.replace(".", "")
    publication = _PUBLICATION.fullmatch(bare)
    return bare if publication is None else publication[1]


def _check_digit(digits: str) -> str:
    total = sum(int(digit) * _WEIGHTS[place % len(_WEIGHTS)] for place, digit in enumerate(digits))
    return "0123456789X"[total % 11]
