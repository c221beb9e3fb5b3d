"""The inbox of an institution on Kafka as the place where imported rows go."""

from __future__ import annotations

from collections.abc import Iterator

from producers.drafts import Draft
from producers.publisher import Publisher
from producers.receipts import Answered, Receipts, Sent


class Inbox:
    """Sends drafts; waits for their receipts where there is someone who counts them."""

    def __init__(self, publisher: Publisher, receipts: Receipts | None) -> None:
        self._publisher = publisher
        self._receipts = receipts

    def send(self, record: str, draft: Draft) -> None:
        if self._receipts is not None:
            self._receipts.expect(draft.values["submission_id"], Sent(draft.line, draft.subject_id))
        self._publisher.send_fields(record, draft.values)

    def arrived(self) -> Iterator[Answered]:
        return self._receipts.arrived() if self._receipts is not None else iter(())

    def rest(self) -> Iterator[Answered]:
        self._publisher.flush()
        if self._receipts is not None:
            yield from self._receipts.rest()
