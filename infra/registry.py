"""Writers' schemas by id, from a schema registry that speaks Confluent's HTTP interface."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from schemas.codec import SchemaById
from schemas.errors import Unavailable

#: Seconds for which an id that the registry does not know is not asked for again: many records may carry one.
_UNKNOWN_FOR = 1.0
_MOST_UNKNOWN = 1_000


def schema_by_id(url: str | None, monotonic: Callable[[], float] = time.monotonic) -> SchemaById | None:
    """A look-up that remembers what it found; ``None`` where no registry is configured.

    The look-up gives ``None`` for an id the registry does not know, and raises ``Unavailable`` while it is away.
    """
    if url is None:
        return None
    known: dict[int, Mapping[str, Any]] = {}
    unknown_until: dict[int, float] = {}
    # Made once: it takes longer than the question.
    trusted = ssl.create_default_context()

    def look_up(schema_id: int) -> Mapping[str, Any] | None:
        if schema_id in known:
            return known[schema_id]
        if monotonic() < unknown_until.get(schema_id, 0.0):
            return None
        found = _asked(f"{url.rstrip('/')}/schemas/ids/{schema_id}", trusted)
        if found is not None:
            return known.setdefault(schema_id, found)
        if len(unknown_until) >= _MOST_UNKNOWN:
            unknown_until.clear()
        unknown_until[schema_id] = monotonic() + _UNKNOWN_FOR
        return None

    return look_up


def _asked(address: str, trusted: ssl.SSLContext) -> Mapping[str, Any] | None:
    try:
        answer = httpx.get(address, timeout=5.0, verify=trusted)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        answer.raise_for_status()
        schema = json.loads(answer.json()["schema"])
    except httpx.HTTPError as error:
        raise Unavailable(f"the schema registry does not answer: {error}", 2.0) from error
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable(f"the schema registry answers what is no schema: {error}", 10.0) from error
    return schema if isinstance(schema, dict) else None
