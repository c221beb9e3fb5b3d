"""The read model: what the topics say, as rows.

    achievements · demands · matches · deals · refusals · tasks · duplicates · ledger · recognitions
    · pipeline-windows · receipts.* · quarantine ──▶ read model ──▶ SQL

Positions live in SQL and move in the transaction that writes their effect, so every record has its effect once. The
group's offsets in Kafka only show how far we are. A record in one of our own topics that cannot be read is a bug of
ours, not someone's bad input: it is not skipped and not quarantined. What stands before it is written, it is read
again a few times, then the process ends with its address; other partitions go on after a restart until they are
worked off, this one does not.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from consumers.intake import Delivered, Intake, Records, Sources
from consumers.rows import Change, Effects, change, quarantined, tasks
from consumers.store import Outrun, Place, Step, Store
from infra import metrics
from schemas import codec, topics
from schemas.errors import Unavailable, Unreadable

log = logging.getLogger(__name__)

_LANE = "read-model"
#: How often an unreadable record is read before we give up.
_TRIES = 3
_LATENCY_OF = frozenset({"MatchProposed", "MatchRevised"})


def sources() -> Sources:
    """The topics of the catalogue that leave rows, and the receipts of every institution there is and will be."""
    fixed = "|".join(topic.name.replace(".", r"\.") for topic in topics.CATALOGUE if _LANE in topic.read_by)
    return Sources(f"^({fixed})$|{topics.RECEIPTS}", topics.QUARANTINE.name, "techdock.read-model")


@dataclass(slots=True)
class Batch:
    """Records folded to their effects; ``stuck`` holds the first unreadable one of each partition."""

    effects: Effects = field(default_factory=Effects)
    ends: dict[Place, int] = field(default_factory=dict)
    read: Counter[str] = field(default_factory=Counter)
    caused: list[datetime] = field(default_factory=list)
    stuck: dict[Place, Unreadable] = field(default_factory=dict)


def fold(records: Records, quarantine: str) -> Batch:
    """What ``records`` do together; a partition is read up to its first unreadable record."""
    batch = Batch()
    for place, run in records.items():
        _fold_run(batch, place, run, place.topic == quarantine)
    return batch


def _fold_run(batch: Batch, place: Place, run: Sequence[Delivered], in_quarantine: bool) -> None:
    for record in run:
        try:
            for each in _changes(batch, record, in_quarantine):
                batch.effects.add(each)
        except Unreadable as error:
            batch.stuck[place] = Unreadable(f"{place.topic}[{place.partition}] at offset {record.offset}", str(error))
            return
        batch.ends[place] = record.offset + 1
        batch.read[metrics.topic_label(place.topic)] += 1


def _changes(batch: Batch, record: Delivered, in_quarantine: bool) -> Iterable[Change]:
    place = record.partition, record.offset
    if in_quarantine:
        return (quarantined(place, record.headers),)
    name, values = codec.decode_fields(record.value)
    if name in _LATENCY_OF:
        batch.caused.append(values["caused_at"])
    of_task = tasks.CHANGES.get(name)
    return (change(name, values),) if of_task is None else of_task(values, place)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and waiting, passed in. ``wait`` returns whether we were asked to stop meanwhile."""

    now: Callable[[], datetime]
    wait: Callable[[float], bool]


class ReadModel:
    """One process of the read model."""

    def __init__(self, intake: Intake, store: Store, clock: Clock, quarantine: str) -> None:
        self._intake = intake
        self._store = store
        self._clock = clock
        self._quarantine = quarantine
        self._born = clock.now()
        self._positions: dict[Place, int] = {}
        self._tries: Counter[Place] = Counter()

    def step(self, seconds: float) -> None:
        """Reads once, waiting up to ``seconds``, and writes what came.

        Raises ``Unavailable`` where nothing was written and the same can be tried again; ``Unreadable`` at the end of
        its patience with a record.
        """
        if self._intake.waiting:
            self._place()
        records = self._intake.read(seconds)
        if records and not self._intake.waiting:
            self._take(fold(records, self._quarantine))

    def measure(self) -> None:
        """Sets the gauges that nobody else can. Raises ``Unavailable``."""
        lags: Counter[tuple[str, int]] = Counter()
        for place, waiting in self._intake.lag().items():
            lags[metrics.topic_label(place.topic), place.partition] += waiting
        for (label, partition), waiting in lags.items():
            metrics.LAG.labels(_LANE, label, partition).set(waiting)
        metrics.QUARANTINE_SIZE.set(self._store.quarantine_size())

    def look_back(self) -> None:
        """Notices a rebuild also while nothing new comes, and shows the group once more where we are.

        What is shown may get lost in a rebalance, and without a further batch nothing would be shown again.
        Raises ``Unavailable``.
        """
        if self._intake.waiting:
            return
        if self._store.positions(self._positions) != self._positions:
            log.warning("the positions were moved by someone else; reading them again")
            self._intake.again()
        else:
            self._intake.show(self._positions)

    def _place(self) -> None:
        self._positions = self._store.positions(self._intake.waiting)
        self._intake.start_at(self._positions)
        metrics.PROCESS_READY.set(1)

    def _take(self, batch: Batch) -> None:
        steps = {place: Step(self._positions[place], end) for place, end in batch.ends.items()}
        try:
            written = self._written(batch.effects, steps)
        except Outrun as news:
            log.warning("outrun: %s; reading the positions again", news)
            metrics.LANE_FAILURES.labels(_LANE, "outrun").inc()
            self._intake.again()
            return
        self._positions.update(batch.ends)
        self._intake.show(batch.ends)
        self._count(batch, written)
        if batch.stuck:
            self._stand_at(batch.stuck)

    def _written(self, effects: Effects, steps: Mapping[Place, Step]) -> Mapping[str, int]:
        while True:
            try:
                return self._store.apply(effects, steps)
            except Unavailable as error:
                log.warning("%s; the same batch again in %.1f s", error, error.retry_after)
                metrics.LANE_FAILURES.labels(_LANE, "database").inc()
                if self._clock.wait(error.retry_after):
                    raise

    def _count(self, batch: Batch, written: Mapping[str, int]) -> None:
        for label, count in batch.read.items():
            metrics.EVENTS_IN.labels(label).inc(count)
        for table, count in written.items():
            metrics.ROWS_WRITTEN.labels(table).inc(count)
        now = self._clock.now()
        for caused_at in batch.caused:
            # What was caused before us is history being read again: it says nothing about speed.
            if caused_at >= self._born:
                metrics.SUBMISSION_TO_MATCH.observe((now - caused_at).total_seconds())

    def _stand_at(self, stuck: Mapping[Place, Unreadable]) -> None:
        metrics.LANE_STOPPED.labels(_LANE).set(1)
        for place, error in stuck.items():
            self._tries[place] += 1
            metrics.LANE_FAILURES.labels(_LANE, "unreadable").inc()
            log.error("try %d of %d: %s", self._tries[place], _TRIES, error)
            if self._tries[place] >= _TRIES:
                raise error
        self._clock.wait(0.2)
        self._intake.again()
