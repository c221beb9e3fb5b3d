"""A broken submission as JSON that a person completes, and what the person made of it, checked like any submission."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from infra.clients import MAX_RECORD_BYTES
from infra.exact_json import STRICT
from producers.quarantine.asides import Aside
from schemas import codec, rules, shapes
from schemas.errors import Misconfigured
from schemas.faults import fault
from schemas.records import SUBMISSIONS, Fault
from schemas.salvage import Salvage

_ADDRESS, _RECORD, _VALUES = "quarantine", "record", "values"
_SHAPE = 'keep the form {"record": …, "values": {…}}'


class Repaired(NamedTuple):
    """A submission that is well formed now, in single-object encoding."""

    submission_id: uuid.UUID
    data: bytes


def draft(aside: Aside, found: Salvage) -> str:
    """What could be read as JSON, with the fields that are still to be filled in and what they mean."""
    name = found.record if found.record in SUBMISSIONS else None
    values = dict(found.values)
    known = known_id(aside, found)
    if name is not None and known is not None:
        values = {"submission_id": known, **values}
    missing = {} if name is None else {
        field["name"]: field["doc"] for field in codec.schema(name)["fields"] if field["name"] not in values
    }  # fmt: skip
    wanted = {
        _ADDRESS: aside.at.full,
        "why": found.why or "",
        "not_read": missing,
        _RECORD: name or f"one of {', '.join(SUBMISSIONS)}",
        _VALUES: values,
    }
    return json.dumps(wanted, ensure_ascii=False, indent=2, default=shapes.spelled) + "\n"


def known_id(aside: Aside, found: Salvage) -> uuid.UUID | None:
    """The submission id that the bytes or, where they are silent, the sender's headers tell."""
    told = found.values.get("submission_id")
    if told is None:
        told = next((value.decode(errors="replace") for name, value in aside.headers if name == "ce_id" and value), "")
    try:
        return told if isinstance(told, uuid.UUID) else uuid.UUID(str(told))
    except ValueError:
        return None


def repaired(text: str, aside: Aside, found: Salvage, now: datetime) -> Repaired | list[Fault]:
    """The submission in ``text``; or everything that is wrong with it.

    Raises ``Misconfigured`` where the text is no draft of this record.
    """
    name, values = _opened(text, aside)
    plain, wrong = shapes.read(name, values)
    if not wrong:
        wrong = rules.faults(name, plain, arrived_at=now) + _identity(plain, aside, found)
    if wrong:
        return wrong
    data = codec.encode_fields(name, plain)
    if len(data) > MAX_RECORD_BYTES:
        raise Misconfigured([f"the record has {len(data):,} bytes; at most {MAX_RECORD_BYTES:,} will do: shorten it"])
    return Repaired(plain["submission_id"], data)


def _identity(plain: Mapping[str, Any], aside: Aside, found: Salvage) -> list[Fault]:
    """A repair changes what was said, never who said it."""
    wrong = []
    # Whoever came through the inbox may have spoken for another: admission knows whether that is allowed.
    if plain["institution_id"] not in {aside.institution_id, found.values.get("institution_id")}:
        repair = f"it came through the inbox of {aside.institution_id!r}: keep institution_id {aside.institution_id!r}"
        wrong.append(fault("institution_id", "speaks-for-itself", plain["institution_id"], repair))
    known = known_id(aside, found)
    if known is not None and plain["submission_id"] != known:
        wrong.append(fault("submission_id", "same-submission", plain["submission_id"], f"keep {known}, as it came"))
    return wrong


def _opened(text: str, aside: Aside) -> tuple[str, Any]:
    try:
        draft = STRICT.decode(text)
    except RecursionError:
        raise Misconfigured([f"the JSON is nested too deeply: {_SHAPE}"]) from None
    except ValueError as error:
        raise Misconfigured([f"this is not JSON that can be read: {error}"]) from error
    if not isinstance(draft, dict) or not isinstance(draft.get(_VALUES), dict):
        raise Misconfigured([f"this is no draft of a repair: {_SHAPE}"])
    if draft.get(_ADDRESS, aside.at.full) != aside.at.full:
        raise Misconfigured(
            [f"this draft is of {draft[_ADDRESS]}, not of {aside.at.full}: take the one of this record"]
        )
    if draft.get(_RECORD) not in SUBMISSIONS:
        raise Misconfigured([f"record {draft.get(_RECORD)!r}: name one of {', '.join(SUBMISSIONS)}"])
    return draft[_RECORD], draft[_VALUES]
