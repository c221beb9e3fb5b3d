"""Writers' schemas by id, from a schema registry that speaks Confluent's HTTP interface."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from schemas.codec import SchemaById
from schemas.errors import Unavailable


def schema_by_id(url: str | None) -> SchemaById | None:
    """A look-up that remembers what it found; ``None`` where no registry is configured.

    The look-up gives ``None`` for an id the registry does not know, and raises ``Unavailable`` while it is away.
    """
    if url is None:
        return None
    known: dict[int, Mapping[str, Any]] = {}

    def look_up(schema_id: int) -> Mapping[str, Any] | None:
        if schema_id not in known:
            found = _asked(f"{url.rstrip('/')}/schemas/ids/{schema_id}")
            if found is None:
                return None
            known[schema_id] = found
        return known[schema_id]

    return look_up


def _asked(address: str) -> Mapping[str, Any] | None:
    try:
        answer = httpx.get(address, timeout=5.0)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        answer.raise_for_status()
        schema = json.loads(answer.json()["schema"])
    except httpx.HTTPError as error:
        raise Unavailable(f"the schema registry does not answer: {error}", 2.0) from error
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable(f"the schema registry answers what is no schema: {error}", 10.0) from error
    return schema if isinstance(schema, dict) else None
