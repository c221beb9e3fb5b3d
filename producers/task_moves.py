"""Moves in tasks as people write them down, in a file of JSON or in words on the command line, as submissions."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

from infra.exact_json import STRICT
from schemas import codec, rules, shapes
from schemas.errors import Misconfigured
from schemas.records import Fault, TaskMoved

_RECORD = "TaskMoved"
#: Namespace of submission ids that follow from what is said.
_SENT = uuid.UUID("0f3b8c52-9d0b-4c0e-8a3e-6a1b7d2c4e95")
#: Characters of a file that are read; a move has at most some thousands.
_MOST = 8 * 1024 * 1024


class Draft(NamedTuple):
    """A move with every fault that it has by itself; ``move`` is ``None`` where there is one."""

    line: int
    move: TaskMoved | None
    faults: tuple[Fault, ...]


def rows(file: Path) -> Iterator[tuple[int, Any]]:
    """The values in a file with their places from 1: one object, a list of them, or one a line (``.jsonl``).

    Raises ``Misconfigured``.
    """
    try:
        with file.open(encoding="utf-8") as source:
            text = source.read(_MOST + 1)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise Misconfigured([f"{file}: {why}; name a file of JSON"]) from None
    if len(text) > _MOST:
        raise Misconfigured([f"{file}: it has more than {_MOST:,} characters: send it in several files"])
    if file.suffix == ".jsonl":
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield number, _json(line, f"{file}, line {number}")
        return
    found = _json(text, str(file))
    yield from enumerate(found if isinstance(found, list) else [found], 1)


def drafts(said: Sequence[tuple[int, Any]], by: str, now: datetime) -> list[Draft]:
    """The move in each row. ``by`` makes those that name no institution, ``now`` those that name no time.

    A row without a submission id has one that follows from what it says: sent again, it has no second effect.
    """
    return [_draft(line, row, by, now) for line, row in said]


def spelled(words: Sequence[str]) -> dict[str, Any]:
    """The fields in ``FIELD=VALUE``, as JSON has them. Raises ``Misconfigured``."""
    found: dict[str, Any] = {}
    for word in words:
        field, is_there, value = word.partition("=")
        if not is_there or not field:
            raise Misconfigured([f"--set {word}: write FIELD=VALUE, for example --set title=GB/T 22900-2022"])
        for name, each in _READERS.get(field, _as_it_is)(field, value).items():
            if name in found and name != "labels":
                raise Misconfigured([f"--set {word}: {name} is set already"])
            found[name] = found[name] + each if name in found else each
    return found


def _draft(line: int, row: Any, by: str, now: datetime) -> Draft:
    said = dict(row) if isinstance(row, dict) else row
    if isinstance(said, dict):
        # Examples and the intake over HTTPS name the record beside its fields.
        if said.get("record") == _RECORD:
            del said["record"]
        said.setdefault("institution_id", by)
        name = json.dumps(said, sort_keys=True, default=str)
        said.setdefault("submission_id", str(uuid.uuid5(_SENT, f"{by} {name}")))
        said.setdefault("moved_at", now.isoformat())
    values, faults = shapes.read(_RECORD, said)
    faults = faults or rules.faults(_RECORD, values, arrived_at=now)
    move = None if faults else cast(TaskMoved, codec.record(_RECORD, values))
    return Draft(line, move, tuple(faults))


def _json(text: str, place: str) -> Any:
    try:
        return STRICT.decode(text)
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise Misconfigured([f"{place} is not JSON: {why}"]) from None


def _as_it_is(field: str, value: str) -> dict[str, Any]:
    return {field: value}


def _number(field: str, value: str) -> dict[str, Any]:
    return {field: int(value) if value.isdecimal() and value.isascii() and len(value) < 10 else value}


def _amount(field: str, value: str) -> dict[str, Any]:
    amount, _, currency = value.replace(",", "").partition(" ")
    return {field: {"amount": amount, "currency": currency or "CNY"}}


def _achievement(_field: str, value: str) -> dict[str, Any]:
    institution_id, _, achievement_id = value.partition("/")
    return {"achievement_institution_id": institution_id, "achievement_id": achievement_id}


def _parsed(field: str, value: str) -> dict[str, Any]:
    return {field: _json(value, f"--set {field}")}


#: How a field is typed where it is no plain text.
_READERS: Mapping[str, Callable[[str, str], dict[str, Any]]] = {
    "count": _number, "maturity": _number, "amount": _amount, "achievement": _achievement,
    "party": lambda _field, value: {"party_institution_id": value}, "slot": lambda _field, value: {"slot_id": value},
    "label": lambda _field, value: {"labels": [value]},
    "assessment": _parsed, "shares": _parsed, "policy": _parsed, "labels": _parsed,
}  # fmt: skip
