"""What our Faust apps do that Faust's own do not: committed records only, and a commit before partitions go."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiokafka
import faust
import pytest
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer as StockConsumer

from streams import app as frame_of_faust
from streams.app import Frame, make_app, seat_lane
from streams.deals import plan


@pytest.fixture
def frame(tmp_path: Path) -> Frame:
    return Frame("127.0.0.1:9", tmp_path / "home", "deals-1")


@pytest.fixture
async def app(frame: Frame) -> faust.App:
    return make_app("test", frame)


@pytest.fixture
def consumer(app: faust.App) -> Iterator[Any]:
    """The consumer of an app, not started."""
    yield app.consumer
    app.consumer._thread.thread_loop.close()


async def test_agents_read_committed_records_only(app: faust.App, consumer: Any) -> None:
    thread = consumer._thread
    assert isinstance(thread, AIOKafkaConsumerThread)
    stock = aiokafka.AIOKafkaConsumer
    made = thread._create_worker_consumer(app.transport)
    try:
        assert isinstance(made, stock)
        assert made._isolation_level == "read_committed"
        assert (made._session_timeout_ms, made._enable_auto_commit) == (8000, False)
        assert aiokafka.AIOKafkaConsumer is stock, "the patch is taken back"
    finally:
        await made.stop()


async def test_isolation_cannot_be_argued_away() -> None:
    made = frame_of_faust._CommittedConsumer("topic", isolation_level="read_uncommitted", group_id="g")
    assert (made._isolation_level, made._group_id) == ("read_committed", "g")
    await made.stop()


async def test_what_was_done_is_committed_before_partitions_go(consumer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[object] = []

    async def commit(*_: object) -> bool:
        steps.append("commit")
        return True

    async def revoked(_self: object, partitions: object) -> None:
        steps.append(partitions)

    monkeypatch.setattr(consumer, "commit", commit)
    monkeypatch.setattr(StockConsumer, "on_partitions_revoked", revoked)
    await consumer.on_partitions_revoked({("techdock.deals.v1", 0)})
    assert steps == ["commit", {("techdock.deals.v1", 0)}]


def test_faust_still_does_not_commit_by_itself() -> None:
    assert "commit()" not in inspect.getsource(StockConsumer.on_partitions_revoked)


async def test_an_app_declares_no_topics_and_opens_no_port(app: faust.App) -> None:
    # Faust writes the dot as a hyphen: this is the name of the consumer group.
    assert app.conf.id == "techdock-test"
    assert str(app.conf.broker[0]) == "kafka://127.0.0.1:9"
    assert (app.conf.web_enabled, app.conf.topic_allow_declare, app.conf.topic_disable_leader) == (False, False, True)
    assert app.conf.broker_session_timeout == 8
    assert app.conf.consumer_auto_offset_reset == "earliest"


def test_a_seat_has_a_name_that_no_other_process_has(tmp_path: Path) -> None:
    assert Frame("b:1", tmp_path, "matching-2").seat_name == "matching-2"
    unnamed = Frame("b:1", tmp_path, "techdock").seat_name
    assert unnamed != "techdock"
    assert unnamed == Frame("b:1", tmp_path, "techdock").seat_name


async def test_a_lane_is_seated_as_a_service_of_its_app(app: faust.App, frame: Frame) -> None:
    before = set(app._extra_service_instances or ()), list(app._extra_services)
    seat_lane(app, plan(), frame)
    assert len(app._extra_services) == len(before[1]) + 1
    assert app.producer_only
    assert (frame.home / "run").is_dir()
