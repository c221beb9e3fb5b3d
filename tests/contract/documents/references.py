"""References within a document: ``{"$ref": "#/components/..."}``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def references(plain: Any) -> Iterator[str]:
    """Every reference in a document, as it stands there."""
    if isinstance(plain, dict):
        for name, value in plain.items():
            yield from [value] if name == "$ref" else references(value)
    elif isinstance(plain, list):
        for value in plain:
            yield from references(value)


def followed(plain: Any, reference: str) -> Any:
    """What a reference leads to; ``KeyError`` where that is not there."""
    place = plain
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    return place
