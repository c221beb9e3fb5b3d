"""One process works off moves of deals that wait, the deals lane or a peer: how far it is by what it has committed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Producer
from rich.console import Console

from infra import ports
from infra.observed import observe
from infra.settings import Settings
from infra.supervisor import infrastructure
from infra.terminal import steps
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.errors import Unavailable
from schemas.records import AchievementRegistered, NegotiationUpdated
from tests.bench import processor
from tests.bench.arrivals import Progress, Sample
from tests.bench.negotiations import Fact
from tests.bench.system import ARTEFACTS, ROOT

OURS, PIPELINE = "techdock", "pipeline"
_OF_STREAMS = {OURS: "deals", PIPELINE: "pipeline"}
SOURCE = topics.NEGOTIATIONS.name
#: What the peers are, by name; each is a module of ``tests.bench.peers`` with its arguments.
PEERS: Mapping[str, tuple[str, ...]] = {
    "librdkafka": ("librdkafka",),
    "quixstreams_exactly_once": ("quix_deals", "exactly-once"),
    "quixstreams_at_least_once": ("quix_deals", "at-least-once"),
}
#: Below so many records per second a contestant is given up.
_SLOWEST = 300
_STARTING = 60.0
_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Ground:
    """A broker with the topics of TechDock, and where processes leave their files."""

    bootstrap: str
    folder: Path
    metrics_port: int


class Filled(NamedTuple):
    """What waits: records, moves among them, and the bytes of all."""

    records: int
    moves: int
    size: int


class Pace(NamedTuple):
    """How many records were committed at a time, and what the process had used of a processor; both in seconds."""

    at: float
    end: int
    used: float | None


@dataclass(slots=True)
class Contestant:
    """One process at work."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def group(self) -> str:
        """The consumer group in which it commits."""
        return "techdock.deals" if self.name == OURS else f"{output(self.name)}.group"

    def check_alive(self) -> None:
        """Raises ``Unavailable`` with the end of its log where it has ended."""
        if self.process.poll() is not None:
            end = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise Unavailable(f"{self.log.stem} ended with {self.process.returncode}:\n{end}")


def output(name: str) -> str:
    """Where a peer writes."""
    return f"bench.{name.replace('_', '-')}"


@contextmanager
def ground(folder: Path, console: Console) -> Iterator[Ground]:
    """A broker that has never run, away again afterwards."""
    folder.mkdir()
    with infrastructure(Settings(folder / "home", ARTEFACTS), steps(console)) as endpoints:
        kept = ports.chosen(folder / "ports.json", ["deals"])
        with KafkaCluster(endpoints.bootstrap) as cluster:
            cluster.create(topics.CATALOGUE)
        yield Ground(endpoints.bootstrap, folder, kept["deals"])


def fill(bootstrap: str, facts: Iterable[Fact]) -> Filled:
    """Write ``facts`` where the lane reads them, as admission does."""
    settings = {"bootstrap.servers": bootstrap, "linger.ms": 20, "enable.idempotence": True}
    producer = Producer({**settings, "partitioner": "murmur2_random"})
    records = moves = size = 0
    for fact in facts:
        ref = fact.ref if isinstance(fact, AchievementRegistered) else fact.achievement_ref
        value = codec.encode(fact)
        records, size = records + 1, size + len(value)
        moves += isinstance(fact, NegotiationUpdated)
        while True:
            try:
                producer.produce(SOURCE, value, ref.encode())
                break
            except BufferError:
                producer.poll(0.1)
    if producer.flush(60):
        raise Unavailable(f"{SOURCE} could not be filled")
    return Filled(records, moves, size)


@contextmanager
def at_work(place: Ground, name: str) -> Iterator[Contestant]:
    """The process of one contestant, or the pipeline, ended afterwards."""
    if name in _OF_STREAMS:
        command = ["streams", _OF_STREAMS[name]]
    else:
        module, *rest = PEERS[name]
        command = [f"tests.bench.peers.{module}", place.bootstrap, SOURCE, output(name), f"{output(name)}.group", *rest]
    home = place.folder / name
    home.mkdir()
    env = {
        **os.environ,
        "TECHDOCK_HOME": str(home),
        "TECHDOCK_BOOTSTRAP": place.bootstrap,
        "TECHDOCK_METRICS_PORT": str(place.metrics_port),
        "TECHDOCK_PROCESS_NAME": "deals-1",
        "BENCH_FOLDER": str(home),
        # As the supervisor starts its children.
        "MALLOC_ARENA_MAX": "2",
    }
    log = place.folder / f"{name}.log"
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=env, stdout=said, stderr=said)
        try:
            yield Contestant(name, process, log)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def until_ready(place: Ground, worker: Contestant) -> float:
    """When the deals lane said that it is ready, by the monotonic clock; raises ``Unavailable``."""
    deadline = time.monotonic() + _STARTING
    while time.monotonic() < deadline:
        worker.check_alive()
        seen = observe(place.metrics_port)
        if seen is not None and seen.ready:
            return time.monotonic()
        time.sleep(_PAUSE)
    raise Unavailable(f"{worker.log.stem} was not ready within {_STARTING:.0f} s")


def until_drained(bootstrap: str, contestant: Contestant, records: int) -> Sequence[Pace]:
    """Looks at ``contestant`` until it has committed all ``records``; raises ``Unavailable``."""
    progress = Progress(bootstrap, contestant.group, SOURCE, topics.PARTITIONS)
    deadline = time.monotonic() + _STARTING + records / _SLOWEST
    seen: list[Pace] = []
    while not seen or seen[-1].end < records:
        contestant.check_alive()
        sample: Sample = progress.sample()
        seen.append(Pace(*sample, processor.seconds(contestant.process.pid)))
        if sample.at > deadline:
            raise Unavailable(f"{contestant.name} read only {sample.end} of {records} records in time")
        time.sleep(_PAUSE)
    return seen
