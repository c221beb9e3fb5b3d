"""Editions of the schemas with one change, made in a folder of a test."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from schemas.editions import PRESENT, Edition
from tests.contract.schemas.examples import types_in

Change = Callable[[dict[str, Any]], None]


def edition(folder: Path, name: str, record: str, change: Change, examples: Mapping[str, Any] | None = None) -> Edition:
    """The present schemas as ``name``, with ``record`` changed, and these further examples of it."""
    root = folder / name
    for part in ("avro", "examples"):
        shutil.copytree(PRESENT.folder / part, root / part)
    schema = PRESENT.schema(record)
    change(schema)
    (root / "avro" / f"{record}.avsc").write_text(json.dumps(schema), encoding="utf-8")
    for example, content in (examples or {}).items():
        (root / "examples" / record / f"{example}.json").write_text(json.dumps(content), encoding="utf-8")
    return Edition(name, root)


def field(schema: Mapping[str, Any], name: str, within: str | None = None) -> dict[str, Any]:
    """A field of a record, or of a type that is defined inside it."""
    (found,) = (each for each in named(schema, within or schema["name"])["fields"] if each["name"] == name)
    return dict_of(found)


def named(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The record or enum of that name inside a schema."""
    return dict_of(next(each for each in types_in(schema) if each["name"] == name))


def dict_of(value: Any) -> dict[str, Any]:
    """The very dictionary, so that a change of it is one of the schema."""
    assert isinstance(value, dict)
    return value
