"""Broken rules put into words: what was there, shortened and made harmless to print."""

from __future__ import annotations

import re

from schemas.records import Fault
from schemas.refusals import Code

#: Longest value that a fault repeats, in characters.
SHOWN = 200
_ESCAPED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\\ud800-\\udfff]")


def fault(field: str, rule: Code, value: object, repair: str) -> Fault:
    """A broken rule, with the value as ``shown``."""
    return Fault(field, rule, shown(value), repair)


def shown(value: object, limit: int = SHOWN) -> str:
    """A value on one line of at most ``limit`` characters, with control characters and lone surrogates escaped."""
    if value is None:
        return ""
    # Cut first: escaping a megabyte to show 200 characters of it would be a gift to whoever sends it.
    text = value[: limit + 1] if isinstance(value, str) else str(value)[: limit + 1]
    escaped = _ESCAPED.sub(lambda found: escape(found[0]), text)
    return escaped if len(escaped) <= limit else escaped[: limit - 1] + "…"


def escape(character: str) -> str:
    """A character as its escape, for example ``\\x0b``."""
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
