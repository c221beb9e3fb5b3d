"""The pipeline by week and by month: a view that may be repeated without harm, as a Faust agent and timer.

    achievements, demands, spotlights, deals ──▶ follow_deals ──▶ pipeline-windows     each window that changed
                                                     ▲                    │
                                                     └──── at the start ──┘

The view is rebuilt from the whole topics at each start, and tells only what differs from what the topic of windows
says last: whoever folds that topic by key has the truth, however often the process stopped half way. Keyed by window,
dimension and value.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import faust

from infra import reading
from infra.reading import Place
from schemas import codec, framing, topics
from schemas.cloudevents import Stamp
from schemas.errors import Unreadable
from schemas.records import DealAdvanced, PipelineDimension, PipelineWindowMeasured, Record
from streams.domain.cohorts import Cohorts
from streams.domain.windows import Course, Flow, Group, Window, flows

log = logging.getLogger(__name__)

#: Seconds between two tellings: how late a window may be.
TELL = 2.0
#: What windows follow from.
SOURCES = (topics.DEALS, topics.ACHIEVEMENTS, topics.DEMANDS, topics.SPOTLIGHTS)
_DIMENSIONS = tuple(one for one in PipelineDimension if one is not PipelineDimension.UNKNOWN)
_STAMP = Stamp("pipeline")
_RAW = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
#: What of a deal is filed where.
_Filed = tuple[frozenset[Window], tuple[Group, ...]]


class WindowsView:
    """Every deal filed under its windows and groups, and what was told of these last."""

    def __init__(self) -> None:
        self._cohorts = Cohorts()
        self._courses: dict[uuid.UUID, Course] = {}
        self._about: defaultdict[str, set[uuid.UUID]] = defaultdict(set)
        self._members: defaultdict[Window, set[uuid.UUID]] = defaultdict(set)
        self._filed: dict[uuid.UUID, _Filed] = {}
        self._unfiled: set[uuid.UUID] = set()
        self._told: defaultdict[Window, dict[Group, PipelineWindowMeasured]] = defaultdict(dict)
        #: What may have changed since it was told.
        self._due: defaultdict[Window, set[Group]] = defaultdict(set)

    def take(self, record: Record) -> None:
        """Note a deal's advance, a fact that it may be grouped by, or a window as it was told."""
        match record:
            case DealAdvanced():
                self._advance(record)
            case PipelineWindowMeasured():
                self.tell(record)
                self._due[_window(record)].add(_group(record))
            case _:
                for ref in self._cohorts.take(record):
                    self._unfiled |= self._about.get(ref, set())

    def tell(self, window: PipelineWindowMeasured) -> None:
        """Note that a window was told so."""
        self._told[_window(window)][_group(window)] = window

    def is_due(self) -> bool:
        """Whether any window may have changed."""
        for deal_id in self._unfiled:
            self._file(deal_id)
        self._unfiled.clear()
        return bool(self._due)

    def changed(self) -> list[PipelineWindowMeasured]:
        """What one of the windows that may have changed is now, by those of its groups that differ from what was told.

        One window at a time, so that whoever asks can do something else in between.
        """
        if not self.is_due():
            return []
        window = min(self._due)
        groups = self._due.pop(window)
        courses = (self._courses[deal_id] for deal_id in self._members.get(window, ()))
        found = flows(window, courses, lambda course: groups.intersection(self._groups(course)))
        return [one for group in sorted(groups) for one in self._differing(window, group, found.get(group, Flow()))]

    def _differing(self, window: Window, group: Group, flow: Flow) -> Iterable[PipelineWindowMeasured]:
        before = self._told[window].get(group)
        now = measured(window, group, flow, 1 if before is None else before.revision)
        if before is None and flow != Flow():
            yield now
        elif before is not None and now != before:
            yield replace(now, revision=before.revision + 1)

    def _advance(self, deal: DealAdvanced) -> None:
        course = self._courses.get(deal.deal_id)
        if course is None:
            self._courses[deal.deal_id] = Course(deal)
            for ref in (deal.achievement_ref, deal.demand_ref):
                self._about[ref].add(deal.deal_id)
        elif not course.take(deal):
            return
        self._unfiled.add(deal.deal_id)

    def _groups(self, course: Course) -> tuple[Group, ...]:
        return self._filed[course.last.deal_id][1]

    def _file(self, deal_id: uuid.UUID) -> None:
        """File a deal anew; where it stood, and where it stands now, is due."""
        course = self._courses[deal_id]
        before, _ = old = self._filed.get(deal_id, (frozenset(), ()))
        now, _ = new = course.windows(), groups_of(self._cohorts, course)
        for window in before - now:
            self._members[window].discard(deal_id)
        for window in now - before:
            self._members[window].add(deal_id)
        for windows, groups in (old, new):
            for window in windows:
                self._due[window].update(groups)
        self._filed[deal_id] = new


def groups_of(cohorts: Cohorts, course: Course) -> tuple[Group, ...]:
    """Every group that a deal belongs to."""
    return tuple(
        Group(dimension, value)
        for dimension in _DIMENSIONS
        for value in cohorts.values(dimension, course.last, course.begun_at)
    )


def measured(window: Window, group: Group, flow: Flow, revision: int) -> PipelineWindowMeasured:
    """The record of what happened to a group in a window."""
    return PipelineWindowMeasured(*window, *group, revision, flow.won, flow.lost, flow.stages)


def key(window: PipelineWindowMeasured) -> bytes:
    """What a window is keyed by."""
    return f"{window.period}/{window.begins_on}/{window.dimension}/{window.value}".encode()


def _window(told: PipelineWindowMeasured) -> Window:
    return Window(told.period, told.begins_on)


def _group(told: PipelineWindowMeasured) -> Group:
    return Group(told.dimension, told.value)


@dataclass(slots=True)
class Restored:
    """A view as the topics are when it is read, and how far each partition was read for it."""

    view: WindowsView = field(default_factory=WindowsView)
    positions: dict[Place, int] = field(default_factory=dict)


def restored(bootstrap: str) -> Restored:
    """The view as the topics say now. Raises ``Unavailable``."""
    found = Restored()
    names = [topic.name for topic in (*SOURCES, topics.PIPELINE_WINDOWS)]
    found.positions = reading.ends(bootstrap, reading.places(bootstrap, names))
    for message in reading.records(bootstrap, {place: (0, end) for place, end in found.positions.items()}):
        found.view.take(codec.decode(message.value()))
    return found


class Teller:
    """Follows the sources once it knows what was there, and tells what changed; ``restore`` reads that, in a thread."""

    def __init__(self, restore: Callable[[], Restored]) -> None:
        self._restore = restore
        self._is_restored = asyncio.Event()
        #: Windows are counted in a thread, so that the clock goes on; meanwhile nothing else touches the view.
        self._counting = asyncio.Lock()
        self._found = Restored()

    async def follow(self, place: Place, offset: int, value: bytes) -> None:
        """Take one more record of a source, in order within each partition."""
        await self._is_restored.wait()
        # What it was restored from comes once more: an older version would stand above a newer one for a while.
        if offset < self._found.positions.get(place, 0):
            return
        try:
            record = codec.decode(value)
        except Unreadable as error:
            # Faust would drop the event and go on: say so, for these are our own records.
            log.error("%s[%d] at offset %d cannot be read: %s", *place, offset, error)
        else:
            async with self._counting:
                self._found.view.take(record)

    async def tell(self, windows: Any) -> None:
        """Write every window that changed to the topic ``windows`` of Faust. Raises ``Unavailable``."""
        if not self._is_restored.is_set():
            self._found = await asyncio.to_thread(self._restore)
            self._is_restored.set()
        view = self._found.view
        async with self._counting:
            while await asyncio.to_thread(view.is_due):
                await _write(windows, await asyncio.to_thread(view.changed), view)


def wire(made: faust.App, teller: Teller) -> None:
    """Let ``made`` follow the deals and tell what changed."""
    sources = made.topic(*(topic.name for topic in SOURCES), **_RAW)
    windows = made.topic(topics.PIPELINE_WINDOWS.name, **_RAW)

    @made.agent(sources, name="follow_deals")
    async def follow_deals(stream: Any) -> Any:
        async for event in stream.events():
            message = event.message
            await teller.follow((message.topic, message.partition), message.offset, event.value)
            yield event.value

    @made.timer(TELL, name="tell_windows")
    async def tell_windows() -> None:
        await teller.tell(windows)


async def _write(windows: Any, changed: Iterable[PipelineWindowMeasured], view: WindowsView) -> None:
    """Write windows, wait until Kafka has them, and note that they are told."""
    moment = int(time.time() * 1000)
    sent = []
    for window in changed:
        value = codec.encode(window)
        framed = framing.adopted().written(topics.PIPELINE_WINDOWS.name, value)
        sent.append((window, await windows.send(key=key(window), value=framed, headers=_STAMP.of(value, moment))))
    for window, acknowledged in sent:
        await acknowledged
        view.tell(window)
