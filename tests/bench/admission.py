"""Events per second of one admission worker, beside bare loops of other frameworks over the same input.

    inbox ──▶ contestant ──▶ its output        one process each, one after another, in turns over several rounds

Every contestant reads the same inbox, decodes each record and writes it out. The peers write one record for each event
and keep no state; admission validates, deduplicates, orders, and writes the register, its copy and the receipt.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from rich.console import Console

from infra import ports
from infra.observed import observe
from infra.reading import committed_records
from infra.settings import Settings
from infra.supervisor import infrastructure
from infra.terminal import steps
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.errors import Unavailable
from tests.bench.arrivals import Watch, steady_rate
from tests.bench.reports import Result, Row, Size
from tests.bench.submissions import achievement, made_texts
from tests.bench.system import ARTEFACTS, ROOT

OURS = "techdock"
_SEED = 20250601
#: Below so many events per second a contestant is given up.
_SLOWEST = 500
#: What the peers are, by name; each is a module of ``tests.bench.peers`` with its arguments.
_PEERS: Mapping[str, tuple[str, ...]] = {
    "librdkafka": ("librdkafka",),
    "quixstreams_exactly_once": ("quix", "exactly-once"),
    "quixstreams_at_least_once": ("quix", "at-least-once"),
    "faust": ("faust_agent",),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """Where all contestants run."""

    bootstrap: str
    folder: Path
    metrics_port: int


@dataclass(frozen=True, slots=True)
class Race:
    """One run of one contestant."""

    name: str
    round: int
    events: int

    @property
    def institution(self) -> str:
        return f"bench-{self.round}"

    @property
    def source(self) -> str:
        return topics.inbox(self.institution).name

    @property
    def output(self) -> str:
        """Where arrivals are counted; ours are the receipts, which are written last."""
        if self.name == OURS:
            return topics.receipts(self.institution).name
        return f"bench.{self.name.replace('_', '-')}.{self.round}"


def measured(size: Size, console: Console) -> Result:
    """Medians over the rounds."""
    rates: dict[str, list[float | None]] = {name: [] for name in (OURS, *_PEERS)}
    with tempfile.TemporaryDirectory(prefix="techdock-bench-") as name:
        folder = Path(name)
        with infrastructure(Settings(folder / "home", ARTEFACTS), steps(console)) as endpoints:
            kept = ports.chosen(folder / "ports.json", ["admission"])
            ground = Ground(endpoints.bootstrap, folder, kept["admission"])
            with KafkaCluster(ground.bootstrap) as cluster:
                cluster.create(topics.CATALOGUE)
            for number in range(1, size.rounds + 1):
                with _inbox(ground, Race(OURS, number, size.events), console) as event_bytes:
                    # There and back: whoever gains from a machine that warms up, loses in the next round.
                    for contestant in list(rates)[:: 1 if number % 2 else -1]:
                        rate = _rate(ground, Race(contestant, number, size.events))
                        rates[contestant].append(rate)
                        said = "too fast to tell" if rate is None else f"{rate:,.0f} events/s"
                        console.print(f"round {number}: {contestant} {said}")
    return _result(rates, size, event_bytes)


def _result(rates: Mapping[str, list[float | None]], size: Size, event_bytes: float) -> Result:
    medians = {name: _median(name, found) for name, found in rates.items()}
    ratios = {f"to_{name}": medians[OURS] / medians[name] for name in _PEERS}
    rows = [Row("admission, all guarantees", f"{medians[OURS]:,.0f}/s", f"goal 10,000: × {medians[OURS] / 10_000:.2f}")]
    rows += [Row(name, f"{medians[name]:,.0f}/s", f"admission × {ratios[f'to_{name}']:.2f}") for name in _PEERS]
    content = {
        "events": size.events,
        "event_bytes": round(event_bytes),
        "events_per_second": {name: round(rate) for name, rate in medians.items()},
        "ratio": {name: round(ratio, 3) for name, ratio in ratios.items()},
        "rounds": {name: [rate and round(rate) for rate in found] for name, found in rates.items()},
    }
    title = f"Events per second, one process each, {size.events:,} events of {event_bytes:,.0f} bytes"
    return Result(title, content, rows)


def _median(name: str, rates: list[float | None]) -> float:
    told = [rate for rate in rates if rate is not None]
    if not told:
        raise Unavailable(f"{name} was done between two looks in every round: measure more events")
    return statistics.median(told)


@contextmanager
def _inbox(ground: Ground, race: Race, console: Console) -> Iterator[float]:
    """An inbox full of achievements, away again afterwards; yields the mean size of a record in bytes."""
    contracts = (topics.inbox(race.institution), topics.receipts(race.institution))
    with KafkaCluster(ground.bootstrap) as cluster:
        cluster.create(contracts)
    producer = Producer({"bootstrap.servers": ground.bootstrap, "linger.ms": 20, "enable.idempotence": True})
    chance, words, size = random.Random(_SEED + race.round), made_texts(_SEED + race.round), 0
    for number in range(race.events):
        record = achievement(chance, number, next(words), race.institution)
        value = codec.encode(record)
        size += len(value)
        while True:
            try:
                producer.produce(race.source, value, record.achievement_id.encode())
                break
            except BufferError:
                producer.poll(0.1)
    if producer.flush(60):
        raise Unavailable("the inbox could not be filled")
    console.print(f"round {race.round}: {race.events:,} events wait")
    yield size / race.events
    # Admission reads the receipts of every inbox there is when it starts: those of this round are not its business.
    with KafkaCluster(ground.bootstrap) as cluster:
        cluster.delete([contract.name for contract in contracts])


def _rate(ground: Ground, race: Race) -> float | None:
    """Events per second of one contestant; raises ``Unavailable`` where not every event has its output, once."""
    admin = AdminClient({"bootstrap.servers": ground.bootstrap})
    partitions = topics.receipts(race.institution).partitions
    if race.name != OURS:
        partitions = topics.PARTITIONS
        admin.create_topics([NewTopic(race.output, partitions, 1)])[race.output].result(30)
    watch = Watch(ground.bootstrap, race.output, partitions)
    with _process(ground, race) as process:
        deadline = time.monotonic() + 30 + race.events / _SLOWEST
        samples = watch.until_settled(race.events, deadline, lambda: _check_alive(process, _log(ground, race)))
        if race.name == OURS:
            _check_receipts(ground, race)
    committed = sum(1 for _ in committed_records(ground.bootstrap, [race.output]))
    if committed != race.events:
        raise Unavailable(f"{race.name} wrote {committed} records for {race.events} events")
    if race.name != OURS:
        admin.delete_topics([race.output])[race.output].result(30)
    return steady_rate(samples, race.events)


@contextmanager
def _process(ground: Ground, race: Race) -> Iterator[subprocess.Popen[bytes]]:
    """One contestant at work."""
    if race.name == OURS:
        command = ["streams", "admission"]
    else:
        module, *rest = _PEERS[race.name]
        group = f"{race.output}.group"
        command = [f"tests.bench.peers.{module}", ground.bootstrap, race.source, race.output, group, *rest]
    home = ground.folder / f"{race.name}-{race.round}"
    home.mkdir()
    env = {
        **os.environ,
        "TECHDOCK_HOME": str(home),
        "TECHDOCK_BOOTSTRAP": ground.bootstrap,
        "TECHDOCK_METRICS_PORT": str(ground.metrics_port),
        "TECHDOCK_PROCESS_NAME": "admission-1",
        "BENCH_FOLDER": str(home),
    }
    with _log(ground, race).open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _log(ground: Ground, race: Race) -> Path:
    return ground.folder / f"{race.name}-{race.round}.log"


def _check_alive(process: subprocess.Popen[bytes], log: Path) -> None:
    if process.poll() is not None:
        end = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise Unavailable(f"{log.stem} ended with {process.returncode}:\n{end}")


def _check_receipts(ground: Ground, race: Race) -> None:
    """The worker itself must say the same as the topic: every event accepted, none refused or repeated."""
    seen = observe(ground.metrics_port)
    counted = seen.counts.get("techdock_receipts_total", 0) if seen else 0
    if counted != race.events:
        raise Unavailable(f"admission counts {counted:.0f} receipts for {race.events} events")
