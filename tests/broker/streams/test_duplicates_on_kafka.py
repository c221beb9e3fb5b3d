"""Duplicates on a real broker: workers come and go, people decide, and what was told is what comparing all finds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer

from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.records import AchievementRegistered, AchievementWithdrawn, DuplicateResolved
from streams import duplicate_check, duplicates, register
from streams.lane import Lane, Seat
from tests.broker.streams import alone, lanes
from tests.broker.streams.admitting import until
from tests.broker.streams.commands import techdock
from tests.unit.streams.making import achievement, long_text, no_achievement, patent

endpoints, bootstrap = alone.endpoints, alone.bootstrap
BOTH = ("dicp/A1", "dlut/A1")
_TOPICS = (
    topics.ACHIEVEMENTS, topics.SKETCHES, topics.DUPLICATES, topics.DUPLICATE_DECISIONS, topics.REPRESENTATIONS,
    topics.QUARANTINE,
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _topics(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create(list(_TOPICS))


@contextmanager
def worker(bootstrap: str, name: str) -> Iterator[None]:
    """One worker of the lane, for as long as the block runs."""
    lane = Lane(duplicates.plan(), Seat(bootstrap, name, "techdock.duplicates"))
    with lanes.at_work(lane, []):
        yield


def _register(bootstrap: str, *facts: AchievementRegistered | AchievementWithdrawn) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    for fact in facts:
        producer.produce(topics.ACHIEVEMENTS.name, codec.encode(fact), fact.ref.encode())
    assert producer.flush(30) == 0


def _represented(bootstrap: str, expected: dict[str, str]) -> None:
    until(lambda: register.told_representation(bootstrap) == expected, 60)


def test_people_see_what_is_suspected_and_decide(endpoints: Endpoints, bootstrap: str, tmp_path: Path) -> None:
    def run(*arguments: str, expect: int = 0) -> str:
        done = techdock(endpoints, tmp_path, "duplicates", *arguments)
        assert done.returncode == expect, done.stderr
        return done.stdout + done.stderr

    with worker(bootstrap, "duplicates-1"):
        _register(bootstrap, achievement(ip_rights=patent("ZL 2018 1 0123456.5")))
        until(lambda: len(list(register.decoded(bootstrap, topics.SKETCHES))) == 1)
        _register(bootstrap, achievement(institution_id="dicp", ip_rights=patent("CN201810123456")))
        _represented(bootstrap, {"dicp/A1": "dlut/A1"})
        (case,) = json.loads(run("list", "--json"))
        assert (case["first"], case["second"], case["state"]) == (*BOTH, "open")
        assert case["suspected"]["numbers"] == ["PATENT:CN201810123456"]
        assert "not matched: dlut/A1 stands for it" in run("show", *BOTH)
        assert "dicp/A1 and dlut/A1: distinct" in run("distinct", *BOTH, "--reason", "two sizes", "--by", "li")
        _represented(bootstrap, {})
        assert "nothing is to do" in run("distinct", *BOTH, "--reason", "two sizes")
        assert "0 pairs" in run("list")
        assert "owned by dicp, dlut" in run("merge", "dlut/A1", "dicp/A1", "--reason", "one project")
        _represented(bootstrap, {"dicp/A1": "dlut/A1"})
        assert "merged: decided by" in run("show", *BOTH)
        assert json.loads(run("show", *BOTH, "--json"))["achievements"]["dicp/A1"]["represented_by"] == "dlut/A1"
        assert "merged" in run("list", "--all")
        assert "there is no achievement 'A7'" in run("merge", "A7", "dicp/A1", "--reason", "why", expect=1)
        assert "name two achievements" in run("merge", "dicp/A1", "dicp/A1", "--reason", "why", expect=2)
        assert [one.outcome for one in _decisions(bootstrap)] == ["DISTINCT", "MERGE"]
    assert duplicate_check.check(bootstrap).differences == []


def _decisions(bootstrap: str) -> Iterable[DuplicateResolved]:
    return (told for _, _, told in register.decoded(bootstrap, topics.DUPLICATE_DECISIONS))


def test_workers_come_and_go_and_nothing_is_lost_or_told_otherwise(bootstrap: str) -> None:
    def wave(first: int, version: int) -> list[AchievementRegistered]:
        return [
            achievement(f"W{number}", long_text(40 * number), version, institution_id=name)
            for number in range(first, first + 10)
            for name in ("dmu", "djtu")
        ]

    with worker(bootstrap, "duplicates-1"):
        _register(bootstrap, *wave(0, 1))
        with worker(bootstrap, "duplicates-2"):
            _register(bootstrap, *wave(10, 1))
    # Nobody is here.
    _register(bootstrap, *wave(0, 2), *(no_achievement(f"W{number}", 2, institution_id="dmu") for number in (10, 11)))
    with worker(bootstrap, "duplicates-3"):
        until(lambda: len(register.told_representation(bootstrap)) == 19 and not _wrong(bootstrap), 60)
    assert duplicate_check.check(bootstrap).checked["near_texts"] == 18


def _wrong(bootstrap: str) -> list[duplicate_check.Difference]:
    return duplicate_check.check(bootstrap).differences
