"""The pipeline view and the clock: what may be repeated without harm, as Faust agents and timers without tables.

    deals ──▶ count_deals ──▶ pipeline      deals and CNY by stage, whenever they changed
    timer ──▶ tick ──▶ clock                now, once a second in each partition
    deals ──▶ follow_deals ──▶ pipeline-windows    by week and month, see ``streams.windows``

The view is rebuilt from the whole topic at each start: its group is new each time, and counting a deal twice changes
nothing, for only its last state counts.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import faust

from infra import metrics
from schemas import codec, framing, topics
from schemas.cloudevents import Stamp
from schemas.errors import Unreadable
from schemas.records import ClockTicked, DealAdvanced, PipelineMeasured, Stage, StageCount
from streams.app import Frame, make_app
from streams.windows import Teller, restored, wire

log = logging.getLogger(__name__)

#: Seconds between two ticks: how late an expiry may be noticed.
TICK = 1.0
_STAMP = Stamp("pipeline")


class PipelineView:
    """The last state of every deal, counted by stage."""

    def __init__(self) -> None:
        self._deals: dict[uuid.UUID, DealAdvanced] = {}
        self._told: tuple[StageCount, ...] | None = None

    def take(self, deal: DealAdvanced) -> None:
        """Note where a deal stands; a state that is older than the one known is ignored."""
        known = self._deals.get(deal.deal_id)
        if known is None or deal.sequence >= known.sequence:
            self._deals[deal.deal_id] = deal

    def measured(self, now: datetime) -> PipelineMeasured | None:
        """The pipeline, if it changed since the last call."""
        counts = stage_counts(self._deals.values())
        standing = {count.stage: count.deals for count in counts}
        for stage in Stage:
            # A stage that the last deal has left shows 0, not what it had.
            metrics.DEALS.labels(stage.value).set(standing.get(stage, 0))
        if counts == self._told:
            return None
        self._told = counts
        return PipelineMeasured(counts, now)


def stage_counts(deals: Iterable[DealAdvanced]) -> tuple[StageCount, ...]:
    """Deals and the sum of their latest terms in CNY, by stage in the order of the stages."""
    number: defaultdict[Stage, int] = defaultdict(int)
    amount: defaultdict[Stage, Decimal] = defaultdict(Decimal)
    for deal in deals:
        number[deal.stage] += 1
        if deal.terms is not None and deal.terms.price.currency == "CNY":
            amount[deal.stage] += deal.terms.price.amount
    return tuple(StageCount(stage, number[stage], amount[stage]) for stage in Stage if number[stage])


def app(frame: Frame, view: PipelineView | None = None, teller: Teller | None = None) -> faust.App:
    """The worker that counts the pipeline, keeps the clock, and tells windows; in a view and by a teller if given."""
    made = make_app(f"pipeline.{uuid.uuid4().hex[:8]}", frame)
    view = view or PipelineView()
    deals = _raw(made, topics.DEALS)
    clock = _raw(made, topics.CLOCK)
    pipeline = _raw(made, topics.PIPELINE)

    @made.agent(deals, name="count_deals")
    async def count_deals(stream: Any) -> Any:
        async for value in stream:
            try:
                deal = codec.decode(value)
            except Unreadable as error:
                # Faust would drop the event and go on: say so, for deals are our own records.
                log.error("a deal cannot be read: %s", error)
            else:
                if isinstance(deal, DealAdvanced):
                    view.take(deal)
            metrics.EVENTS_IN.labels(topics.DEALS.name).inc()
            yield value

    @made.timer(TICK, name="tick")
    async def tick() -> None:
        now = datetime.now(UTC)
        moment = int(now.timestamp() * 1000)
        value = codec.encode(ClockTicked(now))
        for partition in range(topics.CLOCK.partitions):
            await clock.send(value=value, partition=partition, headers=_STAMP.of(value, moment))
        measured = view.measured(now)
        if measured is not None:
            counted = codec.encode(measured)
            framed = framing.adopted().written(topics.PIPELINE.name, counted)
            await pipeline.send(value=framed, headers=_STAMP.of(counted, moment))
        metrics.PROCESS_READY.set(1)

    wire(made, teller or Teller(lambda: restored(frame.bootstrap)))
    return made


def _raw(made: faust.App, topic: topics.Topic) -> Any:
    return made.topic(topic.name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
