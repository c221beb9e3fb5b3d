"""What a body says, as submissions that are well formed; or every fault of all of them at once."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from infra.clients import MAX_RECORD_BYTES
from producers.gateway.problems import MOST_ERRORS, Error, Problem, pointer
from producers.publisher import addressed
from schemas import codec, rules, shapes
from schemas.cloudevents import Header
from schemas.errors import Unreadable
from schemas.faults import fault
from schemas.records import SUBMISSIONS

#: Namespace of submission ids that follow from an Idempotency-Key.
_KEYED = uuid.UUID("b1b1a8f4-6a0f-4f0e-9a53-9f6a2f7f1d07")
#: Bytes of a record that Kafka adds to the value: headers, key, framing.
_AROUND = 4_096


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A submission as it goes to Kafka."""

    submission_id: uuid.UUID
    key: bytes
    value: bytes
    headers: tuple[Header, ...]


def named(institution_id: str, key: str | None, position: int) -> uuid.UUID:
    """The id of a submission that names none: the same key gives the same one, no key always a new one."""
    return uuid.uuid4() if key is None else uuid.uuid5(_KEYED, f"{institution_id} {position} {key}")


def drafted(
    rows: Sequence[tuple[str, Any]], institution_id: str, name_of: Callable[[int], uuid.UUID], now: datetime
) -> list[Outgoing]:
    """The submissions of all rows. Raises ``Problem`` with all faults of all rows, where there is one."""
    found: list[Outgoing] = []
    errors: list[Error] = []
    said: dict[uuid.UUID, str] = {}
    for position, (start, row) in enumerate(rows):
        name, values, wrong = _read(start, row, institution_id, partial(name_of, position))
        wrong = wrong or [Error(pointer(start, one.field), one) for one in rules.faults(name, values, arrived_at=now)]
        if not wrong and said.setdefault(values["submission_id"], start) != start:
            told = fault(
                "submission_id", "duplicate-id", values["submission_id"], "give each submission an id of its own"
            )
            wrong = [Error(pointer(start, "submission_id"), told)]
        errors += wrong
        if len(errors) >= MOST_ERRORS:
            # More are not told: whoever sends so many is not served better by all of them.
            break
        if not errors:
            found.append(written(start, name, values))
    if errors:
        more = " or more" if len(errors) >= MOST_ERRORS else ""
        detail = f"{len(errors):,}{more} faults in {len(rows):,} submissions; none of them was taken."
        raise Problem("not-well-formed", detail, errors)
    return found


def decoded(data: bytes, now: datetime) -> list[Outgoing]:
    """The one submission of an Avro body in single-object encoding. Raises ``Problem``."""
    try:
        name, values = codec.decode_fields(data)
    except Unreadable as error:
        told = fault("", "unreadable", data[:10].hex(), f"{error.why}; send Avro in single-object encoding")
        raise Problem("not-understood", f"The body is no record of ours: {error.why}.", [Error("", told)]) from None
    if name not in SUBMISSIONS:
        told = fault("", "unknown-value", name, f"send one of {', '.join(SUBMISSIONS)}")
        raise Problem("not-well-formed", f"{name} is no submission.", [Error("", told)])
    if wrong := rules.faults(name, values, arrived_at=now):
        errors = [Error(pointer("", one.field), one) for one in wrong]
        raise Problem("not-well-formed", f"{len(errors):,} faults; it was not taken.", errors)
    return [written("", name, values)]


def digest(submissions: Sequence[Outgoing]) -> str:
    """What all of them say together: the same for the same content, however its JSON is spelled."""
    return hashlib.sha256(b"".join(hashlib.sha256(one.value).digest() for one in submissions)).hexdigest()


def _read(
    start: str, row: Any, institution_id: str, name_of: Callable[[], uuid.UUID]
) -> tuple[str, dict[str, Any], list[Error]]:
    """The name of a row's record, its plain values, and every fault of its shape."""
    record = row.get("record") if isinstance(row, dict) else None
    if not isinstance(record, str) or record not in SUBMISSIONS:
        repair = f"give an object whose `record` is one of {', '.join(SUBMISSIONS)}, beside its fields"
        told = fault("record", "unknown-value", record if isinstance(row, dict) else row, repair)
        return "", {}, [Error(pointer(start, "record" if isinstance(row, dict) else ""), told)]
    said = {name: value for name, value in row.items() if name != "record"}
    # Identity comes from the wire: what the body says of it is at most a claim, which admission decides.
    said.setdefault("institution_id", institution_id)
    if said.get("submission_id") is None:
        said["submission_id"] = name_of()
    values, wrong = shapes.read(record, said)
    return record, values, [Error(pointer(start, one.field), one) for one in wrong]


def written(start: str, name: str, values: dict[str, Any]) -> Outgoing:
    """A submission that is well formed as it goes to Kafka; ``start`` is where it stands. Raises ``Problem``."""
    key, headers = addressed(name, values)
    value = codec.encode_fields(name, values)
    if len(value) > MAX_RECORD_BYTES - _AROUND:
        told = fault("", "too-long", f"{len(value):,} bytes", f"shorten it to {MAX_RECORD_BYTES - _AROUND:,} bytes")
        raise Problem("not-well-formed", "A submission is larger than the largest record.", [Error(start, told)])
    return Outgoing(values["submission_id"], key.encode(), value, tuple(headers))
