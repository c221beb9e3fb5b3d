"""Takes submissions in, and tells what became of them: what the routes do, without HTTP around it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra import reading
from producers.gateway.inboxes import Inboxes, Place, Unsure
from producers.gateway.ledger import Ledger, Receipt
from producers.gateway.ledgers import Ledgers, receipt, stamp
from producers.gateway.problems import Error, Problem
from producers.gateway.submissions import Outgoing, digest
from producers.relay import told
from schemas import codec, topics
from schemas.faults import fault

_KEY = re.compile(r"[!-~]{1,255}")
#: Offsets that one question looks through where they are older than a ledger.
_SPAN = 5_000
#: Receipts that are spelled in the event loop itself.
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Question:
    """Which receipts: from the offset ``start`` on, at most ``limit``, only of a ``name``; waiting for so long."""

    start: int
    limit: int
    name: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Counter:
    """Where institutions hand in; ``monotonic`` tells seconds of a steady clock."""

    bootstrap: str
    inboxes: Inboxes
    ledgers: Ledgers
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    #: Readings of receipts that no ledger has any more, at once.
    older: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))

    async def hand_in(
        self, institution_id: str, key: str | None, submissions: Sequence[Outgoing]
    ) -> dict[str, Any]:  # fmt: skip
        """The answer to a request, once Kafka has all of it. Raises ``Problem`` and ``Unavailable``."""
        if key is None:
            places = await self._put(institution_id, submissions, ())
            if (opened := self.ledgers.opened(institution_id)) is not None:
                opened.remember(None, "", _placed(submissions, places))
            return answer(institution_id, submissions, places)
        ledger = await self.ledgers.of(institution_id)
        name, content = hashed(key), digest(submissions)
        before = ledger.came_with(name)
        if before is not None and before != content:
            raise reused(key)
        known = _known(ledger, submissions) if before is not None else None
        if known is not None:
            return answer(institution_id, submissions, known)
        if not ledger.begin(name, self.monotonic()):
            raise Problem("in-progress", "A request under the same Idempotency-Key is under way.", retry_after=1.0)
        try:
            places = await self._put(institution_id, submissions, (stamp(name, content),))
        finally:
            ledger.end(name)
        ledger.remember(name, content, _placed(submissions, places))
        return answer(institution_id, submissions, places)

    async def status(self, institution_id: str, submission_id: uuid.UUID) -> dict[str, Any]:
        """Pending, or the receipt. Raises ``Problem`` for a submission that is not among the last ones."""
        ledger = await self.ledgers.of(institution_id)
        found = ledger.receipt_of(submission_id)
        if found is not None:
            content = spelled(found)
            status = "accepted" if found.name == "SubmissionAccepted" else "refused"
            return {"submission_id": str(submission_id), "status": status, "receipt": content}
        if ledger.offset_of(submission_id) is None:
            raise Problem(
                "not-found",
                f"{submission_id} is not among the last submissions of {institution_id}; "
                "older receipts are in GET /v1/receipts.",
            )
        return {"submission_id": str(submission_id), "status": "pending", "receipt": None}

    async def receipts(self, institution_id: str, asked: Question) -> dict[str, Any]:
        """Receipts in order, and the cursor of what comes after them. Raises ``Unavailable``."""
        ledger = await self.ledgers.of(institution_id)
        deadline = self.monotonic() + asked.seconds
        if asked.start < ledger.since:
            async with self.older:
                return await asyncio.to_thread(_older, self.bootstrap, institution_id, asked, ledger.since)
        found, after = ledger.receipts(asked.start, asked.limit, asked.name)
        while not found and (left := deadline - self.monotonic()) > 0 and not self.ledgers.is_closing:
            await ledger.news(left)
            found, after = ledger.receipts(asked.start, asked.limit, asked.name)
        # Some hundred receipts take a while to spell, and others are waiting.
        return _page(found, after) if len(found) < _AT_ONCE else await asyncio.to_thread(_page, found, after)

    async def _put(self, institution_id: str, submissions: Sequence[Outgoing], more: Sequence[Any]) -> list[Place]:
        try:
            return await self.inboxes.put(topics.inbox(institution_id).name, submissions, more)
        except Unsure as error:
            ids = [str(one.submission_id) for one in submissions]
            told = "some of it may have arrived: send it again under the same Idempotency-Key or these submission ids"
            raise Problem(
                "not-available", f"{error.what}; {told}.", retry_after=error.retry_after, submission_ids=ids
            ) from error


def _page(found: Sequence[Receipt], after: int) -> dict[str, Any]:
    return {"receipts": [spelled(each) for each in found], "next": str(after)}


def _older(bootstrap: str, institution_id: str, asked: Question, since: int) -> dict[str, Any]:
    """Receipts that no ledger has any more, read anew from Kafka."""
    end = min(since, asked.start + _SPAN)
    found: list[Receipt] = []
    for message in reading.records(bootstrap, {(topics.receipts(institution_id).name, 0): (asked.start, end)}):
        each = receipt(message)
        if asked.name in {None, each.name}:
            if len(found) == asked.limit:
                return _page(found, each.offset)
            found.append(each)
    return _page(found, end)


def _placed(submissions: Sequence[Outgoing], places: Sequence[Place]) -> list[tuple[uuid.UUID, int]]:
    return [(one.submission_id, place.offset) for one, place in zip(submissions, places, strict=True)]


def _known(ledger: Ledger, submissions: Sequence[Outgoing]) -> list[Place] | None:
    """Where all of these are already; ``None`` where one of them is not known."""
    offsets = [ledger.offset_of(one.submission_id) for one in submissions]
    places = [Place(0, offset) for offset in offsets if offset is not None]
    return places if len(places) == len(offsets) else None


def answer(institution_id: str, submissions: Sequence[Outgoing], places: Sequence[Place]) -> dict[str, Any]:
    """What is said of submissions that Kafka has."""
    return {
        "inbox": topics.inbox(institution_id).name,
        "submissions": [
            {"submission_id": str(one.submission_id), "partition": place.partition, "offset": place.offset}
            for one, place in zip(submissions, places, strict=True)
        ],
    }


def spelled(found: Receipt) -> dict[str, Any]:
    """A receipt as JSON."""
    content: dict[str, Any] = json.loads(told(codec.decode(found.data)))  # type: ignore[arg-type]
    return content


def checked_key(key: str | None) -> str | None:
    """An Idempotency-Key that can be one. Raises ``Problem``."""
    if key is None or _KEY.fullmatch(key):
        return key
    repair = "give 1 to 255 printable characters of ASCII without spaces, for example a UUID"
    error = Error(None, fault("", "wrong-type", key, repair), "Idempotency-Key")
    raise Problem("not-well-formed", "The Idempotency-Key cannot be one.", [error])


def hashed(key: str) -> str:
    """A key as it is kept: what a client takes for a name may be a secret of its own."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def reused(key: str) -> Problem:
    """The key came with something else before."""
    told = fault("", "key-reused", key, "give a new key, or send what this one came with")
    return Problem("key-reused", "Nothing was taken.", [Error(None, told, "Idempotency-Key")])
