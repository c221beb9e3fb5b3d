"""What the headers of a record in quarantine say: where it came from, and why it is here.

Its bytes, its key and the headers that it carried are kept as they came; ours follow them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from schemas.faults import shown

#: The first of our headers: what stands before it came with the record.
_FIRST = "techdock-topic"
#: When the record failed for the first time, in milliseconds since 1970 (UTC).
FIRST_FAILURE = "techdock-first-failure"
#: The release of TechDock that set the record aside.
RELEASE = "techdock-release"
#: On a record that is replayed: the address in quarantine that it comes from.
REPLAY_OF = "techdock-replay-of"
#: Characters of a message that are kept.
LONGEST_MESSAGE = 500

Headers = Iterable[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class History:
    """Where a record in quarantine came from and why it is there; times in milliseconds since 1970 (UTC).

    ``first_failure`` and ``release`` are absent where an older release set the record aside.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    lane: str
    error: str
    message: str
    attempts: int
    first_failure: int | None = None
    release: str | None = None


def written(history: History) -> list[tuple[str, bytes]]:
    """The headers that say ``history``, without first failure and release: the runner of a lane knows these."""
    about = {
        _FIRST: history.topic,
        "techdock-partition": str(history.partition),
        "techdock-offset": str(history.offset),
        "techdock-timestamp": str(history.timestamp),
        "techdock-lane": history.lane,
        "techdock-error": history.error,
        # What went wrong may quote what was sent: no control character of it reaches a terminal.
        "techdock-message": shown(history.message, LONGEST_MESSAGE),
        "techdock-attempts": str(history.attempts),
    }
    return [(name, value.encode(errors="backslashreplace")) for name, value in about.items()]


def told(headers: Headers) -> tuple[History | None, list[tuple[str, Any]]]:
    """The history of a record in quarantine, and the headers that it came with.

    The history is ``None`` where the headers do not say it: somebody else wrote them.
    """
    all_headers = list(headers)
    names = [name for name, _ in all_headers]
    if _FIRST not in names:
        return None, all_headers
    # Whoever sent the record may have used our names: only the last ones are ours.
    start = len(names) - 1 - names[::-1].index(_FIRST)
    ours = {name: (value or b"").decode(errors="replace") for name, value in all_headers[start:]}
    return _history(ours), all_headers[:start]


def _history(ours: dict[str, str]) -> History | None:
    try:
        return History(
            ours[_FIRST], int(ours["techdock-partition"]), int(ours["techdock-offset"]),
            int(ours["techdock-timestamp"]), ours["techdock-lane"], ours["techdock-error"], ours["techdock-message"],
            int(ours["techdock-attempts"]), int(ours[FIRST_FAILURE]) if FIRST_FAILURE in ours else None,
            ours.get(RELEASE),
        )  # fmt: skip
    except (KeyError, ValueError):
        return None
