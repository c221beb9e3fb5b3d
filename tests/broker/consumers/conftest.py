"""Topics, a database and read models of each test's own, on the broker that all share."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka import Producer
from sqlalchemy import Engine

from consumers import database, migrations
from consumers.intake import Intake, Sources
from consumers.read_model import Clock, ReadModel
from consumers.store import Store
from consumers.verification import compare
from infra.home import Endpoints
from infra.topics import KafkaCluster
from infra.verification import CheckReport
from schemas import codec
from schemas.records import Record
from schemas.topics import Topic, inbox, receipts


def until(outcome: Callable[[], bool], seconds: float = 30.0) -> None:
    """Waits for an outcome."""
    deadline = time.monotonic() + seconds
    while not outcome():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.01)


class Running:
    """A read model at work in a thread."""

    def __init__(self, bootstrap: str, reading: Sources, engine: Engine) -> None:
        self._stop = threading.Event()
        self.intake = Intake(bootstrap, reading, largest=50)
        clock = Clock(lambda: datetime.now(UTC), self._stop.wait)
        self._model = ReadModel(self.intake, Store(engine), clock, reading.quarantine)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        look_at = 0.0
        while not self._stop.is_set():
            self._model.step(0.1)
            if time.monotonic() > look_at:
                self._model.look_back()
                look_at = time.monotonic() + 0.5

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)
        self.intake.close()


@dataclass
class World:
    """One test's institution, topics and database."""

    bootstrap: str
    engine: Engine
    name: str = field(default_factory=lambda: f"rm{uuid.uuid4().hex[:8]}")
    running: list[Running] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.facts = Topic(f"techdock.{self.name}-facts.v1", "for a test", (), "any", (), (), 3)
        self.quarantine = Topic(f"techdock.{self.name}-quarantine.v1", "for a test", (), "any", (), (), 1)
        self.create(self.facts, self.quarantine)
        self._writer = Producer({"bootstrap.servers": self.bootstrap, "transactional.id": self.name})
        self._writer.init_transactions(30)

    @property
    def sources(self) -> Sources:
        pattern = rf"^techdock\.({self.name}-(facts|quarantine)|receipts\.{self.name}-[a-z]+)\.v1$"
        return Sources(pattern, self.quarantine.name, f"techdock.{self.name}")

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(self.bootstrap, self.engine.url.render_as_string(hide_password=False), None)

    def create(self, *topics: Topic) -> None:
        with KafkaCluster(self.bootstrap) as cluster:
            cluster.create(topics)

    def institution(self, name: str) -> str:
        """A new institution with its inbox and receipts."""
        slug = f"{self.name}-{name}"
        self.create(inbox(slug), receipts(slug))
        return slug

    def write(self, *records: Record | bytes, topic: str | None = None, commit: bool = True, **options: object) -> None:
        """Records in one transaction, in one partition each by what they are about."""
        self._writer.begin_transaction()
        for record in records:
            value = record if isinstance(record, bytes) else codec.encode(record)
            key = "" if isinstance(record, bytes) else getattr(record, "demand_id", "") or str(record)
            self._writer.produce(topic or self.facts.name, value, key=key.encode(), **options)
        self._writer.flush(30)
        if commit:
            self._writer.commit_transaction(30)
        else:
            self._writer.abort_transaction(30)

    def start(self, group: str | None = None) -> Running:
        reading = self.sources if group is None else replace(self.sources, group=group)
        self.running.append(Running(self.bootstrap, reading, self.engine))
        return self.running[-1]

    def compared(self) -> CheckReport:
        """What the check says of this world."""
        return compare(self.endpoints, self.sources, rf"^techdock\.inbox\.{self.name}-[a-z]+\.v1$")

    def agrees(self) -> None:
        report = self.compared()
        assert not report.differences


@pytest.fixture
def world(bootstrap: str, tmp_path: Path) -> Iterator[World]:
    engine = database.engine(f"sqlite:///{tmp_path / 'techdock.db'}")
    migrations.migrate(engine)
    made = World(bootstrap, engine)
    yield made
    for running in made.running:
        running.stop()
    engine.dispose()
