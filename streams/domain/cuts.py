"""What of a text a profile leaves out, so that no text costs more than others by its length alone.

Of each field the first characters are read, and of what a demand asks in one language the weightiest terms are kept.
The reasons of a match mention both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.records import Text
from streams.domain.counts import OFFERED, fields
from streams.domain.text import MOST_CHARACTERS
from streams.domain.weighing import MOST_TERMS

_FIELDS = ("title", "keywords", "abstract")


def unread(zh: Text | None, en: Text | None) -> Iterator[str]:
    """Each field of which not all characters are read: ``en abstract: the first 20,000 of 204,800 characters``."""
    for language, text in (("zh", zh), ("en", en)):
        if text is None:
            continue
        for name, (content, _) in zip(_FIELDS, fields(text, OFFERED), strict=True):
            if len(content) > MOST_CHARACTERS:
                yield f"{language} {name}: the first {MOST_CHARACTERS:,} of {len(content):,} characters"


def unasked(found: Mapping[str, int]) -> Iterator[str]:
    """Each language of which a demand does not ask all terms: ``en: the 256 weightiest of 431 terms``.

    ``found`` are the numbers of terms that there were.
    """
    for language, count in found.items():
        if count > MOST_TERMS:
            yield f"{language}: the {MOST_TERMS} weightiest of {count:,} terms"
