"""``techdock relay``: from an institution's own database to its inbox."""

from __future__ import annotations

import logging
import signal
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import Unavailable

if TYPE_CHECKING:
    from producers.outbox import Outbox
    from producers.receipts import ReceiptLog
    from producers.relay import Relay

log = logging.getLogger(__name__)

#: Seconds between two looks at an outbox in which nothing waits.
_PAUSE = 0.2
#: Seconds until what is away is tried again: at first, and at most.
_FIRST_RETRY, _LAST_RETRY = 1.0, 30.0
#: How long ``--once`` waits for receipts of which none comes, in seconds.
_PATIENCE = 60.0


def relay(
    database: Annotated[
        str, typer.Option(envvar="TECHDOCK_RELAY_DATABASE_URL", help="Address of the database, as SQLAlchemy has it.")
    ],
    institution: Annotated[str, typer.Option(help="Whose inbox the rows go to, for example dlut.")],
    table: Annotated[str, typer.Option(help="The table with what is to be submitted.")] = "outbox",
    create: Annotated[bool, typer.Option("--create", help="Make the table where there is none.")] = False,
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits any more.")] = False,
) -> None:
    """Publish the rows of an outbox table in the order of their commits, each exactly once in effect.

    Run one for each table; it may be killed at any time. Columns: id, record, body, submission_id, published_at, error,
    and receipt where receipts are to be written back.
    """
    from producers import outbox as outboxes

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    for noisy in ("kafka", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    if create:
        outboxes.create(database, table)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    found = outboxes.Outbox(database, table)
    try:
        if once:
            with ExitStack() as stack:
                _all(found, *_connected(found, institution, stack), stopping)
        else:
            _on_and_on(found, institution, stopping)
    finally:
        found.close()


def _on_and_on(outbox: Outbox, institution: str, stopping: threading.Event) -> None:
    pause = _FIRST_RETRY
    while not stopping.is_set():
        try:
            with ExitStack() as stack:
                connected, receipts = _connected(outbox, institution, stack)
                log.info("relaying to the inbox of %s", institution)
                while not stopping.is_set():
                    taken = connected.publish()
                    if receipts is not None:
                        connected.receive(receipts)
                    pause = _FIRST_RETRY
                    if not taken:
                        stopping.wait(_PAUSE)
        except Unavailable as error:
            log.warning("%s; again in %.0f s", error, pause)
            stopping.wait(pause)
            pause = min(2 * pause, _LAST_RETRY)


def _all(outbox: Outbox, relay: Relay, receipts: ReceiptLog | None, stopping: threading.Event) -> None:
    while relay.publish() and not stopping.is_set():
        pass
    if receipts is None:
        return
    deadline = time.monotonic() + _PATIENCE
    while not stopping.is_set() and (left := outbox.waiting()):
        if relay.receive(receipts, _PAUSE):
            deadline = time.monotonic() + _PATIENCE
        elif time.monotonic() > deadline:
            raise Unavailable(
                f"{left:,} receipts did not come; is admission running? The rows are published all the same"
            )


def _connected(outbox: Outbox, institution: str, stack: ExitStack) -> tuple[Relay, ReceiptLog | None]:
    from infra import answers
    from producers import admittance
    from producers.publisher import Publisher
    from producers.receipts import ReceiptLog
    from producers.relay import Relay

    bootstrap = answers.bootstrap()
    if admittance.admit_unknown(bootstrap, [institution], datetime.now(UTC)):
        log.info("%s is new here: admitted, with an inbox and receipts of its own", institution)
    receipts = None
    if outbox.tells_receipts:
        # Receipts that came while no relay ran are behind us.
        receipts = ReceiptLog(bootstrap, institution, from_start=bool(outbox.waiting()))
        stack.callback(receipts.close)
    publisher = stack.enter_context(Publisher(bootstrap, through=institution))
    return Relay(outbox, institution, publisher, lambda: datetime.now(UTC)), receipts
