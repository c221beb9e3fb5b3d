"""A bank's real log of offers, told as deals: clean or disturbed it ends alike, and as counting its events says.

``make test`` takes seven applications of the log's shapes. ``make offers DATA=FOLDER`` takes all of
``bpi2012/events.csv.gz`` in a folder of data and says what it found.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from schemas import codec, topics
from schemas.records import DealAdvanced, MoveHeld, MoveRefused
from streams.deal_check import Outcome
from streams.deals import DealsShard
from streams.lane import Input, Output
from tests.unit.streams import offers
from tests.unit.streams.making import entered

_DATA = os.environ.get("OFFERS_DATA")
_SEEDS = range(3)
_OFFER = "SELECTED CREATED SENT"
#: Applications by what becomes of their offers; the last line has one open beside the one that is accepted.
_SHAPES = (
    "",
    f"{_OFFER} SENT_BACK ACCEPTED REGISTERED",
    f"{_OFFER} CANCELLED {_OFFER} SENT_BACK DECLINED",
    f"{_OFFER} SELECTED CANCELLED CREATED SENT SENT_BACK SENT_BACK ACCEPTED",
    f"{_OFFER} SENT_BACK CANCELLED {_OFFER} ACCEPTED REGISTERED",
    f"{_OFFER} CANCELLED {_OFFER}",
    f"{_OFFER} {_OFFER} SENT_BACK ACCEPTED CANCELLED REGISTERED",
)


@functools.cache
def log() -> tuple[offers.Event, ...]:
    if _DATA:
        return tuple(offers.read(Path(_DATA)))
    rows = [
        {"case": str(case), "timestamp": f"2012-01-{case + 1:02}T08:{minute:02}:00+01:00", "amount_req": "20000",
         "activity": f"A_{word}" if word in {"SUBMITTED", "REGISTERED"} else f"O_{word}"}
        for case, shape in enumerate(_SHAPES)
        for minute, word in enumerate(f"SUBMITTED {shape}".split())
    ]  # fmt: skip
    return tuple(offers.events(rows))


def _inputs(facts: Iterable[offers.Fact]) -> list[Input]:
    return [entered(fact, topics.NEGOTIATIONS.name, offset) for offset, fact in enumerate(facts)]


def _decided(shard: DealsShard, inputs: Sequence[Input]) -> list[Output]:
    return [output for record in inputs for output in shard.decide(record)]


def _outcome(outputs: Iterable[Output]) -> Outcome:
    outcome = Outcome()
    for output in outputs:
        outcome.take(codec.decode(output.value))
    return outcome


@functools.cache
def clean() -> Outcome:
    return _outcome(_decided(DealsShard(), _inputs(offers.told(log()))))


def _final(outcome: Outcome) -> dict[str, DealAdvanced]:
    """Deals but for which of two equal submissions came first."""
    return {str(name): replace(deal, submission_id=UUID(int=0)) for name, deal in outcome.deals.items()}


def test_the_clean_log_ends_as_counting_its_events_says() -> None:
    found = clean()
    counted = offers.outcomes(found.deals.values())
    if _DATA:
        print(
            f"\n{len(log()):,} events, {len(offers.told(log())):,} facts, {len(found.deals):,} deals: {dict(counted)}"
        )
    else:
        assert set(counted) == {"accepted", "registered", "declined", "cancelled", "overtaken", "open"}
    assert counted == offers.recounted(log())
    assert found.waiting == {}
    # What was overtaken is cancelled in vain.
    assert found.refusals.total() == counted["overtaken"]


@pytest.mark.parametrize("seed", _SEEDS)
def test_repetitions_swaps_and_delays_change_nothing_of_how_it_ends(seed: int) -> None:
    facts = offers.disturbed(offers.told(log()), seed)
    inputs = _inputs(facts)
    outputs = _decided(DealsShard(), inputs)
    told = [codec.decode(output.value) for output in outputs]
    held = sum(isinstance(one, MoveHeld) for one in told)
    refused = sum(isinstance(one, MoveRefused) for one in told)
    if _DATA:
        print(f"\nseed {seed}: {len(facts):,} facts, {held:,} moves waited, {refused:,} were refused")
    found = _outcome(outputs)
    assert held > 0
    assert _final(found) == _final(clean())
    assert found.waiting == {}


@pytest.mark.parametrize("seed", _SEEDS)
def test_a_lane_that_dies_in_the_middle_of_a_disturbed_log_tells_the_same_bytes(seed: int) -> None:
    inputs = _inputs(offers.disturbed(offers.told(log()), seed))
    middle = len(inputs) // 2
    going = DealsShard()
    before, after = _decided(going, inputs[:middle]), _decided(going, inputs[middle:])
    restored = DealsShard()
    # The topics in another order than they were written in.
    for record in inputs[:middle]:
        restored.load(record)
    for topic in (topics.HELD_MOVES.name, topics.DEALS.name):
        for offset, output in enumerate(before):
            if output.topic == topic:
                restored.load(Input(topic, 0, offset, output.timestamp, output.key, output.value, ()))
    restored.restored()
    assert _decided(restored, inputs[middle:]) == after
