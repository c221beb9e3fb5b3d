"""JSON whose amounts stay as they are written, to the last digit: a float would round them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def amount(text: str) -> Decimal:
    """A fraction of JSON; raises ``ValueError`` for an exponent that no decimal has. Goes in as ``parse_float``."""
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise ValueError(f"{text[:40]} is more than any number") from error


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


#: Raises ``ValueError`` for what is no JSON, NaN and infinities among it, and ``RecursionError`` for deep nesting.
DECODER = json.JSONDecoder(parse_float=amount, parse_constant=_no_number)
