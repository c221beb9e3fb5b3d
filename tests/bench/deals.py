"""Moves per second of one deals worker beside stateful and bare loops, its memory, and seconds to verify many deals
with all windows that they are counted in.

    negotiations ──▶ contestant ──▶ its output      one process each, one after another, in turns over several rounds

Each round has a broker of its own. Every contestant reads the same facts; how far it is, is asked of its group. The
peers know no table, no guard and no order; a run of ours counts only if the check of all deals finds nothing.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient, NewTopic
from rich.console import Console

from infra.reading import committed_records
from infra.side_by_side import others
from schemas import topics
from schemas.errors import Unavailable
from schemas.records import Stage
from streams import deal_check, market_check, window_laws
from streams.register import decoded
from tests.bench import deal_race, memory, negotiations
from tests.bench.arrivals import Sample, steady_rate
from tests.bench.deal_race import OURS, PEERS, PIPELINE, Filled, Ground, Pace
from tests.bench.reports import Result, Row, Size

_SEED = 20261126
_GOAL, _GOAL_BYTES, _GOAL_SECONDS = 8_000, 4_000, 60
#: Seconds in which all windows must be told.
_TELLING = 900.0


@dataclass(frozen=True, slots=True)
class Speed:
    """Moves per second, and per second of a processor; each where it can be told. ``whole`` is since it was ready."""

    steady: float | None
    processor: float | None
    whole: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Many deals that stand: what was checked, by how many bytes the worker grew, and seconds that checking took."""

    checked: Mapping[str, int]
    live: int
    kind: str
    grown: float
    seconds: float
    processor: float


def measured(size: Size, console: Console) -> Result:
    """Medians over the rounds; then the deals that stand."""
    speeds: dict[str, list[Speed]] = {name: [] for name in (OURS, *PEERS)}
    with tempfile.TemporaryDirectory(prefix="techdock-bench-") as name:
        for number in range(1, size.rounds + 1):
            with deal_race.ground(Path(name) / f"round-{number}", console) as place:
                filled = deal_race.fill(place.bootstrap, negotiations.of_moves(_SEED + number, size.events))
                console.print(f"round {number}: {filled.moves:,} moves wait, {filled.records:,} records")
                # There and back: whoever gains from a machine that warms up, loses in the next round.
                for contestant in list(speeds)[:: 1 if number % 2 else -1]:
                    speed = _speed(place, contestant, filled)
                    speeds[contestant].append(speed)
                    console.print(f"round {number}: {contestant} {_told(speed)}")
        standing = _standing(Path(name) / "standing", size.deals, console)
    return _result(speeds, standing, filled)


def _speed(place: Ground, name: str, filled: Filled) -> Speed:
    """What one contestant does; raises ``Unavailable`` where its output is not what it must be."""
    if name != OURS:
        admin = AdminClient({"bootstrap.servers": place.bootstrap})
        made = NewTopic(deal_race.output(name), topics.PARTITIONS, 1)
        admin.create_topics([made])[made.topic].result(30)
    with deal_race.at_work(place, name) as contestant:
        ready = deal_race.until_ready(place, contestant) if name == OURS else None
        seen = deal_race.until_drained(place.bootstrap, contestant, filled.records)
    if name == OURS:
        _checked(place.bootstrap)
    else:
        committed = sum(1 for _ in committed_records(place.bootstrap, [deal_race.output(name)]))
        if committed != filled.records:
            raise Unavailable(f"{name} wrote {committed} records for {filled.records}")
    whole = None if ready is None else filled.moves / (seen[-1].at - ready)
    return Speed(
        steady_rate([Sample(one.at, one.end) for one in seen], filled.moves), _by_processor(seen, filled), whole
    )


def _by_processor(seen: Sequence[Pace], filled: Filled) -> float | None:
    """Steady moves per second of a processor."""
    used = [Sample(one.used, one.end) for one in seen if one.used is not None]
    return steady_rate(used, filled.moves) if len(used) == len(seen) else None


def _checked(bootstrap: str) -> Mapping[str, int]:
    """How much the check of deals compared; raises ``Unavailable`` where it found a difference."""
    checked, found = deal_check.check(bootstrap)
    if found:
        raise Unavailable(f"{len(found)} differences between deals and their recount: {found[:3]}")
    return checked


def _standing(folder: Path, deals: int, console: Console) -> Standing:
    """One worker works ``deals`` off, from nothing, and the pipeline counts them by week and month."""
    with deal_race.ground(folder, console) as place:
        with deal_race.at_work(place, OURS) as worker:
            deal_race.until_ready(place, worker)
            _, before = memory.of_process(worker.process.pid)
            filled = deal_race.fill(place.bootstrap, negotiations.of_deals(_SEED, deals))
            console.print(f"{filled.moves:,} moves of {deals:,} deals wait")
            deal_race.until_drained(place.bootstrap, worker, filled.records)
            kind, after = memory.of_process(worker.process.pid)
        console.print(f"they are worked off, the worker grew by {after - before:.0f} MB ({kind})")
        with deal_race.at_work(place, PIPELINE):
            # Not part of what is measured: how soon it tells is another matter than how long checking it takes.
            windows, _ = window_laws.check(place.bootstrap, _TELLING)
        console.print(f"{windows:,} windows are told")
        began, used = time.monotonic(), _used()
        checked = _checked_with_windows(place.bootstrap)
        seconds, used = time.monotonic() - began, _used() - used
        last = {deal.deal_id: deal.stage for _, _, deal in decoded(place.bootstrap, topics.DEALS)}
    live = sum(stage is not Stage.ENDED for stage in last.values())
    return Standing(checked, live, kind, (after - before) * 1e6, seconds, used)


def _checked_with_windows(bootstrap: str) -> Mapping[str, int]:
    """The same of deals, their windows and hints, as ``techdock verify`` has it checked."""
    shares = market_check.shares(bootstrap)
    with others(len(shares)) as crew:
        report = market_check.begun(bootstrap, crew, shares)()
    if report.differences:
        raise Unavailable(f"{len(report.differences)} differences in the market: {report.differences[:3]}")
    return report.checked


def _used() -> float:
    """Seconds of a processor so far, of this process and of those it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _result(speeds: Mapping[str, Sequence[Speed]], standing: Standing, filled: Filled) -> Result:
    steady = {name: _median(name, [one.steady for one in found]) for name, found in speeds.items()}
    ratios = {f"to_{name}": steady[OURS] / steady[name] for name in PEERS}
    used = {name: _known_median([one.processor for one in found]) for name, found in speeds.items()}
    whole = _median(OURS, [one.whole for one in speeds[OURS]])
    content = {
        "moves": filled.moves,
        "records": filled.records,
        "record_bytes": round(filled.size / filled.records),
        "moves_per_second": {name: round(rate) for name, rate in steady.items()},
        "moves_per_processor_second": {name: rate and round(rate) for name, rate in used.items()},
        "moves_per_second_since_ready": round(whole),
        "ratio": {name: round(ratio, 3) for name, ratio in ratios.items()},
        "rounds": {name: [_rounded(one) for one in found] for name, found in speeds.items()},
        "standing": _of_standing(standing),
    }
    ours = used[OURS]
    rows = [
        Row("deals, all guarantees", f"{steady[OURS]:,.0f}/s", f"goal {_GOAL:,}: × {steady[OURS] / _GOAL:.2f}"),
        Row("since the worker was ready", f"{whole:,.0f}/s"),
        Row("by its processor time", "unknown" if ours is None else f"{ours:,.0f}/s"),
        *(Row(name, f"{steady[name]:,.0f}/s", f"deals × {ratios[f'to_{name}']:.2f}") for name in PEERS),
        *_rows(standing),
    ]
    title = f"Moves of deals per second, one process each, {filled.moves:,} moves"
    return Result(title, content, rows)


def _of_standing(standing: Standing) -> dict[str, Any]:
    deals = standing.checked["deals"]
    return {
        **standing.checked,
        "live": standing.live,
        "memory": standing.kind,
        "grown_megabytes": round(standing.grown / 1e6, 1),
        "bytes_per_deal": round(standing.grown / deals),
        "bytes_per_live_deal": round(standing.grown / standing.live),
        "check_seconds": round(standing.seconds, 1),
        "check_processor_seconds": round(standing.processor, 1),
    }


def _rows(standing: Standing) -> list[Row]:
    deals, each = standing.checked["deals"], standing.grown / standing.live
    return [
        Row(f"bytes per live deal ({standing.kind})", f"{each:,.0f}", f"goal {_GOAL_BYTES:,}; {standing.live:,} live"),
        Row("bytes per deal, ended ones too", f"{standing.grown / deals:,.0f}", f"{deals:,} deals"),
        Row("checking these deals and their windows", f"{standing.seconds:.1f} s", f"goal {_GOAL_SECONDS} for 100,000"),
        Row("by processor time", f"{standing.processor:.1f} s"),
    ]


def _told(speed: Speed) -> str:
    by_processor = "" if speed.processor is None else f", {speed.processor:,.0f} by processor time"
    return "too fast to tell" if speed.steady is None else f"{speed.steady:,.0f} moves/s{by_processor}"


def _rounded(speed: Speed) -> dict[str, int | None]:
    told = {"steady": speed.steady, "processor": speed.processor, "whole": speed.whole}
    return {name: None if rate is None else round(rate) for name, rate in told.items()}


def _known_median(rates: Sequence[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return statistics.median(known) if known else None


def _median(name: str, rates: Sequence[float | None]) -> float:
    found = _known_median(rates)
    if found is None:
        raise Unavailable(f"{name} was done between two looks in every round: measure more events")
    return found
