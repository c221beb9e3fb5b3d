"""Watches the market while it moves: receipts, quarantine, matches, deals and tasks, read from their topics."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from kafka import KafkaConsumer, TopicPartition

from infra import clients
from schemas import codec, topics
from schemas.records import (
    DealAdvanced,
    LifeTask,
    MatchProposed,
    MatchWithdrawn,
    MoveRefused,
    Stage,
    SubmissionAccepted,
    SubmissionRefused,
    TaskAdvanced,
    TaskRefused,
)


@dataclass(slots=True)
class Market:
    """What has been heard so far."""

    accepted: set[uuid.UUID] = field(default_factory=set)
    refused: dict[uuid.UUID, SubmissionRefused] = field(default_factory=dict)
    quarantined: int = 0
    matches: dict[uuid.UUID, MatchProposed] = field(default_factory=dict)
    newest: MatchProposed | None = None
    deals: dict[uuid.UUID, DealAdvanced] = field(default_factory=dict)
    moved: set[uuid.UUID] = field(default_factory=set)
    last_refusal: SubmissionRefused | MoveRefused | TaskRefused | None = None
    moves_refused: dict[uuid.UUID, MoveRefused | TaskRefused] = field(default_factory=dict)
    #: Advances of each task.
    advances: Counter[LifeTask] = field(default_factory=Counter)

    def hear(self, topic: str, value: bytes | None) -> None:
        """Takes note of one record."""
        if topic == topics.QUARANTINE.name:
            self.quarantined += 1
            return
        record = codec.decode(value)
        if isinstance(record, SubmissionAccepted):
            self.accepted.add(record.submission_id)
        elif isinstance(record, SubmissionRefused):
            self.refused[record.submission_id] = self.last_refusal = record
        elif isinstance(record, MatchProposed):
            self._matched(record)
        elif isinstance(record, MatchWithdrawn):
            self.matches.pop(record.match_id, None)
        elif isinstance(record, DealAdvanced):
            self.deals[record.deal_id] = record
            self.moved.add(record.submission_id)
        elif isinstance(record, TaskAdvanced):
            self.advances[record.task] += 1
            self.moved.add(record.submission_id)
        elif isinstance(record, MoveRefused | TaskRefused):
            self.moves_refused[record.submission_id] = self.last_refusal = record

    def _matched(self, record: MatchProposed) -> None:
        if record.match_id not in self.matches:
            self.newest = record
        self.matches[record.match_id] = record

    def is_answered(self, submission_id: uuid.UUID, *, is_move: bool) -> bool:
        """Whether a submission has its last word: its receipt, and for a move that was accepted the answer to that."""
        if submission_id in self.refused:
            return True
        if submission_id not in self.accepted:
            return False
        return not is_move or submission_id in self.moved or submission_id in self.moves_refused

    def pipeline(self) -> dict[Stage, tuple[int, Decimal]]:
        """Deals by stage, with the sum of their terms in CNY; stages where nothing stands are left out."""
        found: dict[Stage, tuple[int, Decimal]] = {}
        for deal in self.deals.values():
            count, amount = found.get(deal.stage, (0, Decimal(0)))
            terms = deal.terms
            mine = terms.price.amount if terms is not None and terms.price.currency == "CNY" else Decimal(0)
            found[deal.stage] = (count + 1, amount + mine)
        return {stage: found[stage] for stage in Stage if stage in found}

    def best(self, count: int) -> list[MatchProposed]:
        """The live matches with the highest scores, each of another demand."""
        ranked = sorted(self.matches.values(), key=lambda match: (-match.score, match.demand_ref))
        by_demand: dict[str, MatchProposed] = {}
        for match in ranked:
            by_demand.setdefault(match.demand_ref, match)
        return list(by_demand.values())[:count]


class Watch:
    """One thread that reads; ``market`` may be looked at while ``heard`` is held."""

    def __init__(self, bootstrap: str, institutions: Iterable[str]) -> None:
        self.market = Market()
        self.heard = threading.Condition()
        self.records = 0
        self._ending = threading.Event()
        self._failure: BaseException | None = None
        self._consumer: KafkaConsumer = clients.consumer(bootstrap, group_id=None)
        watched = [topics.receipts(slug) for slug in institutions]
        watched += [topics.MATCHES, topics.DEALS, topics.REFUSALS, topics.QUARANTINE]
        watched += [topics.TASK_STATES, topics.TASK_REFUSALS]
        partitions = [TopicPartition(topic.name, number) for topic in watched for number in range(topic.partitions)]
        self._consumer.assign(partitions)
        # From the beginning: a second run of the same scenario finds its answers there.
        self._consumer.seek_to_beginning(*partitions)
        self._thread = threading.Thread(target=self._run, name="demo-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._ending.set()
        self._thread.join()

    @contextmanager
    def looking(self) -> Iterator[Market]:
        """The market, standing still for as long as the block runs; raises what made the watching end."""
        with self.heard:
            if self._failure is not None:
                raise self._failure
            yield self.market

    def wait(self, seconds: float) -> None:
        """Returns when something new was heard, after ``seconds`` at most."""
        with self.heard:
            self.heard.wait(seconds)

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                self._poll()
        except BaseException as failure:  # noqa: BLE001 - raised again in the thread that looks
            with self.heard:
                self._failure = failure
        finally:
            self._consumer.close()

    def _poll(self) -> None:
        polled = self._consumer.poll(timeout_ms=200, max_records=2000)
        if not polled:
            return
        with self.heard:
            for records in polled.values():
                for record in records:
                    self.market.hear(record.topic, record.value)
                    self.records += 1
            self.heard.notify_all()
