"""Frozen records whose slots are filled at once: Python's own ``__init__`` of one looks up who may set each name."""

from __future__ import annotations

import functools
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, cast

from schemas.generated import Source

_Made = TypeVar("_Made")

#: Makes something one of another class with the same slots.
become: Any = object.__dict__["__class__"].__set__


@functools.cache
def open_form(cls: type) -> type:
    """A class with the slots of the frozen ``cls`` that anybody may fill, before it is to ``become`` one of ``cls``."""
    bases = tuple(open_form(base) if is_dataclass(base) else base for base in cls.__bases__)
    return type(cls.__name__, bases, {"__slots__": cls.__dict__["__slots__"]})


def filled_at_once(cls: type[_Made]) -> type[_Made]:
    """``cls``, a frozen dataclass with slots, which takes the same arguments as before and makes the same of them.

    Raises ``TypeError`` where it does more than to keep them.
    """
    told = fields(cls)  # type: ignore[arg-type]
    if hasattr(cls, "__post_init__") or any(one.default_factory is not MISSING for one in told):
        raise TypeError(f"{cls.__name__} does more with its fields than to keep them")
    source = Source(f"def __init__(self, {', '.join(one.name for one in told)}):")
    turn = source.value(become)
    source.says(f"{turn}(self, {source.value(open_form(cast(type, cls)))})")
    source.says(*(f"self.{one.name} = {one.name}" for one in told))
    source.says(f"{turn}(self, {source.value(cls)})")
    made: Any = source.function("__init__")
    made.__defaults__ = tuple(one.default for one in told if one.default is not MISSING)
    made.__annotations__, made.__qualname__ = cls.__init__.__annotations__, cls.__init__.__qualname__
    cls.__init__ = made  # type: ignore[method-assign]
    return cls
