"""Our schemas in a schema registry that speaks Confluent's HTTP interface.

One subject a record, named as the record is in full (Confluent's RecordNameStrategy): our topics carry several kinds of
records, and one kind travels on several topics.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import httpx

from schemas.editions import Edition
from schemas.errors import Misconfigured, Unavailable

LEVEL = "FULL_TRANSITIVE"
_MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"


def subject(schema: Mapping[str, Any]) -> str:
    """The subject of a record."""
    return f"{schema['namespace']}.{schema['name']}"


class Registered(NamedTuple):
    """One schema of an edition, under the id that the registry has given it."""

    subject: str
    schema_id: int
    schema: Mapping[str, Any]


def register(url: str, editions: Iterable[Edition]) -> list[Registered]:
    """Puts the schemas of ``editions`` into the registry, the oldest first, and asks it to keep them compatible.

    Returns them in that order. The same again changes nothing. Raises ``Unavailable`` where the registry does not
    answer, ``Misconfigured`` with every schema that it refuses.
    """
    known: list[Registered] = []
    levelled: set[str] = set()
    problems: list[str] = []
    with httpx.Client(base_url=url.rstrip("/"), timeout=10.0, headers={"Content-Type": _MEDIA_TYPE}) as client:
        for edition in editions:
            for name in edition.records:
                schema = edition.schema(name)
                named = subject(schema)
                try:
                    if named not in levelled:
                        # First of all: some registries keep nothing compatible unless they are told.
                        _asked(client, "PUT", f"/config/{named}", {"compatibility": LEVEL})
                        levelled.add(named)
                    answer = _asked(client, "POST", f"/subjects/{named}/versions", {"schema": json.dumps(schema)})
                    known.append(Registered(named, int(answer["id"]), schema))
                except _Refused as refused:
                    problems.append(f"{named} of {edition.name}: the schema registry refuses it ({refused})")
    if problems:
        raise Misconfigured([*problems, "is it the registry of another TechDock, or does it hold schemas of others?"])
    return known


class _Refused(Exception):
    """The registry answers, and does not want it."""


def _asked(client: httpx.Client, method: str, path: str, body: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        answer = client.request(method, path, content=json.dumps(body))
        if answer.status_code in {httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY}:
            raise _Refused(_message(answer))
        answer.raise_for_status()
        content: Mapping[str, Any] = answer.json()
    except httpx.HTTPError as error:
        raise Unavailable(f"the schema registry does not answer: {error}", 2.0) from error
    except ValueError as error:
        raise Unavailable(f"the schema registry answers what is no JSON: {error}", 10.0) from error
    return content


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
