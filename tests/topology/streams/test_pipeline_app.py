"""The pipeline's Faust app without a broker: its agent reads deals, and what it cannot read does not stop it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import faust
import pytest

from infra import metrics
from schemas import codec, topics
from schemas.records import DealAdvanced, Move, PipelineWindowMeasured, Stage
from streams import pipeline
from streams.app import Frame
from streams.pipeline import PipelineView
from streams.windows import Restored, Teller, WindowsView
from tests.unit.streams.making import NOW, achievement


@pytest.fixture
def view() -> PipelineView:
    return PipelineView()


@pytest.fixture
async def app(tmp_path: Path, view: PipelineView) -> AsyncIterator[faust.App]:
    made = pipeline.app(Frame("127.0.0.1:9", tmp_path / "home", "pipeline-1"), view)
    made.finalize()
    made.conf.store = "memory://"
    yield made
    # Faust gives the thread of its consumer a loop at once, and closes it only once the thread ran.
    made.consumer._thread.thread_loop.close()


def _deal(number: int, sequence: int, stage: Stage) -> DealAdvanced:
    return DealAdvanced(
        uuid.UUID(int=number), "dlut", f"A{number}", "dicp", "D1", Move.OFFER, "dlut", sequence, stage, None, None, 0,
        "", NOW, uuid.UUID(int=0), False, None, None, None, None, None, 0, None, None, None, None, 0, None,
    )  # fmt: skip


def _read() -> float:
    return float(metrics.EVENTS_IN.labels(topics.DEALS.name)._value.get())


async def test_the_agent_counts_deals_and_goes_on_after_what_it_cannot_read(
    app: faust.App, view: PipelineView, caplog: pytest.LogCaptureFixture
) -> None:
    read = _read()
    async with app.agents["count_deals"].test_context() as agent:
        for deal in (_deal(1, 1, Stage.CONTACTED), _deal(2, 1, Stage.CONTACTED)):
            await agent.put(codec.encode(deal))
        await agent.put(b"garbage")
        await agent.put(codec.encode(achievement()))
        await agent.put(codec.encode(_deal(1, 2, Stage.IN_TALKS)))
    measured = view.measured(NOW)
    assert measured is not None
    assert [(count.stage, count.deals) for count in measured.stages] == [(Stage.CONTACTED, 1), (Stage.IN_TALKS, 1)]
    assert _read() - read == 5
    assert "a deal cannot be read" in caplog.text


async def test_the_app_reads_what_the_catalogue_says_and_keeps_no_tables(app: faust.App) -> None:
    assert list(app.agents) == ["count_deals", "follow_deals"]
    reads = {name for agent in app.agents.values() for name in agent.channel.topics}
    # What it told itself it reads when it starts, and never follows.
    assert reads | {topics.PIPELINE_WINDOWS.name} == {
        topic.name for topic in topics.CATALOGUE if "pipeline" in topic.read_by
    }  # fmt: skip
    assert dict(app.tables) == {}


class Windows:
    """A topic that keeps what is sent to it, and acknowledges it when it is asked to."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, PipelineWindowMeasured]] = []

    async def send(self, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> asyncio.Future[None]:
        record = codec.decode(value)
        assert isinstance(record, PipelineWindowMeasured)
        assert dict(headers)["ce_type"] == b"techdock.PipelineWindowMeasured.v1"
        self.sent.append((key, record))
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged

    @property
    def talks(self) -> list[int]:
        """How many deals entered talks, by each telling about all deals of the month."""
        return [
            sum(stage.entered for stage in record.stages if stage.stage is Stage.IN_TALKS)
            for key, record in self.sent
            if key == b"MONTH/2026-03-01/ALL/all"
        ]


async def test_windows_are_told_as_they_change_and_nothing_is_counted_twice(caplog: pytest.LogCaptureFixture) -> None:
    view, told, place = WindowsView(), Windows(), (topics.DEALS.name, 0)
    view.take(_deal(1, 1, Stage.IN_TALKS))
    teller = Teller(lambda: Restored(view, {place: 1}))
    await teller.tell(told)
    # The first one comes once more.
    for offset, deal in enumerate((_deal(1, 1, Stage.CONTACTED), _deal(2, 1, Stage.IN_TALKS))):
        await teller.follow(place, offset, codec.encode(deal))
    await teller.follow(place, 2, b"garbage")
    await teller.tell(told)
    await teller.tell(told)
    assert told.talks == [1, 2]
    assert "techdock.deals.v1[0] at offset 2 cannot be read" in caplog.text


async def test_nothing_is_taken_before_it_is_known_what_was_there() -> None:
    teller, told = Teller(Restored), Windows()
    following = asyncio.ensure_future(
        teller.follow((topics.DEALS.name, 0), 0, codec.encode(_deal(1, 1, Stage.IN_TALKS)))
    )
    await asyncio.sleep(0)
    assert not following.done()
    await teller.tell(told)
    await following
    await teller.tell(told)
    assert told.talks == [1]


async def test_each_start_counts_from_the_beginning(app: faust.App, tmp_path: Path) -> None:
    other = pipeline.app(Frame("127.0.0.1:9", tmp_path / "home", "pipeline-1"))
    assert app.conf.id.startswith("techdock-pipeline.")
    assert app.conf.id != other.conf.id
    assert app.conf.consumer_auto_offset_reset == "earliest"
