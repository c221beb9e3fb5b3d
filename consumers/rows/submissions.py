"""What receipts and quarantine leave in the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from consumers.rows.change import Change, Changes, Values

_BLANK_RECEIPT: Values = {
    "register_topic": None,
    "register_partition": None,
    "register_offset": None,
    "faults": [],
}


def _receipt(result: str) -> Callable[[Values], Change]:
    def receipt(values: Values) -> Change:
        row = {"result": result, **_BLANK_RECEIPT, **values}
        return Change("receipts", (values["institution_id"], values["submission_id"]), row)

    return receipt


def quarantined(place: tuple[int, int], headers: Iterable[tuple[str, bytes | None]]) -> Change:
    """What a record in quarantine leaves: where it lies, where it came from and what was wrong, never its bytes."""
    told = {name: (value or b"").decode(errors="replace") for name, value in headers if name.startswith("techdock-")}
    return Change(
        "quarantine",
        place,
        {
            "quarantine_partition": place[0],
            "quarantine_offset": place[1],
            "source_topic": told.get("techdock-topic"),
            "source_partition": _integer(told.get("techdock-partition")),
            "source_offset": _integer(told.get("techdock-offset")),
            "source_timestamp": _moment(told.get("techdock-timestamp")),
            "lane": told.get("techdock-lane"),
            "error": told.get("techdock-error"),
            "message": told.get("techdock-message"),
            "attempts": _integer(told.get("techdock-attempts")),
            "first_failure": _moment(told.get("techdock-first-failure")),
            "release": told.get("techdock-release"),
        },
    )


def _moment(text: str | None) -> datetime | None:
    milliseconds = _integer(text)
    # Later than the year 5000 is nobody's time.
    return None if milliseconds is None or milliseconds >= 10**14 else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _integer(text: str | None) -> int | None:
    # Someone else's headers may say anything; a row that says less is better than none.
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None


def _acted(values: Values) -> Change:
    place = (values["quarantine_partition"], values["quarantine_offset"])
    row = {
        "quarantine_partition": place[0],
        "quarantine_offset": place[1],
        "last_act": values["action"],
        "acted_at": values["acted_at"],
        "acted_by": values["acted_by"],
        "act_reason": values["reason"],
    }
    return Change("quarantine", place, row)


#: By the record's name.
CHANGES: Changes = {
    "SubmissionAccepted": _receipt("accepted"),
    "SubmissionRefused": _receipt("refused"),
    "QuarantineActed": _acted,
}
