"""What the OpenAPI document says beyond the routes: bodies, answers, problems, the token."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from producers.gateway import json_schemas
from producers.gateway.problems import KINDS, MEDIA_TYPE
from schemas import asyncapi
from schemas.refusals import REFUSALS

Document = dict[str, Any]

_ABOUT = """\
The way in for systems that do not speak Kafka. A submission that was answered with 202 is in Kafka, on every replica \
in sync; what became of it is told by its receipt. A body is taken whole or not at all: where anything in it is not \
well formed, the answer names every fault of every submission, and nothing is sent."""
_EXAMPLES = Path(asyncapi.__file__).parent / "examples"
#: What a route says in the document whose request needs a token; the door decides who comes in.
BEHIND_A_TOKEN: Document = {"security": [{"token": []}]}
_SCHEMES = {"token": {"type": "http", "scheme": "bearer", "description": "A token of `techdock token issue`."}}
_KEY_HEADER = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "description": "The same key with the same body has one effect and one answer, for the last 10,000 submissions of "
    "an institution. 1 to 255 printable characters of ASCII.",
}  # fmt: skip
_UUID = {"type": "string", "format": "uuid"}
_COUNT = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}


def problems(*kinds: str) -> dict[int | str, Document]:
    """The answers of a route that are problems, by status."""
    by_status: dict[int, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(KINDS[kind].status, []).append(kind)
    return {status: _problem(status, named) for status, named in by_status.items()}


def _problem(status: int, kinds: Iterable[str]) -> Document:
    examples = {
        kind: {
            "value": {
                "type": f"urn:techdock:problem:{kind}", "title": KINDS[kind].title, "status": status,
                "detail": f"{KINDS[kind].title}.",
            },
        }
        for kind in kinds
    }  # fmt: skip
    made: Document = {
        "description": "; ".join(KINDS[kind].title for kind in kinds) + ".",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }
    if status in {409, 429, 503}:
        about = "Seconds after which it is worth trying again."
        made["headers"] = {"Retry-After": {"description": about, "schema": {"type": "integer", "minimum": 1}}}
    if status == 401:
        made["headers"] = {"WWW-Authenticate": {"description": "How to say who you are.", "schema": {"type": "string"}}}
    return made


def answers(status: int, about: str, schema: str) -> dict[int | str, Document]:
    """A route's good answer."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {status: {"description": about, "content": content}}


def taken() -> dict[int | str, Document]:
    """The good answer of ``POST /v1/submissions``, and where to ask on."""
    made = answers(202, "Kafka has all of it, on every replica in sync.", "Taken")
    parameters = {"submission_id": "$response.body#/submissions/0/submission_id"}
    about = "What became of the first of them."
    made[202]["links"] = {"status": {"operationId": "tell_status", "parameters": parameters, "description": about}}
    return made


def submissions_body() -> Document:
    """The body of ``POST /v1/submissions``."""
    one = {"$ref": "#/components/schemas/Submission"}
    batch = {"type": "array", "items": one, "minItems": 1, "maxItems": 1000}
    named = {
        "type": "object", "properties": {"submissions": batch}, "required": ["submissions"],
        "additionalProperties": False,
    }  # fmt: skip
    example = {"record": "AchievementRegistered", **_example("AchievementRegistered", "hull-cleaning-robot")}
    withdrawn = {"record": "AchievementWithdrawn", **_example("AchievementWithdrawn", "sold-elsewhere")}
    content = {
        "application/json": {
            "schema": {"anyOf": [one, batch, named]},
            "examples": {
                "one": {"summary": "One submission", "value": example},
                "batch": {"summary": "Several at once", "value": {"submissions": [example, withdrawn]}},
            },
        },
        "application/avro": {"schema": {"type": "string", "contentMediaType": "application/avro"}},
    }
    return {**BEHIND_A_TOKEN, "parameters": [_KEY_HEADER], "requestBody": {"required": True, "content": content}}


def file_body() -> Document:
    """The body of ``POST /v1/files``."""
    about = "The file as it is: CSV, TSV, Excel, JSON lines or a JSON array, plain or gzipped."
    content = {"application/octet-stream": {"schema": {"type": "string", "contentEncoding": "binary"}}}
    return {**BEHIND_A_TOKEN, "requestBody": {"required": True, "description": about, "content": content}}


def annex_body() -> Document:
    """The body of ``PUT /v1/annexes/…``."""
    about = "The plain text as it is, at most 512,000 bytes; Content-Type says what it is, and may be any."
    content = {"application/octet-stream": {"schema": {"type": "string", "contentEncoding": "binary"}}}
    return {**BEHIND_A_TOKEN, "requestBody": {"required": True, "description": about, "content": content}}


def _example(record: str, name: str) -> Document:
    content: Document = json.loads((_EXAMPLES / record / f"{name}.json").read_text(encoding="utf-8"))
    return {key: value for key, value in content.items() if key not in {"submission_id", "institution_id"}}


def components() -> dict[str, Document]:
    """The schemas that routes refer to."""
    placed = _object(submission_id=_UUID, partition=_COUNT, offset=_COUNT)
    receipt = {"$ref": "#/components/schemas/Receipt"}
    return {
        **json_schemas.components(),
        "Taken": _object(inbox=_TEXT, submissions={"type": "array", "items": placed}),
        "Status": _object(
            submission_id=_UUID,
            status={"type": "string", "enum": ["pending", "accepted", "refused"]},
            receipt={"anyOf": [receipt, {"type": "null"}]},
        ),
        "Receipts": _object(
            receipts={"type": "array", "items": receipt},
            next={"type": "string", "pattern": "^[0-9]+$", "description": "Ask with it as `after` for what follows."},
        ),
        "Imported": _imported(),
        "Health": _object(ok={"type": "boolean"}),
        "Problem": _problem_details(),
    }


def _imported() -> Document:
    fault = _object(line=_COUNT, id=_TEXT, field=_TEXT, rule=_TEXT, value=_TEXT, repair=_TEXT)
    made = _object(
        id=_TEXT,
        result={"type": "string", "description": "Where the workbook with a row for each row is."},
        rows=_COUNT,
        refused=_COUNT,
        unreadable=_COUNT,
        seconds={"type": "number", "minimum": 0},
        faults={"type": "array", "items": fault},
    )
    made["properties"] |= {
        "valid": {**_COUNT, "description": "Of a dry run: rows that nothing in themselves speaks against."},
        "sent": {**_COUNT, "description": "Rows that Kafka has; their receipts tell the rest."},
    }
    return made


def _problem_details() -> Document:
    place = {
        "pointer": {"type": "string", "description": "JSON pointer into the body (RFC 6901)."},
        "parameter": {"type": "string", "description": "The parameter or header, where it is none of the body."},
    }
    told = {"code": {"type": "string", "enum": sorted(REFUSALS)}, "value": _TEXT, "repair": _TEXT}
    error = {"type": "object", "properties": {**place, **told}, "required": list(told)}
    kinds = [f"urn:techdock:problem:{kind}" for kind in KINDS]
    needed = {"type": {"type": "string", "enum": kinds}, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT}
    more = {
        "errors": {"type": "array", "items": error},
        "errors_total": {
            "type": "integer",
            "description": "Faults that were found, of very many the first; `errors` has a thousand.",
        },
        "submission_ids": {"type": "array", "items": _UUID, "description": "Send it again under these."},
    }
    about = "Problem details for HTTP (RFC 9457), with all faults at once."
    return {"type": "object", "description": about, "properties": {**needed, **more}, "required": list(needed)}


def _object(**fields: Document) -> Document:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def completed(app: FastAPI) -> Document:
    """The document of an app, with all that its routes refer to."""
    made = get_openapi(
        title="TechDock intake", version=importlib.metadata.version("techdock"), description=_ABOUT, routes=app.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )  # fmt: skip
    made["servers"] = [{"url": "/", "description": "`techdock up` prints the address as intake url."}]
    made["components"] = {"schemas": components(), "securitySchemes": _SCHEMES}
    for path in made["paths"].values():
        for operation in path.values():
            # FastAPI's own form of 422, which we answer in no route.
            told = operation["responses"].get("422", {}).get("content", {})
            if MEDIA_TYPE not in told:
                operation["responses"].pop("422", None)
    return made


def as_yaml(plain: Document) -> str:
    """``docs/openapi.yaml``."""
    return asyncapi.block_yaml("# Made from producers/gateway and schemas/avro by `make openapi`.", plain)
