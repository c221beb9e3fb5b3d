"""The Faust frame: one app per kind of worker, with all that touches Faust's plumbing.

Faust gives workers, supervision, agents, timers and sensors. What must be exact runs in lanes beside the agents, for
Faust's tables lose and double updates on restarts (``docs/adr``).
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiokafka
import faust
from faust.transport.drivers import aiokafka as driver

from infra import metrics
from infra.security import access
from streams.lane import Lane, LanePlan, LaneService, Seat

log = logging.getLogger(__name__)


class _CommittedConsumer(aiokafka.AIOKafkaConsumer):
    """Reads committed records only; Faust itself would hand aborted ones to its agents."""

    def __init__(self, *topics: str, **settings: Any) -> None:
        super().__init__(*topics, **{**settings, "isolation_level": "read_committed"})


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        # Faust has no setting for the isolation level and names the class where it makes its consumer.
        stock = aiokafka.AIOKafkaConsumer
        aiokafka.AIOKafkaConsumer = _CommittedConsumer
        try:
            return super()._create_worker_consumer(transport)
        finally:
            aiokafka.AIOKafkaConsumer = stock


class _Consumer(driver.Consumer):
    """Faust's consumer with what it lacks: committed records only, and a commit before partitions go."""

    consumer_thread = None

    def _new_consumer_thread(self) -> Any:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        await self.commit()
        await super().on_partitions_revoked(revoked)


class _Transport(driver.Transport):
    Consumer = _Consumer


class _Worker(faust.Worker):
    """Faust's worker, but for its last second."""

    async def _sentinel_task(self) -> None:
        # Mode lets its loop run on for a second before it closes it. Until here everything has stopped and was
        # gathered: whoever stops a worker would only wait.
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a worker runs."""

    bootstrap: str
    home: Path
    process_name: str

    @property
    def seat_name(self) -> str:
        """A name no other process has; the supervisor's where it gave one."""
        return self.process_name if self.process_name != "techdock" else f"{socket.gethostname()}-{os.getpid()}"


def make_app(name: str, frame: Frame) -> faust.App:
    """A Faust app for one kind of worker; ``name`` makes the consumer group and never changes lightly."""
    datadir = frame.home / "faust" / frame.seat_name
    datadir.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        f"techdock-{name}",
        broker=f"kafka://{frame.bootstrap}",
        datadir=str(datadir),
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        broker_session_timeout=8,
        broker_heartbeat_interval=2,
        broker_commit_interval=0.5,
        broker_max_poll_records=500,
        consumer_auto_offset_reset="earliest",
        broker_credentials=_credentials(frame.bootstrap),
    )
    app.transport = _Transport(app.conf.broker, app)
    return app


def _credentials(bootstrap: str) -> faust.SASLCredentials | None:
    """As whom Faust's own clients speak to Kafka; ``None`` in the plain."""
    known = access.login(bootstrap)
    if known is None:
        return None
    return faust.SASLCredentials(
        username=known.username, password=known.password, ssl_context=known.trust(), mechanism=access.MECHANISM
    )


def seat_lane(app: faust.App, plan: LanePlan, frame: Frame) -> None:
    """Let ``plan`` run as a service of ``app``; the process is ready once the lane has its first assignment."""
    # Without agents Faust's own consumer has nothing to subscribe to, and would not start.
    app.producer_only = True
    run_folder = frame.home / "run"
    run_folder.mkdir(parents=True, exist_ok=True)
    seat = Seat(frame.bootstrap, frame.seat_name, f"techdock.{plan.name}", run_folder, frame.home / "snapshots")

    @app.service
    class _Lane(LaneService):
        def __init__(self, **options: object) -> None:
            super().__init__(Lane(plan, seat), lambda: metrics.PROCESS_READY.set(1), **options)


def run(app: faust.App) -> None:
    """Run a Faust worker for ``app`` until it is told to stop; exits the process."""
    # Decoded records are many and short-lived, and hold no cycles: the collector need not look at each of them.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    _Worker(app, loglevel="INFO", redirect_stdouts=False).execute_from_commandline()
