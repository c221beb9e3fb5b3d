"""JSON whose amounts stay as they are written, to the last digit: a float would round them."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any


def amount(text: str) -> Decimal:
    """A fraction of JSON; raises ``ValueError`` for an exponent that no decimal has. Goes in as ``parse_float``."""
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise ValueError(f"{text[:40]} is more than any number") from error


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; raises ``ValueError`` where it has a name twice. Goes in as ``object_pairs_hook``."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = Counter(name for name, _ in pairs)
        raise ValueError(f"{next(name for name in names if names[name] > 1)[:100]!r} stands there twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


#: Raises ``ValueError`` for what is no JSON, NaN and infinities among it, and ``RecursionError`` for deep nesting.
DECODER = json.JSONDecoder(parse_float=amount, parse_constant=_no_number)
#: The same, and raises ``ValueError`` also for an object that has a name twice.
STRICT = json.JSONDecoder(parse_float=amount, parse_constant=_no_number, object_pairs_hook=once)
