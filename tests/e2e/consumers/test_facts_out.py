"""Facts out, as they run: processes on a broker and a database of their own, killed meanwhile."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Producer
from rich.console import Console

from consumers.following import follow
from consumers.verification import check
from infra.home import Endpoints
from infra.settings import Settings
from infra.supervisor import infrastructure
from infra.terminal import PlainSteps
from infra.topics import KafkaCluster
from schemas import codec
from schemas.records import Record, Stage
from schemas.topics import ACHIEVEMENTS, CATALOGUE, DEALS, DEMANDS, MATCHES, Topic, inbox, receipts
from tests.unit.consumers import facts

ROOT = Path(__file__).parents[3]


def until(outcome: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not outcome():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.05)


class House:
    """A broker, a database, and the commands that run on them."""

    def __init__(self, endpoints: Endpoints, home: Path) -> None:
        self.endpoints = endpoints
        self.home = home
        with KafkaCluster(endpoints.bootstrap) as cluster:
            cluster.create([*CATALOGUE, inbox("dlut"), receipts("dlut")])
        self._writer = Producer({"bootstrap.servers": endpoints.bootstrap, "transactional.id": "house"})
        self._writer.init_transactions(30)

    def write(self, *records: tuple[Topic, Record]) -> None:
        """Records in one transaction, as the lanes write them."""
        self._writer.begin_transaction()
        for topic, record in records:
            key = getattr(record, "demand_ref", None) or getattr(record, "ref", None) or "receipt"
            self._writer.produce(topic.name, codec.encode(record), key=key.encode())
        self._writer.commit_transaction(30)

    def environment(self, **more: str) -> dict[str, str]:
        url = self.endpoints.database_url
        named = {
            "TECHDOCK_HOME": str(self.home),
            "TECHDOCK_BOOTSTRAP": self.endpoints.bootstrap,
            "TECHDOCK_DATABASE_URL": url,
        }
        return {**os.environ, "PYTHONPATH": str(ROOT), **named, **more}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            env=self.environment(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    @contextmanager
    def running(self, job: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen([sys.executable, "-m", "consumers", job], env=self.environment(**environment))
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, artefacts: Path) -> Iterator[House]:
    home = tmp_path_factory.mktemp("house")
    with infrastructure(Settings(home, artefacts), PlainSteps(Console(stderr=True))) as endpoints:
        made = House(endpoints, home)
        assert made.run("consumers", "migrate").returncode == 0
        yield made


@pytest.fixture
def address() -> tuple[str, dict[str, str]]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}", {"TECHDOCK_WEB_PORT": str(port)}


def story(number: int) -> list[tuple[Topic, Record]]:
    name = f"s{number}"
    offered = facts.achievement(name)
    return [
        (inbox("dlut"), offered), (ACHIEVEMENTS, offered), (receipts("dlut"), facts.accepted(offered.submission_id)),
        (DEMANDS, facts.demand(name)), (MATCHES, facts.proposed(name, name)), (MATCHES, facts.proposed(name, "x")),
        (MATCHES, facts.match_withdrawn(name, "x")), (DEALS, facts.deal(name, 1, Stage.CONTACTED)),
    ]  # fmt: skip


def test_killed_again_and_again_the_tables_still_say_what_the_topics_say(house: House) -> None:
    for number in range(0, 800, 50):
        house.write(*(each for one in range(number, number + 50) for each in story(one)))
    for _ in range(3):
        with house.running("read-model") as process:
            time.sleep(1.2)
            process.send_signal(signal.SIGKILL)
    with house.running("read-model") as process:
        _wait_for_tables(house)
        report = check(house.endpoints)
        assert not report.differences
        assert report.checked["rows of matches"] == report.checked["submissions"] == 800
        process.terminate()
        assert process.wait(10) == 0
    assert house.run("consumers", "rebuild").returncode == 0
    with house.running("read-model"):
        _wait_for_tables(house)
        assert not check(house.endpoints).differences


def _wait_for_tables(house: House) -> None:
    """Return once the tables stand where the topics end: a check alone waits for no more than a quarter of a minute."""
    until(lambda: not any(one["table"] == "positions" for one in check(house.endpoints).differences), 120)


def test_an_incubator_follows_through_a_restart_and_misses_nothing(
    house: House, address: tuple[str, dict[str, str]]
) -> None:
    url, port = address
    told: list[str] = []

    def listen() -> None:
        for heard in follow(
            url, {"from": "now", "institution": "dlut", "industry": ["C26"]}, wait=lambda _: time.sleep(0.1)
        ):
            told.append(str(heard.values["achievement_id"]))
            if told[-1] == "last":
                return

    with house.running("web", **port) as process:
        until(lambda: answers(url))
        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        # "Now" is when the stream has begun: knock until someone is heard.
        until(lambda: knocked(house) and bool(told), 30)
        for number in range(20):
            house.write((MATCHES, facts.proposed("followed", f"f{number}")))
        until(lambda: "f5" in told)
        process.send_signal(signal.SIGKILL)
        process.wait()
    for number in range(20, 40):
        house.write((MATCHES, facts.proposed("followed", f"f{number}")))
    with house.running("web", **port) as process:
        house.write((MATCHES, facts.proposed("followed", "last")))
        listener.join(30)
        process.terminate()
        assert process.wait(10) == 0
    assert [name for name in told if name != "knock"] == [*(f"f{number}" for number in range(40)), "last"]


def knocked(house: House) -> bool:
    house.write((MATCHES, facts.proposed("followed", "knock")))
    return True


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_the_command_line_tells_matches_and_deals(house: House) -> None:
    house.write(*story(5000), (MATCHES, facts.proposed("s5000", "better", 0.9)))
    with house.running("read-model"):
        until(lambda: len(matches(house, "--demand", "s5000")) == 2)
    found = matches(house, "--demand", "district-210202/s5000")
    assert [match["achievement_id"] for match in found] == ["better", "s5000"]
    assert set(found[0]) >= {"demand_id", "achievement_id", "score", "reasons"}
    assert sum(reason["contribution"] for reason in found[0]["reasons"]) == pytest.approx(0.9)
    unknown = command(house, "matches", "--demand", "nobody/knows", "--json")
    assert unknown.returncode == 1
    assert "nobody/knows" in unknown.stderr
    assert "催化" in command(house, "matches", "--demand", "s5000").stdout
    deals = json.loads(command(house, "deals", "--json", "--stage", "contacted", "--institution", "dlut").stdout)
    assert deals["pipeline"][0]["stage"] == "CONTACTED"
    assert deals["pipeline"][0]["deals"] == len(deals["deals"])


def matches(house: House, *options: str) -> list[dict[str, Any]]:
    answer = command(house, "matches", "--json", *options)
    found: list[dict[str, Any]] = json.loads(answer.stdout) if answer.returncode == 0 else []
    return found


def command(house: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    return house.run("infra", *arguments)
