"""The ledgers of the institutions that ask: opened when one is asked for, and kept while they are used."""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence

from confluent_kafka import Message

from infra.headers import headers_of
from producers.gateway.follower import Follower
from producers.gateway.ledger import WINDOW, Ledger, Receipt, Said
from schemas import codec, topics
from schemas.cloudevents import Header
from schemas.errors import Unavailable, Unreadable

#: Ledgers that are open at once; up to 14 MB each, where each submission has a key and a receipt of 150 bytes.
_OPEN = 32
#: Seconds until a ledger has been read.
_PATIENCE = 20.0
#: Beside the attributes of CloudEvents: under which Idempotency-Key a submission came, and with what all of it.
_HEADER = "techdock-idempotency"


def stamp(key: str, digest: str) -> Header:
    """The header of a submission that came under a key; ``key`` is the hash of it."""
    return _HEADER, f"{key} {digest}".encode()


class Ledgers:
    """Opens ledgers, and lets go of the one that was used longest ago."""

    def __init__(self, follower: Follower, window: int = WINDOW) -> None:
        self._follower = follower
        self._window = window
        self._open: OrderedDict[str, Ledger] = OrderedDict()
        #: Whether we are going: nobody waits any more.
        self.is_closing = False

    async def of(self, institution_id: str) -> Ledger:
        """The ledger of an institution, read to its end. Raises ``Unavailable``."""
        found = self._open.get(institution_id)
        if found is None:
            found = self._open[institution_id] = Ledger(self._window)
            self._follower.follow(topics.inbox(institution_id).name, _said(found), self._window)
            self._follower.follow(topics.receipts(institution_id).name, _answered(found), self._window)
            if len(self._open) > _OPEN:
                self._close(*self._open.popitem(last=False))
        self._open.move_to_end(institution_id)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE
        while not found.is_current:
            if loop.time() > deadline:
                raise Unavailable(f"what {institution_id} said before could not be read yet", 5.0)
            await found.news(1.0)
        return found

    def opened(self, institution_id: str) -> Ledger | None:
        """The ledger of an institution where it is open; ``None`` where nobody has asked yet."""
        return self._open.get(institution_id)

    def close(self) -> None:
        """Whoever waits for news goes on."""
        self.is_closing = True
        for ledger in self._open.values():
            ledger.close()

    def _close(self, institution_id: str, ledger: Ledger) -> None:
        self._follower.leave(topics.inbox(institution_id).name)
        self._follower.leave(topics.receipts(institution_id).name)
        ledger.close()


def _said(ledger: Ledger) -> Callable[[Sequence[Message], bool], None]:
    def take(messages: Sequence[Message], is_at_end: bool) -> None:
        for message in messages:
            ledger.say(said(message))
        if is_at_end:
            ledger.reached("inbox")

    return take


def _answered(ledger: Ledger) -> Callable[[Sequence[Message], bool], None]:
    def take(messages: Sequence[Message], is_at_end: bool) -> None:
        for message in messages:
            ledger.answer(receipt(message))
        if is_at_end:
            ledger.reached("receipts")

    return take


def said(message: Message) -> Said:
    """A record of an inbox, whoever wrote it, for the ledger."""
    headers = {name: value or b"" for name, value in headers_of(message)}
    key, _, digest = headers.get(_HEADER, b"").decode(errors="replace").partition(" ")
    return Said(_named(headers.get("ce_id"), message.value()), message.offset(), key or None, digest)


def receipt(message: Message) -> Receipt:
    """A record of the receipts, for the ledger."""
    data = message.value()
    name = codec.named(data) or codec.decode_fields(data)[0]
    return Receipt(message.offset(), uuid.UUID(message.key().decode()), name, data)


def _named(told: bytes | None, value: bytes | None) -> uuid.UUID | None:
    """The submission id of a record in an inbox; ``None`` where nobody can read it."""
    try:
        return uuid.UUID(told.decode()) if told else codec.decode_fields(value)[1]["submission_id"]
    except (ValueError, Unreadable, KeyError):
        return None
