"""What a schema may change between two releases: nothing that an old reader or an old writer could not live with.

Stricter than Avro's own rules, which say nothing of what bytes mean: they let pass a changed scale of a decimal, a
changed unit of a time, and a symbol that was renamed where the enum has a default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastavro.schema import expand_schema

#: What of a type stays as it was. Names are full ones, so that a namespace stays too.
_FROZEN = ("type", "name", "aliases", "logicalType", "precision", "scale", "size")
_ABSENT = object()


def objections(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> list[str]:
    """What ``later`` must not have changed in the schema of a record, each with its path; empty where all is well.

    A field may be added with a default, and a symbol where the enum has one. Docs may change.
    """
    return list(_type(str(earlier["name"]), expand_schema(dict(earlier)), expand_schema(dict(later))))


def _type(path: str, earlier: Any, later: Any) -> Iterator[str]:
    if isinstance(earlier, list) and isinstance(later, list) and len(earlier) == len(later):
        for before, after in zip(earlier, later, strict=True):
            yield from _type(path, before, after)
    elif isinstance(earlier, dict) and isinstance(later, dict):
        changed = [_frozen(path, trait, earlier, later) for trait in _FROZEN if earlier.get(trait) != later.get(trait)]
        yield from changed or _parts(path, earlier, later)
    elif earlier != later:
        yield f"{path}: its type was {_named(earlier)} and is {_named(later)}; a type stays"


def _frozen(path: str, trait: str, earlier: Mapping[str, Any], later: Mapping[str, Any]) -> str:
    return f"{path}: its {trait} was {_named(earlier.get(trait))} and is {_named(later.get(trait))}; it stays"


def _parts(path: str, earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[str]:
    match earlier["type"]:
        case "record":
            yield from _fields(path, earlier["fields"], later["fields"])
        case "enum":
            yield from _symbols(path, earlier, later)
        case "array":
            yield from _type(path, earlier["items"], later["items"])
        case "map":
            yield from _type(path, earlier["values"], later["values"])


def _fields(path: str, earlier: Sequence[Mapping[str, Any]], later: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    before, after = ({field["name"]: field for field in fields} for fields in (earlier, later))
    for name, field in before.items():
        if name not in after:
            yield f"{path}.{name}: it was removed or renamed; a field stays"
            continue
        yield from _default(f"{path}.{name}", field, after[name])
        if field.get("aliases") != after[name].get("aliases"):
            yield _frozen(f"{path}.{name}", "aliases", field, after[name])
        yield from _type(f"{path}.{name}", field["type"], after[name]["type"])
    for name, field in after.items():
        if name not in before and "default" not in field:
            yield f"{path}.{name}: it is new and has no default; give it one, for older records do not have it"


def _symbols(path: str, earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[str]:
    yield from _default(path, earlier, later)
    for symbol in earlier["symbols"]:
        if symbol not in later["symbols"]:
            yield f"{path}: its symbol {symbol} was removed or renamed; a symbol stays"
    for symbol in later["symbols"]:
        if symbol not in earlier["symbols"] and "default" not in earlier:
            yield f"{path}: its symbol {symbol} is new, and older readers have no default to fall back on"


def _default(path: str, earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[str]:
    before = earlier.get("default", _ABSENT)
    if before is not _ABSENT and before != later.get("default", _ABSENT):
        yield f"{path}: its default was {before!r} and is {later.get('default', 'none')!r}; a default stays"


def _named(schema: Any) -> str:
    """A type in a few words: its name, or what it is made of."""
    match schema:
        case None:
            return "not given"
        case list():
            return " | ".join(_named(branch) for branch in schema)
        case {"type": "record" | "enum" | "fixed", "name": name}:
            return str(name)
        case {"logicalType": logical}:
            return str(logical)
        case {"type": kind}:
            return str(kind)
        case _:
            return str(schema)
