"""A pipeline process that is killed and started again ends with the same windows, and tells none of them twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from infra import clients, reading
from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.records import EndCause, PipelineDimension, PipelineWindowMeasured, Record, Stage
from streams import window_laws
from streams.windows import SOURCES, key
from tests.broker.streams import alone
from tests.broker.streams.commands import ROOT
from tests.broker.streams.restartable import wait_until
from tests.unit.streams.advances import advance, worth
from tests.unit.streams.making import achievement, demand

endpoints, bootstrap = alone.endpoints, alone.bootstrap

#: One source in one partition, so that what is said has one order.
_DEALS: list[Record] = [
    advance("D1", 1, Stage.CONTACTED, 0), advance("D2", 1, Stage.CONTACTED, 9),
    advance("D1", 2, Stage.IN_TALKS, 3, terms=worth("7.00")),
]  # fmt: skip
#: What comes after the restart corrects a window that was told before.
_LATE: list[Record] = [
    advance("D2", 2, Stage.ENDED, 10, end_cause=EndCause.PARTY), advance("D3", 1, Stage.CONTACTED, -5),
    demand("D1", version=2, institution_id="neusoft", district="210211"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _topics(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create([*SOURCES, topics.CLOCK, topics.PIPELINE, topics.PIPELINE_WINDOWS])


def _say(bootstrap: str, *records: Record) -> None:
    where = {"DealAdvanced": topics.DEALS, "AchievementRegistered": topics.ACHIEVEMENTS}
    producer = clients.producer(bootstrap)
    for record in records:
        topic = where.get(type(record).__name__, topics.DEMANDS)
        producer.send(topic.name, codec.encode(record), b"key", partition=0)
    producer.flush()
    producer.close()


@contextmanager
def _pipeline(endpoints: Endpoints, home: Path) -> Iterator[Callable[[], None]]:
    """A pipeline process; yields what kills it."""
    named = {
        "TECHDOCK_HOME": str(home), "TECHDOCK_BOOTSTRAP": endpoints.bootstrap, "TECHDOCK_PROCESS_NAME": "pipeline",
    }  # fmt: skip
    with (home / "pipeline.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams", "pipeline"],
            env={**os.environ, "PYTHONPATH": str(ROOT), **named}, cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip

    def kill() -> None:
        process.kill()
        process.wait(30)

    try:
        yield kill
    finally:
        kill()


def _told(bootstrap: str) -> list[tuple[bytes, PipelineWindowMeasured]]:
    found = []
    for message in reading.committed_records(bootstrap, [topics.PIPELINE_WINDOWS.name]):
        record = codec.decode(message.value())
        assert isinstance(record, PipelineWindowMeasured)
        assert message.key() == key(record)
        found.append((message.key(), record))
    return found


def _is_right(bootstrap: str) -> Callable[[], bool]:
    def right() -> bool:
        windows, wrong = window_laws.check(bootstrap, patience=0)
        return windows > 0 and not wrong

    return right


def test_a_restarted_pipeline_ends_with_the_windows_of_the_log(endpoints: Endpoints, tmp_path: Path) -> None:
    at = endpoints.bootstrap
    register: list[Record] = [
        achievement("A1", industries=("C37",)),
        demand("D1", institution_id="neusoft", district="210202"),
    ]
    _say(at, *register, *_DEALS)
    assert window_laws.check(at, patience=0)[1]
    with _pipeline(endpoints, tmp_path) as kill:
        wait_until(_is_right(at), 60, "the windows were not told")
        kill()
    before = _told(at)
    assert {record.revision for _, record in before} == {1}
    _say(at, *_LATE)
    with _pipeline(endpoints, tmp_path):
        wait_until(_is_right(at), 60, "the windows were not corrected")
        _say(at, advance("D3", 2, Stage.IN_TALKS, -4))
        wait_until(_is_right(at), 60, "a late move was not told")
    told = _told(at)
    # What did not change was not told again, and of each window the revisions count on.
    assert told[: len(before)] == before
    for each in {name for name, _ in told}:
        revisions = [record.revision for name, record in told if name == each]
        assert revisions == [*range(1, len(revisions) + 1)]
    last = dict(told)
    assert last[b"WEEK/2026-02-23/DISTRICT/210202"].stages == ()
    assert last[b"WEEK/2026-02-23/DISTRICT/210211"].stages[0].entered == 1
    assert PipelineDimension.SESSION in {record.dimension for record in last.values()}
    _say_a_wrong_one(at, last[b"WEEK/2026-02-23/ALL/all"])
    (wrong,) = window_laws.check(at, patience=0)[1]
    assert wrong["window"] == "WEEK/2026-02-23/ALL/all"


def _say_a_wrong_one(bootstrap: str, told: PipelineWindowMeasured) -> None:
    producer = clients.producer(bootstrap)
    wrong = replace(told, won=told.won + 1, revision=told.revision + 1)
    producer.send(topics.PIPELINE_WINDOWS.name, codec.encode(wrong), key(wrong))
    producer.flush()
    producer.close()
