"""The client of an institution's own program: say something, hear what became of it, try again without harm.

    with Client("kafka:9092", "dlut") as client:
        receipt = client.submit(AchievementRegistered(...))
        for submission, receipt in client.submit_all(read_from_somewhere()):
            ...

What it does is all that a client in another language has to do:

1. give each submission an id of its own, and keep it for as long as the same thing is said;
2. write it to ``techdock.inbox.<institution>.v1`` in Avro single-object encoding, with ``acks=all``; where there is a
   schema registry, Confluent's format will do as well, and receipts come in it;
3. read ``techdock.receipts.<institution>.v1`` with ``isolation.level=read_committed`` from before the first write on,
   until the receipt with that id comes;
4. where either end fails, do the same again with the same ids: what had arrived gets its receipt once more.
"""

from __future__ import annotations

import functools
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Protocol

from producers.publisher import Publisher
from producers.receipts import ReceiptLog
from schemas.errors import Unavailable
from schemas.records import Receipt, Submission

#: Submissions on their way at once.
_WINDOW = 1_000
#: Seconds without any receipt until the wait is given up.
PATIENCE = 60.0
#: Seconds until what failed is tried again.
_RETRY = 1.0
_LOOK = 0.2


class Sender(Protocol):
    """Where submissions go; a new one is made after a failure."""

    def send(self, submission: Submission) -> None:
        """Sends one; raises ``Unavailable``, or ``Unreadable`` where it is too large."""

    def flush(self) -> None:
        """Returns when Kafka has everything; raises ``Unavailable``."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


class Log(Protocol):
    """Where receipts come from."""

    def read(self, timeout: float = 0.0) -> Iterator[Receipt]:
        """Receipts that are there, or come in time."""

    def close(self) -> None: ...


class Client:
    """Submits for one institution. Raises ``Unavailable`` where Kafka or the receipts stay away for ``PATIENCE``."""

    def __init__(
        self, bootstrap: str, institution_id: str, *,
        sender: Callable[[str], Sender] | None = None,
        receipts: Callable[[str, str], Log] = ReceiptLog,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._bootstrap = bootstrap
        # All goes through its own inbox, also what it says on behalf of others.
        self._make_sender = sender or functools.partial(Publisher, through=institution_id)
        self._monotonic = monotonic
        self._pause = pause
        # Before the first word, so that no receipt is missed.
        self._receipts = receipts(bootstrap, institution_id)
        self._sender: Sender | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *reason: object) -> None:
        self._drop_sender()
        self._receipts.close()

    def submit(self, submission: Submission) -> Receipt:
        """The receipt of ``submission``, once it is there."""
        [(_, receipt)] = self.submit_all([submission])
        return receipt

    def submit_all(self, submissions: Iterable[Submission]) -> Iterator[tuple[Submission, Receipt]]:
        """Each submission with its receipt, in their order. Up to a thousand are on their way at once."""
        rest = iter(submissions)
        order: deque[Submission] = deque()
        #: How many of ``order`` have each id: one id said twice gets its receipt twice.
        waiting: Counter[uuid.UUID] = Counter()
        answers: dict[uuid.UUID, Receipt] = {}
        while True:
            fresh = list(islice(rest, _WINDOW - len(order)))
            order.extend(fresh)
            waiting.update(submission.submission_id for submission in fresh)
            if not order:
                return
            self._send(fresh, order, answers)
            self._await(order[0].submission_id, waiting, answers)
            while order and order[0].submission_id in answers:
                submission = order.popleft()
                name = submission.submission_id
                receipt = answers[name]
                waiting[name] -= 1
                if not waiting[name]:
                    del waiting[name], answers[name]
                yield submission, receipt

    def _await(self, name: uuid.UUID, waiting: Container[uuid.UUID], answers: dict[uuid.UUID, Receipt]) -> None:
        deadline = self._monotonic() + PATIENCE
        while name not in answers:
            for receipt in self._receipts.read(_LOOK):
                if receipt.submission_id in waiting:
                    answers[receipt.submission_id] = receipt
                    deadline = self._monotonic() + PATIENCE
            if name not in answers and self._monotonic() > deadline:
                raise Unavailable(
                    f"no receipt for {PATIENCE:.0f} s: is admission running? Send the same again, ids keep it safe"
                )

    def _send(self, fresh: list[Submission], order: Iterable[Submission], answers: dict[uuid.UUID, Receipt]) -> None:
        """``fresh`` reach Kafka; after a failure everything that has no receipt yet is sent again."""
        deadline = self._monotonic() + PATIENCE
        going = fresh
        while True:
            try:
                if self._sender is None:
                    self._sender = self._make_sender(self._bootstrap)
                for submission in going:
                    self._sender.send(submission)
                self._sender.flush()
                return
            except Unavailable:
                self._drop_sender()
                if self._monotonic() > deadline:
                    raise
                going = [submission for submission in order if submission.submission_id not in answers]
                self._pause(_RETRY)

    def _drop_sender(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            # As after an error: there is nothing to wait for.
            sender.__exit__(Unavailable, None, None)
