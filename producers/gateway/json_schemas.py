"""Our records as JSON Schema: how their JSON is spelled, made from the same ``.avsc`` files as everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas import codec, texts
from schemas.records import SUBMISSIONS

Schema = dict[str, Any]

_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_LEAVES: Mapping[str, Schema] = {
    "string": {"type": "string"},
    "bytes": {"type": "string", "contentEncoding": "base64", "pattern": _BASE64},
    "int": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "long": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "double": {"type": "number"},
    "boolean": {"type": "boolean"},
    "decimal": {
        "anyOf": [{"type": "string", "pattern": r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"}, {"type": "number"}],
        "description": "As text where the digits matter.",
    },
    "timestamp-micros": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "uuid": {"type": "string", "format": "uuid"},
}
#: What the intake fills in where a submission does not say it.
_FILLED_IN = {
    "submission_id": "Left out, it follows from the Idempotency-Key, or is made anew.",
    "institution_id": "Left out, it is the institution of the token; another one only where a delegation lets you.",
}


def submission(name: str) -> Schema:
    """A submission as it is sent: its record's name in ``record``, beside its fields."""
    made = _record(codec.schema(name), _named(codec.schema(name)))
    fields: Schema = {"record": {"const": name, "description": "Which record this is."}, **made["properties"]}
    for field, about in _FILLED_IN.items():
        fields[field] = {**fields[field], "description": f"{fields[field].get('description', '')} {about}".strip()}
    fields["institution_id"]["pattern"] = f"^{texts.SLUG.pattern}$"
    required = ["record", *(each for each in made["required"] if each not in _FILLED_IN)]
    return {**made, "properties": fields, "required": required}


def receipt(name: str) -> Schema:
    """A receipt as it is told: its record's name in ``receipt``, beside its fields."""
    made = _record(codec.schema(name), _named(codec.schema(name)))
    fields = {"receipt": {"const": name, "description": "Which receipt this is."}, **made["properties"]}
    return {**made, "properties": fields, "required": list(fields)}


def components() -> dict[str, Schema]:
    """The schemas of everything that institutions send and are answered, by name."""
    sent = {name: submission(name) for name in SUBMISSIONS}
    told = {name: receipt(name) for name in ("SubmissionAccepted", "SubmissionRefused")}
    return {
        **sent,
        **told,
        "Submission": _one_of("record", sent),
        "Receipt": _one_of("receipt", told),
    }


def _one_of(field: str, by_name: Mapping[str, Schema]) -> Schema:
    refs = {name: f"#/components/schemas/{name}" for name in by_name}
    return {
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": field, "mapping": refs},
    }


def _record(schema: Any, named: Mapping[str, Any]) -> Schema:
    fields = {field["name"]: _field(field, named) for field in schema["fields"]}
    required = [field["name"] for field in schema["fields"] if "default" not in field]
    return {
        "type": "object", "description": schema["doc"], "properties": fields, "required": required,
        "additionalProperties": False,
    }  # fmt: skip


def _field(field: Any, named: Mapping[str, Any]) -> Schema:
    made = dict(_type(field["type"], named))
    if field.get("doc"):
        made["description"] = field["doc"]
    return made


def _type(schema: Any, named: Mapping[str, Any]) -> Schema:
    if isinstance(schema, list):
        inner = next(each for each in schema if each != "null")
        return {"anyOf": [dict(_type(inner, named)), {"type": "null"}]}
    if isinstance(schema, str):
        return dict(_type(named[schema], named)) if schema in named else dict(_LEAVES[schema])
    if schema["type"] == "record":
        return _record(schema, named)
    if schema["type"] == "array":
        return {"type": "array", "items": _type(schema["items"], named)}
    if schema["type"] == "enum":
        symbols = [symbol for symbol in schema["symbols"] if symbol != schema.get("default")]
        return {"type": "string", "enum": symbols if "UNKNOWN" in schema["symbols"] else list(schema["symbols"])}
    return dict(_LEAVES[schema.get("logicalType", schema["type"])])


def _named(schema: Any) -> dict[str, Any]:
    """The types that are named inside a schema, by their names."""
    found: dict[str, Any] = {}
    if isinstance(schema, list):
        for each in schema:
            found |= _named(each)
    elif isinstance(schema, Mapping):
        if schema["type"] in {"record", "enum"}:
            found[schema["name"]] = schema
        for field in schema.get("fields", ()):
            found |= _named(field["type"])
        found |= _named(schema.get("items"))
    return found
