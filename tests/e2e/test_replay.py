"""A replay from zero: all that matching and ranking ever decided is thrown away, and decided anew from the register.

Every process is a command of its own here, so that some can be stopped while the broker and the tables stay up. The
clock is stopped before anything is compared: what holds depends on what time it is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from infra.lag import is_drained
from infra.reading import committed_records
from schemas import codec, topics
from tests.e2e.conftest import System, Worker, another, until
from tests.unit.streams.truth import Live, live_as_told

_REBUILT = (topics.CANDIDATES, topics.RANKING_STATE, topics.MATCHES)
_STAYING = (("streams", "admission"), ("streams", "deals"), ("streams", "duplicates"), ("streams", "policies"))
_CLOCK = ("streams", "pipeline")
_DECIDING = (("streams", "matching"), ("streams", "ranking"))
#: It stays, but for what it heard of matches: it hears them anew.
_TASKS = ("streams", "life-cycle")
_TABLES = ("consumers", "read-model")


@pytest.fixture
def bare(artefacts: Path) -> Iterator[System]:
    """A broker and a database with topics, a scoring model and tables, and nobody at work."""
    with tempfile.TemporaryDirectory(prefix="techdock-e2e-") as folder:
        system = System(Path(folder), artefacts)
        system.run("up", "--detach", "--bare")
        try:
            system.run("topics", "apply")
            system.run("model", "publish")
            _do(system, "consumers", "migrate")
            yield system
        finally:
            system.run("down")


def _do(system: System, package: str, job: str) -> None:
    subprocess.run([sys.executable, "-m", package, job], env=system.environment(), check=True, timeout=60)


def _live(system: System) -> Live:
    return live_as_told(
        codec.decode(one.value()) for one in committed_records(system.bootstrap(), [topics.MATCHES.name])
    )


def _state(system: System) -> dict[bytes, bytes]:
    """What the ranking lane would be restored from: the last value of each key."""
    found: dict[bytes, bytes | None] = {
        one.key(): one.value() for one in committed_records(system.bootstrap(), [topics.RANKING_STATE.name])
    }
    return {key: value for key, value in found.items() if value is not None}


def _is_deleted(admin: AdminClient, group: str) -> bool:
    """Delete a consumer group; whether it is gone. A broker that has just started first has to read its groups."""
    try:
        admin.delete_consumer_groups([group])[group].result(30)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return True
        if error.args[0].code() == KafkaError.COORDINATOR_LOAD_IN_PROGRESS:
            return False
        raise
    return True


def _forget_decisions(system: System) -> None:
    """Throws away all that matching and ranking ever decided, and how far they had read; the register stays."""
    admin = AdminClient({"bootstrap.servers": system.bootstrap()})
    names = [topic.name for topic in _REBUILT]
    for group in ("techdock.matching", "techdock.ranking"):
        until(lambda: _is_deleted(admin, group), 30)  # noqa: B023 - done by then
    for topic in admin.delete_topics(names).values():
        topic.result(30)
    until(lambda: not admin.list_topics(timeout=10).topics.keys() & set(names), 30)
    system.run("topics", "apply")
    heard = [TopicPartition(topics.MATCHES.name, lane, 0) for lane in range(topics.MATCHES.partitions)]
    group = ConsumerGroupTopicPartitions("techdock.life-cycle", heard)
    admin.alter_consumer_group_offsets([group])[group.group_id].result(30)
    _do(system, "consumers", "rebuild")


def _at_work(system: System, stack: ExitStack, *jobs: tuple[str, str], workers: int = 1) -> list[Worker]:
    """So many workers of each of ``jobs``, ready."""
    started = [
        stack.enter_context(another(system, package, job, f"{job}-{number}"))
        for package, job in jobs
        for number in range(1, workers + 1)
    ]
    until(lambda: all(worker.is_ready() for worker in started), 90)
    return started


def test_a_replay_by_another_number_of_workers_gives_the_same_live_set_and_the_same_state(bare: System) -> None:
    with ExitStack() as stack:
        staying = _at_work(bare, stack, *_STAYING, _CLOCK)
        deciding = [*_at_work(bare, stack, *_DECIDING, workers=2), *_at_work(bare, stack, _TASKS, _TABLES)]
        # Registrations, revisions, withdrawals, deadlines that have passed, exclusive contracts; and it verifies them.
        assert bare.json("demo", "--exit")["ok"]
        staying[-1].leave()
        until(lambda: is_drained(bare.json("status")["lag"]), 180)
        live, state = _live(bare), _state(bare)
        for worker in deciding:
            worker.leave()
        _forget_decisions(bare)
        assert (_live(bare), _state(bare)) == ({}, {})
        _at_work(bare, stack, *_DECIDING, _TASKS, _TABLES)
        # Lists that were announced before follow from matches that are gone, and that is said of them alone.
        wrong = bare.json("verify", "--drain", "--timeout", "150", expect=1)["differences"]
        assert {one["what"] for one in wrong} == {"spotlight"}
        assert len(live) > 1_000
        assert _live(bare) == live
        assert _state(bare) == state
