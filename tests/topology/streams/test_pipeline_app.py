"""The pipeline's Faust app without a broker: its agent reads deals, and what it cannot read does not stop it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import faust
import pytest

from infra import metrics
from schemas import codec, topics
from schemas.records import DealAdvanced, Move, Stage
from streams import pipeline
from streams.app import Frame
from streams.pipeline import PipelineView
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


async def test_the_app_reads_deals_only_and_keeps_no_tables(app: faust.App) -> None:
    assert list(app.agents) == ["count_deals"]
    assert [topic.topics for topic in [app.agents["count_deals"].channel]] == [(topics.DEALS.name,)]
    assert dict(app.tables) == {}


async def test_each_start_counts_from_the_beginning(app: faust.App, tmp_path: Path) -> None:
    other = pipeline.app(Frame("127.0.0.1:9", tmp_path / "home", "pipeline-1"))
    assert app.conf.id.startswith("techdock-pipeline.")
    assert app.conf.id != other.conf.id
    assert app.conf.consumer_auto_offset_reset == "earliest"
