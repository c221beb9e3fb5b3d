"""The loop of a lane: read, decide, commit; and what happens when any of it fails."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import KafkaException

from infra import metrics
from infra.reading import Place
from schemas.cloudevents import Stamp
from schemas.errors import Unavailable
from schemas.topics import QUARANTINE
from streams.lane.assignment import Assignment, Seat
from streams.lane.hearing import Hearing
from streams.lane.plan import Input, LanePlan, Output, Shard
from streams.lane.quarantine import quarantined, stamped
from streams.lane.transactions import TransactionFailed, TransactionWriter

log = logging.getLogger(__name__)

_Address = tuple[str, int, int]
#: Seconds between two words of what took longest.
_SLOWEST_EVERY = 5.0
#: Seconds after which a lane that waited and has nothing to do any more waits for nothing: others have its partitions.
_WAIT_FORGOTTEN = 15.0


class QuarantineFull(Exception):
    """Too many records could not be decided: a person should look before more of them are set aside."""


class _Undecided(Exception):
    """A decision raised."""

    def __init__(self, record: Input, cause: Exception) -> None:
        super().__init__(f"{record.topic}[{record.partition}] at {record.offset}: {cause!r}")
        self.record = record
        self.cause = cause


@dataclass(slots=True)
class _Trouble:
    """A record whose decision raised: how often, since when (milliseconds since 1970), what last."""

    since: int
    tries: int = 0
    cause: Exception | None = None


class Lane:
    """One worker's share of a lane; ``run`` returns after ``stop``, or raises when it cannot go on."""

    def __init__(self, plan: LanePlan, seat: Seat) -> None:
        self.plan = plan
        self._seat = seat
        self._stopping = threading.Event()
        self._tried: dict[_Address, _Trouble] = {}
        self._release = importlib.metadata.version("techdock")
        self._quarantined = 0
        self._slowest_told = 0.0
        self._waited_at: float | None = None

    def stop(self) -> None:
        """Finish the batch in hand, leave the group, return from ``run``."""
        self._stopping.set()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Work until ``stop``; ``ready`` is called whenever an assignment is restored."""
        self._say_going()
        self._say_waiting(None)
        seat, stamp = self._seat, Stamp(self.plan.name)
        writer_id = f"{seat.group}.{seat.process_name}"
        self._writer = TransactionWriter(seat.bootstrap, writer_id, stamp, self.plan.linger)
        self._assignment = Assignment(self.plan, self._seat, ready)
        self._hearing = Hearing(self._seat.bootstrap, self.plan)
        try:
            while not self._stopping.is_set():
                self._turn()
        finally:
            self._hearing.close()
            self._assignment.close()

    def _turn(self) -> None:
        records = self._assignment.poll(0.25)
        self._tell_slowest()
        if not records and self._waited_at is not None and time.monotonic() - self._waited_at > _WAIT_FORGOTTEN:
            self._say_waiting(None)
        # A successor takes its place also where no record comes.
        nothing = [[]] if self._assignment.has_successors else list[list[Input]]()
        for part in self._parts(records) if records else nothing:
            started = time.perf_counter()
            try:
                self._hearing.catch_up()
                self._commit(part)
            except Unavailable as error:
                metrics.LANE_FAILURES.labels(self.plan.name, "unavailable").inc()
                log.warning("lane %s waits: %s", self.plan.name, error)
                self._say_waiting(error)
                self._stopping.wait(error.retry_after)
                self._assignment.rewind()
                return
            except TransactionFailed as error:
                metrics.LANE_FAILURES.labels(self.plan.name, "transaction").inc()
                log.warning("lane %s: batch given up, state is read back: %s", self.plan.name, error)
                self._assignment.rewind()
                return
            except _Undecided as undecided:
                self._wait_out(undecided)
                self._assignment.rewind()
                return
            if self._waited_at is not None:
                self._say_waiting(None)
            metrics.LANE_BATCHES.labels(self.plan.name).inc()
            metrics.LANE_BATCH_SECONDS.labels(self.plan.name).observe(time.perf_counter() - started)

    def _parts(self, records: list[Input]) -> Iterator[list[Input]]:
        """``records`` cut around those that raised before, so that each of these stands alone in its transaction."""
        part: list[Input] = []
        for record in records:
            if (record.topic, record.partition, record.offset) in self._tried:
                if part:
                    yield part
                yield [record]
                part = []
            else:
                part.append(record)
        if part:
            yield part

    def _commit(self, records: Sequence[Input]) -> None:
        """Decide ``records`` and make all that follows visible at once, or nothing of it."""
        try:
            self._writer.begin()
            positions = self._written(records)
            self._writer.commit(self._assignment.consumer, positions)
        except (_Undecided, Unavailable):
            self._writer.abort()
            raise
        except (TransactionFailed, KafkaException) as error:
            self._writer.abort()
            raise TransactionFailed(str(error)) from error
        self._assignment.advance(positions, [record for record in records if not self._is_given_up(record)])
        self._count(records)

    def _written(self, records: Sequence[Input]) -> dict[Place, int]:
        positions: dict[Place, int] = {}
        shards = {}
        self._writer.write(self._assignment.take_over())
        for record in records:
            shard = self._assignment.shard(record)
            shards[id(shard)] = shard
            outputs = [self._given_up(record)] if self._is_given_up(record) else self._decided(shard, record)
            self._writer.write(self._stamped(record, outputs))
            positions.update(self._assignment.position_after(record))
        for shard in shards.values():
            self._writer.write(shard.settle())
        self._writer.follow()
        positions.update(self._assignment.released())
        return positions

    def _decided(self, shard: Shard, record: Input) -> list[Output]:
        try:
            return list(shard.decide(record))
        except Unavailable:
            # Not the record's fault: the same again, as often as it takes.
            raise
        except Exception as error:
            # The one loop: whatever a decision raises stops the lane at this record, seen.
            raise _Undecided(record, error) from error

    def _count(self, records: Sequence[Input]) -> None:
        for topic in {record.topic for record in records}:
            read = sum(record.topic == topic for record in records)
            metrics.EVENTS_IN.labels(metrics.topic_label(topic)).inc(read)
        for record in records if self._tried else ():
            if self._tried.pop((record.topic, record.partition, record.offset), None):
                self._say_going()

    # Records that cannot be decided

    def _is_given_up(self, record: Input) -> bool:
        if not self._tried:
            return False
        trouble = self._tried.get((record.topic, record.partition, record.offset))
        return trouble is not None and trouble.tries >= self.plan.tries

    def _stamped(self, record: Input, outputs: list[Output]) -> list[Output]:
        """``outputs``, those for quarantine with when ``record`` failed first; raises where these are too many."""
        if not outputs or QUARANTINE.name not in [output.topic for output in outputs]:
            return outputs
        trouble = self._tried.get((record.topic, record.partition, record.offset))
        since = int(time.time() * 1000) if trouble is None else trouble.since
        self._quarantined += sum(output.topic == QUARANTINE.name for output in outputs)
        if self._quarantined > self.plan.quarantine_limit:
            raise QuarantineFull(
                f"lane {self.plan.name}: more than {self.plan.quarantine_limit} records went to quarantine; "
                "mend the cause, then start it again"
            )
        return [stamped(one, since, self._release) if one.topic == QUARANTINE.name else one for one in outputs]

    def _given_up(self, record: Input) -> Output:
        log.error("lane %s: %s[%d] at %d goes to quarantine", self.plan.name, *record[:3])
        trouble = self._tried[record.topic, record.partition, record.offset]
        assert trouble.cause is not None, record[:3]
        return quarantined(record, self.plan.name, trouble.cause, trouble.tries)

    def _wait_out(self, undecided: _Undecided) -> None:
        """Say where the lane stands and why, then let some time pass before the next try."""
        address = undecided.record[:3]
        trouble = self._tried.setdefault(address, _Trouble(int(time.time() * 1000)))
        trouble.tries, trouble.cause = trouble.tries + 1, undecided.cause
        tried = trouble.tries
        metrics.LANE_FAILURES.labels(self.plan.name, "decision").inc()
        metrics.LANE_STOPPED.labels(self.plan.name).set(1)
        trace = "".join(traceback.format_exception(undecided.cause))
        log.error("lane %s stands at %s (try %d of %d)\n%s", self.plan.name, undecided, tried, self.plan.tries, trace)
        word = {"lane": self.plan.name, "record": str(undecided), "tries": tried, "traceback": trace}
        self._leave_word("stopped", word)
        self._stopping.wait(self.plan.backoff * 2 ** (tried - 1))

    def _say_going(self) -> None:
        metrics.LANE_STOPPED.labels(self.plan.name).set(0)
        self._leave_word("stopped", None)

    def _say_waiting(self, cause: Unavailable | None) -> None:
        """Say for what the lane waits, or that it does not."""
        self._waited_at = None if cause is None else time.monotonic()
        metrics.LANE_WAITING.labels(self.plan.name).set(0 if cause is None else 1)
        self._leave_word("waiting", None if cause is None else {"lane": self.plan.name, "cause": cause.what})

    def _tell_slowest(self) -> None:
        now = time.monotonic()
        if self.plan.slowest is not None and now - self._slowest_told >= _SLOWEST_EVERY:
            self._slowest_told = now
            self._leave_word("slowest", {"lane": self.plan.name, "slowest": self.plan.slowest()})

    def _leave_word(self, kind: str, word: Mapping[str, object] | None) -> None:
        """For ``techdock status``: names of records are no label of a metric, so they go to a file."""
        if self._seat.run_folder is None:
            return
        path = self._seat.run_folder / f"{self._seat.process_name}.{kind}"
        if word is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(json.dumps(word, ensure_ascii=False), encoding="utf-8")
