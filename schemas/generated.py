"""Functions whose text is written out for one schema, as ``dataclasses`` does: one without a loop over its fields.

They do what is usual, and only that. Whatever is rarer, let alone wrong, is ``Unusual``: fastavro judges it. So they
need not know what Avro forbids, only what they are sure of.
"""

from __future__ import annotations

import struct
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from decimal import Context
from typing import Any

Schema = Mapping[str, Any]
#: Moves the point of any decimal of ours without rounding, whatever context is set.
EXACT = Context(prec=60)


class Unusual(Exception):
    """Something that is not read or written here, though it may be right."""


#: What says of bytes or values that they are for fastavro to judge.
DOUBTS = (
    Unusual, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, struct.error,
)  # fmt: skip


class Source:
    """The text of one function as it grows, and the values that it names."""

    def __init__(self, heading: str) -> None:
        self._lines = [heading]
        self._depth = 1
        self._values: dict[str, Any] = {}
        self._names = 0
        #: Types of Avro that were named in the schema so far.
        self.known: dict[str, Schema] = {}

    def says(self, *lines: str) -> None:
        """Lines at the present depth."""
        self._lines += [f"{' ' * self._depth}{line}" for line in lines]

    @contextmanager
    def under(self, line: str) -> Iterator[None]:
        """A line, and one step deeper what belongs to it."""
        self.says(line)
        self._depth += 1
        yield
        self._depth -= 1

    def name(self) -> str:
        """A name that nothing has yet."""
        self._names += 1
        return f"_{self._names}"

    def value(self, value: Any) -> str:
        """The name under which the function finds ``value``."""
        name = self.name()
        self._values[name] = value
        return name

    def meant(self, schema: Any) -> Any:
        """``schema`` itself, or the type that it names; what has a name is known from now on."""
        if isinstance(schema, str):
            return self.known.get(schema, schema)
        if isinstance(schema, dict) and "name" in schema:
            self.known[schema["name"]] = schema
        return schema

    def function(self, name: str) -> Callable[..., Any]:
        """The function of that name that the text makes."""
        # What is run is made of our own schemas, by ``readers`` and ``writers`` alone.
        made: dict[str, Any] = dict(self._values)
        exec(compile("\n".join(self._lines), f"<{name} of a schema>", "exec"), made)  # noqa: S102
        return typing.cast(Callable[..., Any], made[name])


def field_schemas(schema: Schema, cls: type) -> list[tuple[str, Any, Any]]:
    """Name, schema and type hint of each field of a record; raises ``TypeError`` where ``cls`` has others."""
    hints = typing.get_type_hints(cls)
    names = [field["name"] for field in schema["fields"]]
    if names != [field.name for field in fields(cls)]:
        raise TypeError(f"{cls.__name__} has other fields than its schema")
    return [(field["name"], field["type"], hints[field["name"]]) for field in schema["fields"]]


def alone(schema: list[Any]) -> tuple[Any, int, int]:
    """What a union has beside null, then the bytes that say null and that; unions of more are none of ours."""
    (one,) = [each for each in schema if each != "null"]
    return one, 2 * schema.index("null"), 2 * schema.index(one)


def present(hint: Any) -> Any:
    """``hint`` without ``None``."""
    if typing.get_origin(hint) is not types.UnionType:
        return hint
    return next(each for each in typing.get_args(hint) if each is not type(None))
