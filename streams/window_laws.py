"""Windows of the pipeline counted again from the log, against what the pipeline process told.

Shares only the groups with the view that tells (``window_sheets``); every window is counted at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from infra import reading
from infra.reading import Place
from schemas import topics
from schemas.records import DealAdvanced, PipelineWindowMeasured, Record
from streams.domain.cohorts import Cohorts
from streams.register import decoded
from streams.window_sheets import Key, Lines, Sheet, Sheets
from streams.windows import SOURCES

Difference = Mapping[str, object]
Told = dict[Key, PipelineWindowMeasured]
Ends = Mapping[Place, int]
#: Seconds for which the pipeline process may be late, and between two looks.
PATIENCE, _PAUSE = 30.0, 1.0


class Recount(NamedTuple):
    """Every window as it should be, and where its sources ended before they were counted."""

    should: Told
    ends: Ends


def check(bootstrap: str, patience: float = PATIENCE, known: Recount | None = None) -> tuple[int, list[Difference]]:
    """How many windows there are, and every one that was told otherwise, or not, or too many.

    Looks again for ``patience`` seconds: windows are told in the background. ``known`` need not be counted again while
    nothing comes. Raises ``Unavailable``.
    """
    until = time.monotonic() + patience
    known = known or _counted(bootstrap)
    while True:
        told = as_told(record for _, _, record in decoded(bootstrap, topics.PIPELINE_WINDOWS))
        found = [*differences(known.should, told)]
        if not found or time.monotonic() > until:
            return len(known.should), found
        time.sleep(_PAUSE)
        if source_ends(bootstrap) != known.ends:
            known = _counted(bootstrap)


def source_ends(bootstrap: str) -> Ends:
    """Where the topics end that windows follow from; raises ``Unavailable``."""
    return reading.ends(bootstrap, reading.places(bootstrap, [topic.name for topic in SOURCES]))


def _counted(bootstrap: str) -> Recount:
    ends = source_ends(bootstrap)
    return Recount(recounted(record for _, _, record in decoded(bootstrap, *SOURCES)), ends)


def as_told(records: Iterable[object]) -> Told:
    """The last about each window; those that a correction has emptied are none."""
    found: Told = {}
    for told in records:
        if isinstance(told, PipelineWindowMeasured):
            found[told.period, told.begins_on, told.dimension, told.value] = told
    return {key: told for key, told in found.items() if told.stages}


def recounted(facts: Iterable[Record]) -> Told:
    """Every window as it follows from deals, and from what they are grouped by; in order within each partition."""
    cohorts, lines = Cohorts(), Lines()
    for fact in facts:
        if isinstance(fact, DealAdvanced):
            lines.take(fact)
        else:
            cohorts.take(fact)
    return added_up([lines.sheets(cohorts)])


def differences(should: Told, told: Told) -> Iterator[Difference]:
    """Every window that is not as it should be; how often it was corrected does not matter."""
    for key in sorted(should.keys() | told.keys()):
        expected, found = should.get(key), told.get(key)
        if expected is None or found is None or replace(expected, revision=found.revision) != found:
            yield {
                "what": "pipeline window", "window": "/".join(map(str, key)),
                "expected": str(expected), "found": str(found),
            }  # fmt: skip


def added_up(parts: Iterable[Sheets]) -> Told:
    """Every window as it should be, by what was counted of different deals."""
    whole: Sheets = {}
    for part in parts:
        for key, sheet in part.items():
            whole.setdefault(key, Sheet()).add(sheet)
    return {key: sheet.record(key) for key, sheet in whole.items()}
