"""The read model's patience: with a database that is away, with a second writer, with a record it cannot read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from consumers.intake import Delivered
from consumers.read_model import Clock, ReadModel, fold, sources
from consumers.rows import Effects
from consumers.store import Outrun, Place, Step
from schemas import codec
from schemas.errors import Unavailable, Unreadable
from schemas.records import Record
from tests.unit.consumers import facts

MATCHES = Place("matches", 0)
OTHER = Place("other", 1)


def run(place: Place, start: int, *values: Record | bytes) -> list[Delivered]:
    encoded = [value if isinstance(value, bytes) else codec.encode(value) for value in values]
    return [Delivered(*place, start + index, value) for index, value in enumerate(encoded)]


class FakeIntake:
    """A log of our own."""

    def __init__(self, log: Mapping[Place, list[Delivered]]) -> None:
        self.log = log
        self.at: dict[Place, int] = {}
        self.waiting = frozenset(log)
        self.shown: dict[Place, int] = {}

    def start_at(self, positions: Mapping[Place, int]) -> None:
        self.at = dict(positions)
        self.waiting = frozenset()

    def again(self) -> frozenset[Place]:
        self.waiting = frozenset(self.log)
        return self.waiting

    def read(self, _seconds: float) -> Mapping[Place, list[Delivered]]:
        found = {place: [r for r in self.log[place] if r.offset >= at] for place, at in self.at.items()}
        self.at = {place: max([at, *(r.offset + 1 for r in found[place])]) for place, at in self.at.items()}
        return {place: records for place, records in found.items() if records}

    def show(self, positions: Mapping[Place, int]) -> None:
        self.shown |= positions

    def lag(self) -> Mapping[Place, int]:
        return {place: len(self.log[place]) - at for place, at in self.at.items()}


class FakeStore:
    """Rows in memory; ``troubles`` come first, one for each batch."""

    def __init__(self, *troubles: Exception) -> None:
        self.rows: dict[Any, Any] = {}
        self.at: dict[Place, int] = {}
        self.troubles = list(troubles)

    def positions(self, places: Any) -> dict[Place, int]:
        return {place: self.at.setdefault(place, 0) for place in places}

    def apply(self, effects: Effects, steps: Mapping[Place, Step]) -> Mapping[str, int]:
        if self.troubles:
            raise self.troubles.pop(0)
        for place, step in steps.items():
            if self.at[place] != step.before:
                raise Outrun(place)
            self.at[place] = step.after
        for table, rows in effects.tables.items():
            self.rows |= {(table, key): values for key, values in rows.items()}
        return {table: len(rows) for table, rows in effects.tables.items()}

    def quarantine_size(self) -> int:
        return 3


class Time:
    """Time that passes when someone waits."""

    def __init__(self, stopped: bool = False) -> None:
        self.now = datetime(2024, 1, 1, tzinfo=UTC)
        self.stopped = stopped

    def wait(self, seconds: float) -> bool:
        self.now += timedelta(seconds=seconds)
        return self.stopped


def model(intake: FakeIntake, store: FakeStore, time: Time | None = None) -> ReadModel:
    clock = time or Time()
    fake_intake: Any = intake
    fake_store: Any = store
    return ReadModel(fake_intake, fake_store, Clock(lambda: clock.now, clock.wait), "quarantine")


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_batch_is_written_with_its_positions_and_then_shown() -> None:
    intake, store = (
        FakeIntake({MATCHES: run(MATCHES, 0, facts.proposed("d", "a"), facts.proposed("d", "b"))}),
        FakeStore(),
    )
    model(intake, store).step(0)
    assert len(store.rows) == 2
    assert store.at == intake.shown == {MATCHES: 2}


def test_a_database_that_is_away_gets_the_same_batch_again() -> None:
    intake, time = FakeIntake({MATCHES: run(MATCHES, 0, facts.proposed("d", "a"))}), Time()
    store = FakeStore(Unavailable("away", 2.0), Unavailable("away", 2.0))
    began = time.now
    model(intake, store, time).step(0)
    assert len(store.rows) == 1
    assert time.now - began == timedelta(seconds=4)


def test_asked_to_stop_it_does_not_wait_for_the_database() -> None:
    intake, store = FakeIntake({MATCHES: run(MATCHES, 0, facts.proposed("d", "a"))}), FakeStore(Unavailable("away"))
    with pytest.raises(Unavailable):
        model(intake, store, Time(stopped=True)).step(0)
    assert store.rows == {}


def test_outrun_by_a_second_writer_it_goes_on_from_the_positions_in_sql() -> None:
    intake, store = (
        FakeIntake({MATCHES: run(MATCHES, 0, *(facts.proposed("d", str(n)) for n in range(4)))}),
        FakeStore(),
    )
    reading = model(intake, store)
    reading.step(0)
    store.at[MATCHES] = 3
    intake.log[MATCHES].append(Delivered(*MATCHES, 4, codec.encode(facts.proposed("d", "new"))))
    reading.step(0)
    assert intake.waiting == {MATCHES}
    store.rows.clear()
    reading.step(0)
    assert store.at == {MATCHES: 5}
    assert len(store.rows) == 2, "from 3 on, once"


def test_a_rebuild_is_noticed_while_nothing_new_comes() -> None:
    intake, store = FakeIntake({MATCHES: run(MATCHES, 0, facts.proposed("d", "a"))}), FakeStore()
    reading = model(intake, store)
    reading.step(0)
    reading.look_back()
    assert intake.waiting == frozenset()
    store.rows.clear()
    store.at.clear()
    reading.look_back()
    reading.step(0)
    assert len(store.rows) == 1


def test_an_unreadable_record_stops_us_after_tries_and_is_not_skipped() -> None:
    log = {
        MATCHES: run(MATCHES, 0, facts.proposed("d", "a"), b"garbage", facts.proposed("d", "b")),
        OTHER: run(OTHER, 0, facts.demand("d")),
    }
    intake, store = FakeIntake(log), FakeStore()
    reading = model(intake, store)
    before = counted("techdock_lane_failures_total", lane="read-model", cause="unreadable")
    reading.step(0)
    reading.step(0)
    with pytest.raises(Unreadable, match=r"matches\[0\] at offset 1: "):
        reading.step(0)
    assert store.at == {MATCHES: 1, OTHER: 1}, "what stands before it, and everything elsewhere, is written"
    assert counted("techdock_lane_failures_total", lane="read-model", cause="unreadable") - before == 3


def test_history_read_again_says_nothing_about_speed() -> None:
    time = Time()
    intake = FakeIntake({MATCHES: run(MATCHES, 0, facts.proposed("d", "a", caused_at=time.now - timedelta(days=1)))})
    reading = model(intake, FakeStore(), time)
    before = counted("techdock_submission_to_match_seconds_count")
    reading.step(0)
    assert counted("techdock_submission_to_match_seconds_count") == before
    intake.log[MATCHES].extend(run(MATCHES, 1, facts.proposed("d", "b", caused_at=time.now)))
    time.now += timedelta(seconds=0.3)
    reading.step(0)
    assert counted("techdock_submission_to_match_seconds_count") == before + 1


def test_bytes_in_quarantine_are_never_read() -> None:
    place = Place("quarantine", 0)
    batch = fold({place: run(place, 4, b"\xff\x00")}, "quarantine")
    assert list(batch.effects.tables["quarantine"]) == [(0, 4)]
    assert not batch.stuck


def test_gauges_show_what_waits_and_what_lies_in_quarantine() -> None:
    intake = FakeIntake({MATCHES: run(MATCHES, 0, facts.proposed("d", "a"))})
    reading = model(intake, FakeStore())
    reading.step(0)
    reading.measure()
    assert counted("techdock_quarantine_records") == 3
    assert counted("techdock_lag_records", lane="read-model", topic="matches", partition="0") == 0


def test_the_catalogue_says_what_is_read() -> None:
    import re

    pattern = sources().pattern
    for name in ("techdock.achievements.v1", "techdock.quarantine.v1", "techdock.receipts.dlut.v1"):
        assert re.match(pattern, name)
    for name in (
        "techdock.negotiations.v1",
        "techdock.inbox.dlut.v1",
        "techdock.achievements.v10",
        "xtechdock.deals.v1",
    ):
        assert not re.match(pattern, name)
