"""What one institution has said last and what was answered, as Kafka has it: its inbox and its receipts, read along.

Only the last ``WINDOW`` records of each are kept. All of it happens in the thread of the event loop.
"""

from __future__ import annotations

import asyncio
import bisect
import uuid
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

#: Submissions, and receipts, that a ledger remembers.
WINDOW = 10_000
#: Seconds after which a request under way under a key no longer keeps the next one out.
_LONGEST = 60.0


class Said(NamedTuple):
    """A submission in the inbox; ``key`` is the hash of the Idempotency-Key that it came with."""

    submission_id: uuid.UUID | None
    offset: int
    key: str | None
    digest: str


class Receipt(NamedTuple):
    """A receipt, as it was written."""

    offset: int
    submission_id: uuid.UUID
    name: str
    data: bytes


class Ledger:
    """The end of an institution's inbox and receipts."""

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._order: deque[Said] = deque()
        self._said: dict[uuid.UUID, int] = {}
        #: Of each key what it came with, and the offset of the last submission under it.
        self._keys: dict[str, tuple[str, int]] = {}
        self._under_way: dict[str, float] = {}
        self._receipts: list[Receipt] = []
        self._answers: dict[uuid.UUID, Receipt] = {}
        #: The offset from which on all receipts are here.
        self.since = 0
        self._news = asyncio.Event()
        self._at_end = {"inbox": False, "receipts": False}

    @property
    def is_current(self) -> bool:
        """Whether everything was heard that was there when it was opened."""
        return all(self._at_end.values())

    def reached(self, part: str) -> None:
        """The ``inbox``, or the ``receipts``, were read to their end."""
        self._at_end[part] = True
        self._wake()

    def say(self, said: Said) -> None:
        """Take in a record of the inbox, later than all before."""
        self._order.append(said)
        if said.submission_id is not None:
            # The first counts: a repetition changes nothing.
            self._said.setdefault(said.submission_id, said.offset)
        if said.key is not None:
            digest, _ = self._keys.get(said.key, (said.digest, 0))
            self._keys[said.key] = digest, said.offset
        if len(self._order) > self._window:
            self._forget(self._order.popleft())

    def remember(self, key: str | None, digest: str, placed: Sequence[tuple[uuid.UUID, int]]) -> None:
        """What was just sent, which Kafka has and will be heard from there as well."""
        for submission_id, offset in placed:
            self._said.setdefault(submission_id, offset)
        if key is not None:
            self._keys.setdefault(key, (digest, placed[-1][1]))

    def answer(self, receipt: Receipt) -> None:
        """Take in a receipt, later than all before."""
        if not self._receipts and not self._answers:
            self.since = receipt.offset
        self._receipts.append(receipt)
        self._answers.setdefault(receipt.submission_id, receipt)
        if len(self._receipts) >= 2 * self._window:
            for old in self._receipts[: self._window]:
                if self._answers.get(old.submission_id) is old:
                    del self._answers[old.submission_id]
            del self._receipts[: self._window]
            self.since = self._receipts[0].offset
        self._wake()

    def offset_of(self, submission_id: uuid.UUID) -> int | None:
        """Where in the inbox a submission is; ``None`` where it is not among the last ones."""
        return self._said.get(submission_id)

    def receipt_of(self, submission_id: uuid.UUID) -> Receipt | None:
        """The receipt of a submission; ``None`` where it is not among the last ones."""
        return self._answers.get(submission_id)

    def receipts(self, start: int, limit: int, name: str | None) -> tuple[list[Receipt], int]:
        """Receipts from the offset ``start`` on, those of ``name`` alone where one is given; and where to go on."""
        found: list[Receipt] = []
        first = bisect.bisect_left(self._receipts, start, key=lambda each: each.offset)
        for index in range(first, len(self._receipts)):
            each = self._receipts[index]
            if name is None or each.name == name:
                if len(found) == limit:
                    return found, each.offset
                found.append(each)
        return found, max(start, self._receipts[-1].offset + 1 if self._receipts else start)

    def came_with(self, key: str) -> str | None:
        """The digest of what came under a key before; ``None`` where nothing did."""
        found = self._keys.get(key)
        return None if found is None else found[0]

    def begin(self, key: str, now: float) -> bool:
        """Whether nothing else is under way under a key; then this is. ``now``: seconds of a steady clock."""
        since = self._under_way.get(key)
        if since is not None and now - since < _LONGEST:
            return False
        self._under_way[key] = now
        return True

    def end(self, key: str) -> None:
        """What was under way under a key is done, or has failed."""
        self._under_way.pop(key, None)

    async def news(self, seconds: float) -> None:
        """Returns when something comes, or after so many seconds."""
        event = self._news
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return

    def close(self) -> None:
        """Whoever waits goes on."""
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _forget(self, said: Said) -> None:
        if said.submission_id is not None and self._said.get(said.submission_id) == said.offset:
            del self._said[said.submission_id]
        if said.key is not None and self._keys.get(said.key, ("", -1))[1] == said.offset:
            del self._keys[said.key]
