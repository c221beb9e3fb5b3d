"""Records in quarantine put into words, for people and for machines."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from producers.quarantine.asides import Aside
from schemas import shapes
from schemas.faults import shown
from schemas.quarantine import LONGEST_MESSAGE
from schemas.records import QuarantineActed
from schemas.salvage import Salvage

#: Bytes that are shown of a record; all of them go into a file.
SHOWN_BYTES = 512
_ROW = 16


def row(aside: Aside) -> dict[str, Any]:
    """A record as a line of the list; times as text with their zone."""
    history = aside.history
    return {
        "id": str(aside.at),
        "state": aside.state,
        "institution": aside.institution_id,
        "topic": None if history is None else history.topic,
        "partition": None if history is None else history.partition,
        "offset": None if history is None else history.offset,
        "arrived_at": moment(aside.timestamp),
        "first_failure": None if history is None else moment(history.first_failure),
        "lane": None if history is None else history.lane,
        "error": None if history is None else history.error,
        # A former release wrote messages as they were.
        "message": None if history is None else shown(history.message, LONGEST_MESSAGE),
        "attempts": None if history is None else history.attempts,
        "release": None if history is None else history.release,
        "bytes": len(aside.value or b""),
        "replay_of": aside.replay_of,
    }


def whole(aside: Aside, found: Salvage) -> dict[str, Any]:
    """All there is to say of a record, its bytes in base64."""
    return {
        **row(aside),
        "key": None if aside.key is None else shown(aside.key.decode(errors="backslashreplace")),
        "headers": [[name, _readable(value)] for name, value in aside.headers],
        "acts": [_act(act) for act in aside.acts],
        "read": {
            "record": found.record,
            "why_not": found.why,
            "failed_at": {"field": found.field, "byte": found.offset} if found.field else None,
            "values": json.loads(json.dumps(dict(found.values), default=shapes.spelled)),
        },
        "value_base64": None if aside.value is None else base64.b64encode(aside.value).decode(),
    }


def table(rows: list[dict[str, Any]]) -> Table:
    """The list for people."""
    made = Table("id", "state", "from", "first failure", "error", "bytes", box=None, pad_edge=False)
    made.columns[0].no_wrap = True
    for one in rows:
        error = f"{one['error'] or '?'}: {one['message'] or ''}"
        first = one["first_failure"] or one["arrived_at"]
        cells = (one["id"], one["state"], one["institution"] or one["topic"] or "?", first, error, str(one["bytes"]))
        made.add_row(*(Text(shown(cell or "", LONGEST_MESSAGE)) for cell in cells))
    return made


def lines(aside: Aside, found: Salvage) -> Iterator[str]:
    """All there is to say of a record, for people; of its bytes the beginning."""
    told = whole(aside, found)
    for name in (*row(aside), "key"):
        yield f"{name:<14} {'–' if told[name] is None else told[name]}"
    for name, value in told["headers"]:
        yield f"header         {name}: {value}"
    for act in told["acts"]:
        yield f"act            {act['at']} {act['action'].lower()} by {act['by']}{_because(act['reason'])}"
    yield ""
    if found.why is None:
        yield f"It can be read as it stands: {found.record}"
    else:
        stop = f", then `{found.field}` fails at byte {found.offset}" if found.field else ""
        yield f"It was read as {found.record or 'no record that we know'}: {len(found.values)} fields{stop}"
    yield json.dumps(told["read"]["values"], ensure_ascii=False, indent=2)
    yield ""
    yield from dump(aside.value or b"")


def dump(data: bytes) -> Iterator[str]:
    """The beginning of ``data``: offset, sixteen bytes in hexadecimal, the same as far as it can be printed."""
    for start in range(0, min(len(data), SHOWN_BYTES), _ROW):
        part = data[start : start + _ROW]
        printable = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in part)
        yield f"{start:08x}  {part.hex(' '):<47}  {printable}"
    if len(data) > SHOWN_BYTES:
        yield f"{len(data) - SHOWN_BYTES:,} more bytes: --bytes FILE writes them all"


def moment(milliseconds: int | None) -> str | None:
    """A time in milliseconds since 1970 as text (UTC)."""
    if milliseconds is None or not 0 <= milliseconds < 10**14:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def _act(act: QuarantineActed) -> dict[str, Any]:
    return {
        "action": act.action.value,
        "at": act.acted_at.isoformat(timespec="seconds"),
        "by": act.acted_by,
        "reason": act.reason,
        "sent_to": act.sent_to,
        "submission_id": None if act.submission_id is None else str(act.submission_id),
    }


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _readable(value: Any) -> str | None:
    if value is None:
        return None
    return shown(value.decode(errors="backslashreplace") if isinstance(value, bytes) else value)
