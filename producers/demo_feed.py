"""Sends the rounds of a scenario, each once the one before has been answered."""

from __future__ import annotations

import time
from collections.abc import Callable

from kafka import KafkaProducer
from kafka.errors import KafkaError

from infra import clients
from producers.demo_watch import Market, Watch
from producers.publisher import Publisher
from producers.scenario.rounds import Fate, Parcel, Round
from schemas import topics
from schemas.errors import Unavailable
from schemas.records import NegotiationUpdated, Submission, TaskMoved

#: How long nothing at all may be heard before the wait is given up, in seconds.
_PATIENCE = 90.0
_PAUSE = 0.2


class Feed:
    """Takes parcels to their inboxes. ``tick`` is called while waiting, several times a second."""

    def __init__(self, bootstrap: str, watch: Watch, tick: Callable[[], None]) -> None:
        self._producer: KafkaProducer = clients.producer(bootstrap, compression_type=None)
        self._publisher = Publisher(bootstrap, self._producer)
        self._watch = watch
        self._tick = tick

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *reason: object) -> None:
        self._publisher.__exit__(*reason)  # type: ignore[arg-type]

    def round(self, told: Round) -> None:
        """Sends a round and waits for its answers; raises ``Unavailable`` when they do not come."""
        for parcel in told.parcels:
            self._send(parcel)
        self._publisher.flush()
        deadline, heard = time.monotonic() + _PATIENCE, self._watch.records
        while (open_parcels := self._unanswered(told)) > 0:
            self._watch.wait(_PAUSE)
            self._tick()
            if self._watch.records != heard:
                deadline, heard = time.monotonic() + _PATIENCE, self._watch.records
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{open_parcels} answers did not come: nothing was heard for {_PATIENCE:.0f} s; is everything "
                    "running? (`techdock status`) What was sent is kept; the demo may be started again"
                )
        self._tick()

    def _send(self, parcel: Parcel) -> None:
        content = parcel.content
        if not isinstance(content, bytes) and content.institution_id == parcel.inbox:
            self._publisher.send(content)
            return
        # No well-behaved publisher would send these.
        try:
            self._producer.send(topics.inbox(parcel.inbox).name, value=parcel.value, key=b"demo")
        except KafkaError as error:
            raise Unavailable(f"Kafka takes no records ({error}); is it running? (`techdock status`)") from error

    def _unanswered(self, told: Round) -> int:
        with self._watch.looking() as market:
            return sum(not _is_answered(market, parcel) for parcel in told.parcels)


def _is_answered(market: Market, parcel: Parcel) -> bool:
    content = parcel.content
    if isinstance(content, bytes):
        return True
    return market.is_answered(content.submission_id, is_move=isinstance(content, NegotiationUpdated | TaskMoved))


def is_as_meant(market: Market, parcel: Parcel) -> bool:
    """Whether what became of a parcel is what the story says; bytes without an id cannot be told apart."""
    content = parcel.content
    return isinstance(content, bytes) or _fate(market, content) is parcel.fate


def _fate(market: Market, submission: Submission) -> Fate | None:
    if submission.submission_id in market.refused:
        return Fate.REFUSED
    if submission.submission_id in market.moves_refused:
        return Fate.MOVE_REFUSED
    return Fate.ACCEPTED if submission.submission_id in market.accepted else None
