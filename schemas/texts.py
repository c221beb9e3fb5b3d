"""Rules of words: lines, prose, ids and lists of them.

Each function adds the faults of one value to ``found``. Python's own ``str.isprintable`` settles most values at once:
it is true of texts without control characters, lone surrogates, line breaks and exotic spaces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from schemas.faults import escape, fault
from schemas.records import Fault
from schemas.refusals import Code

#: An institution's id: the same as in ``schemas.topics``, which a decision may not import.
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
MAX_ID = 200
MAX_ENTRIES = 100

_LINE_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_PROSE_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_plain_id = re.compile(r"[!-~]{1,200}").fullmatch


def line(found: list[Fault], path: str, text: str, limit: int) -> None:
    """One line, 1 to ``limit`` characters, not blank, no control characters."""
    if 0 < len(text) <= limit and text.isprintable() and not text.isspace():
        return
    if not text or text.isspace():
        found.append(fault(path, "blank", text, f"give 1 to {limit} characters, not only spaces"))
        return
    _length(found, path, text, limit)
    _characters(found, path, text, _LINE_CONTROLS)


def prose(found: list[Fault], path: str, text: str, limit: int) -> None:
    """Any number of lines, up to ``limit`` characters, may be empty; tabs are fine."""
    _length(found, path, text, limit)
    # Line breaks and the wide space of Chinese are the usual reasons why good prose is not "printable".
    if not (text.isprintable() or text.replace("\n", "").replace("\u3000", "").isprintable()):
        _characters(found, path, text, _PROSE_CONTROLS)


def identifier(found: list[Fault], path: str, text: str) -> None:
    """An id as its institution gives it: one line of 1 to 200 characters without a space at an end."""
    if _plain_id(text) is not None:
        return
    line(found, path, text, MAX_ID)
    if any(end.isspace() and not _LINE_CONTROLS.match(end) for end in (text[:1], text[-1:])) and not text.isspace():
        found.append(fault(path, "space-at-an-end", text, "take away the space before or after it"))


def lines(found: list[Fault], path: str, items: Sequence[str], limit: int) -> None:
    """A list of lines, each up to ``limit`` characters, none twice, not too many."""
    for index, item in enumerate(items):
        if not (0 < len(item) <= limit and item.isprintable()) or item.isspace():
            line(found, f"{path}[{index}]", item, limit)
    entries(found, path, items)


def entries(found: list[Fault], path: str, items: Sequence[str]) -> None:
    """A list without repetitions, of up to 100 entries."""
    if len(items) > MAX_ENTRIES:
        found.append(fault(path, "too-many", len(items), f"keep the {MAX_ENTRIES} that matter most"))
    if len(items) > 1 and len(set(items)) != len(items):
        twice = next(item for index, item in enumerate(items) if item in items[:index])
        found.append(fault(path, "duplicate", twice, "name each entry once"))


def _length(found: list[Fault], path: str, text: str, limit: int) -> None:
    if len(text) > limit:
        found.append(fault(path, "too-long", text, f"shorten it from {len(text):,} to {limit:,} characters"))


def _characters(found: list[Fault], path: str, text: str, controls: re.Pattern[str]) -> None:
    _absent(found, path, text, controls, "control-character")
    _absent(found, path, text, _SURROGATES, "lone-surrogate")


def _absent(found: list[Fault], path: str, text: str, pattern: re.Pattern[str], rule: Code) -> None:
    first = pattern.search(text)
    if first is not None:
        what = rule.replace("-", " ")
        repair = f"take out each {what}; the first is {escape(first[0])}, character {first.start() + 1}"
        found.append(fault(path, rule, text, repair))
