"""A record whose slots are filled at once is the record that Python makes of the same arguments."""

from __future__ import annotations

import copy
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from schemas.slots import filled_at_once


class _Named:
    __slots__ = ()
    name: str

    @property
    def shout(self) -> str:
        return self.name.upper()


@dataclass(frozen=True, slots=True)
class _Usual(_Named):
    name: str
    size: int = 3
    parts: tuple[str, ...] = ()


@filled_at_once
@dataclass(frozen=True, slots=True)
class _AtOnce(_Named):
    name: str
    size: int = 3
    parts: tuple[str, ...] = ()


def test_it_takes_the_same_arguments_and_has_the_same_fields() -> None:
    for arguments, named in (("a",), {}), (("a", 5), {"parts": ("b",)}), ((), {"name": "a", "size": 7}):
        usual, ours = _Usual(*arguments, **named), _AtOnce(*arguments, **named)
        assert repr(ours) == repr(usual).replace("_Usual", "_AtOnce")
        assert (ours.shout, hash(ours)) == (usual.shout, hash(usual))
    for wrong in ({}, {"name": "a", "colour": "red"}):
        with pytest.raises(TypeError):
            _AtOnce(**wrong)  # type: ignore[arg-type]


def test_it_is_frozen_and_goes_where_records_go() -> None:
    one = _AtOnce("a")
    assert type(one) is _AtOnce
    with pytest.raises(FrozenInstanceError):
        one.size = 4  # type: ignore[misc]
    assert replace(one, size=4) == _AtOnce("a", 4) != one
    assert copy.deepcopy(one) == copy.copy(one) == one


def test_a_class_that_does_more_than_to_keep_its_fields_is_left_to_python() -> None:
    @dataclass(frozen=True, slots=True)
    class Counting:
        parts: list[str] = field(default_factory=list)

    @dataclass(frozen=True, slots=True)
    class Looking:
        size: int

        def __post_init__(self) -> None:
            assert self.size > 0

    for cls in (Counting, Looking):
        with pytest.raises(TypeError, match="does more with its fields"):
            filled_at_once(cls)
