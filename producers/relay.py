"""Publishes what an institution's system left in its outbox, and brings the receipts back.

    outbox ──▶ relay ──▶ inbox.<institution>
       ▲         │
       └─────────┴────── receipts.<institution>     where the table has a column for them

A row is locked, sent, and marked as published once Kafka has it, in one transaction of the database. Where the relay
dies in between, the row is sent again under the same submission id: it gets the same receipt and has no second effect.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Protocol

from infra.exact_json import DECODER
from producers.outbox import Entry, Outbox
from schemas import codec, rules, shapes
from schemas.errors import Unreadable
from schemas.records import SUBMISSIONS, Receipt

log = logging.getLogger(__name__)

#: Rows of one transaction.
_BATCH = 500
#: Namespace of submission ids of rows that name none.
_RELAYED = uuid.UUID("6f1a7f0e-6c0c-4a8e-9f3c-0d9a4c6a2b51")


class Sender(Protocol):
    """Where submissions go."""

    def send_fields(self, name: str, values: dict[str, Any]) -> None:
        """Sends one; raises ``Unavailable``, or ``Unreadable`` where it is too large."""

    def flush(self) -> None:
        """Returns when Kafka has everything; raises ``Unavailable``."""


class Log(Protocol):
    """Where receipts come from."""

    def read(self, timeout: float = 0.0) -> Iterator[Receipt]:
        """Receipts that are there, or come in time."""


class Relay:
    """Takes an outbox to the inbox of an institution."""

    def __init__(self, outbox: Outbox, institution_id: str, sender: Sender, now: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._institution_id = institution_id
        self._sender = sender
        self._now = now

    def publish(self) -> int:
        """Publishes the rows that wait, as many as go at once; how many were taken. Raises ``Unavailable``."""
        with self._outbox.batch(_BATCH) as batch:
            published: dict[int, uuid.UUID] = {}
            broken: dict[int, str] = {}
            for entry in batch.entries:
                try:
                    published[entry.id] = self._send(entry)
                except Unreadable as error:
                    broken[entry.id] = error.why
                    log.warning("row %d of the outbox cannot be published: %s", entry.id, error.why)
            self._sender.flush()
            batch.published(published, self._now())
            batch.broken(broken)
            return len(batch.entries)

    def receive(self, receipts: Log, timeout: float = 0.0) -> int:
        """Writes receipts that are there, or come in time, into their rows; how many there were."""
        found = {receipt.submission_id: told(receipt) for receipt in receipts.read(timeout)}
        self._outbox.answered(found)
        return len(found)

    def _send(self, entry: Entry) -> uuid.UUID:
        values = self._values(entry)
        self._sender.send_fields(entry.record, values)
        name: uuid.UUID = values["submission_id"]
        return name

    def _values(self, entry: Entry) -> dict[str, Any]:
        if entry.record not in SUBMISSIONS:
            raise Unreadable("record", f"{entry.record} is no submission; write one of {', '.join(SUBMISSIONS)}")
        said = read_json(entry.body)
        said.setdefault("institution_id", self._institution_id)
        said.setdefault("submission_id", str(self._named(entry)))
        values, faults = shapes.read(entry.record, said)
        faults = faults or rules.faults(entry.record, values, arrived_at=self._now())
        if faults:
            raise Unreadable("body", "; ".join(f"{each.field}: {each.rule}: {each.repair}" for each in faults))
        return values

    def _named(self, entry: Entry) -> uuid.UUID:
        """The same row with the same content has the same name, whenever it is sent."""
        return uuid.uuid5(_RELAYED, f"{self._institution_id} {entry.id} {entry.record} {entry.body}")


def read_json(text: str) -> dict[str, Any]:
    """A JSON object with amounts as they are written; raises ``Unreadable`` for anything else."""
    try:
        found = DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("body", f"it is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise Unreadable("body", "it is no JSON object")
    return found


def told(receipt: Receipt) -> str:
    """A receipt as JSON: its record, and its fields as the schema has them."""
    values = {"receipt": type(receipt).__name__, **codec.plain(receipt)}
    return json.dumps(values, ensure_ascii=False, default=shapes.spelled)
