"""Nothing lost, nothing doubled, no wrong state, whatever happens to a worker or the broker.

16,000 records over 200 keys, two Faust workers with one counting lane, one fault in the middle. ``make exactness
ROUNDS=20`` runs each fault as often as you like.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from infra.reading import committed_records
from tests.broker.streams.restartable import Broker, wait_until

ROUNDS = int(os.environ.get("EXACTNESS_ROUNDS", "1"))
EVENTS, KEYS, PARTITIONS = 16_000, 200, 4
EVENTS_A_SECOND = 1_200
WORKER = Path(__file__).with_name("counting_worker.py")
ROOT = Path(__file__).parents[3]


class Run:
    """One round: two workers, the feed, and the fault."""

    def __init__(self, broker: Broker, name: str, folder: Path) -> None:
        self.broker, self.name, self._folder = broker, name, folder
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        broker.topics(name)
        for worker in ("a", "b"):
            self.start(worker)
        wait_until(lambda: all(b"shards kept" in self.log(w) for w in "ab"), 60, "the workers did not start")

    def start(self, worker: str) -> None:
        with (self._folder / f"{self.name}-{worker}.log").open("ab") as log:
            self.workers[worker] = subprocess.Popen(
                [sys.executable, str(WORKER), self.broker.bootstrap, self.name, worker, str(self._folder)],
                stdout=log, stderr=log, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip

    def log(self, worker: str) -> bytes:
        return (self._folder / f"{self.name}-{worker}.log").read_bytes()

    def feed(self, at: dict[int, Callable[[], None]]) -> None:
        """Send all events at a steady rate; call what ``at`` names when it is its turn."""
        producer = Producer({"bootstrap.servers": self.broker.bootstrap, "enable.idempotence": True})
        started = time.monotonic()
        for i in range(EVENTS):
            if i in at:
                at[i]()
                started = time.monotonic() - i / EVENTS_A_SECOND
            key = i % KEYS
            producer.produce(f"{self.name}-in", str(i).encode(), f"k{key}".encode(), key % PARTITIONS)
            if i % 50 == 0:
                producer.poll(0)
                time.sleep(max(0.0, started + i / EVENTS_A_SECOND - time.monotonic()))
        assert producer.flush(60) == 0

    def poison(self) -> None:
        producer = Producer({"bootstrap.servers": self.broker.bootstrap})
        producer.produce(f"{self.name}-in", b"poison", b"k0", 0)
        assert producer.flush(30) == 0

    def signal(self, worker: str, number: signal.Signals) -> None:
        self.workers[worker].send_signal(number)

    def restart(self, worker: str) -> None:
        self.workers[worker].wait(40)
        self.start(worker)

    def stop(self) -> None:
        for worker in self.workers.values():
            worker.terminate()
        for worker in self.workers.values():
            worker.wait(40)

    def check(self) -> None:
        """Wait until all is worked off, stop the workers, then count what a later reader finds."""
        out = f"{self.name}-out"

        def seen() -> int:
            records = committed_records(self.broker.bootstrap, [out])
            return len({json.loads(record.value())["i"] for record in records})

        wait_until(lambda: seen() == EVENTS, 90, "outputs are missing")
        self.stop()
        times = Counter(json.loads(r.value())["i"] for r in committed_records(self.broker.bootstrap, [out]))
        state = {
            record.key(): json.loads(record.value())
            for record in committed_records(self.broker.bootstrap, [f"{self.name}-state"])
        }
        doubled = [i for i, n in times.items() if n != 1]
        wrong = [key for key, count in state.items() if count != EVENTS // KEYS]
        assert (EVENTS - len(times), doubled, wrong, len(state)) == (0, [], [], KEYS)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, artefacts: Path) -> Iterator[Broker]:
    made = Broker(tmp_path_factory.mktemp("exactness"), artefacts)
    made.start()
    yield made
    made.kill()


@pytest.fixture(params=range(ROUNDS), ids=lambda number: f"round-{number + 1}")
def number(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def run(number: int, broker: Broker, tmp_path: Path) -> Iterator[Run]:
    assert number < ROUNDS
    made = Run(broker, f"exact-{os.urandom(4).hex()}", tmp_path)
    yield made
    for worker in made.workers.values():
        if worker.poll() is None:
            worker.kill()
            worker.wait(30)


def test_a_killed_worker_loses_and_doubles_nothing(run: Run) -> None:
    run.feed({4_000: lambda: run.signal("a", signal.SIGKILL), 12_000: lambda: run.restart("a")})
    run.check()


def test_a_worker_frozen_past_its_session_loses_and_doubles_nothing(run: Run) -> None:
    run.feed({3_000: lambda: run.signal("a", signal.SIGSTOP), 14_000: lambda: run.signal("a", signal.SIGCONT)})
    run.check()


def test_a_terminated_and_restarted_worker_loses_and_doubles_nothing(run: Run) -> None:
    run.feed({4_000: lambda: run.signal("a", signal.SIGTERM), 12_000: lambda: run.restart("a")})
    run.check()
    assert b"Traceback" not in run.log("a")


def test_a_killed_broker_loses_and_doubles_nothing(run: Run, broker: Broker) -> None:
    def bounce() -> None:
        broker.kill()
        broker.start()

    run.feed({6_000: bounce})
    run.check()


def test_a_decision_that_raises_stops_the_lane_then_goes_to_quarantine(run: Run) -> None:
    run.feed({5_000: run.poison})
    run.check()
    quarantined = [
        dict(record.headers() or ()) for record in committed_records(run.broker.bootstrap, ["techdock.quarantine.v1"])
    ]
    mine = [headers for headers in quarantined if headers["techdock-topic"] == f"{run.name}-in".encode()]
    assert [(headers["techdock-partition"], headers["techdock-attempts"]) for headers in mine] == [(b"0", b"3")]
    assert [(headers["techdock-error"], headers["techdock-message"]) for headers in mine] == [
        (b"ValueError", b"this record cannot be decided")
    ]
    assert all(int(headers["techdock-timestamp"]) <= int(headers["techdock-first-failure"]) for headers in mine)
    assert b"this record cannot be decided" in run.log("a") + run.log("b")
