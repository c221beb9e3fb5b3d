"""Credit is counted from what admission and deals really write: receipts, places in the register, times of arrival."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from schemas import codec, topics
from schemas.records import DelegationGranted, InstitutionKind, Move, Submission
from streams import admission, deals
from streams.domain.deeds import DeedLog
from streams.domain.recognition import credits_of
from streams.domain.seasons import Season
from streams.domain.trace import Address, Event
from tests.unit.streams.house import House
from tests.unit.streams.making import NOW, achievement, admitted, move, sale
from tests.unit.streams.recognising import matched

_ENTERPRISE = "district-210202"
_SPRING = datetime(2026, 4, 2, tzinfo=UTC)
_DEEDS = {topics.ACHIEVEMENTS.name, topics.DEALS.name}


def _house() -> House:
    house = House((admission.plan(), deals.plan()), random.Random(7))
    for name in ("dlut", _ENTERPRISE, "office"):
        assert house.logs[topics.inbox(name).name, 0] == []
        house.append(topics.INSTITUTIONS, admitted(name, InstitutionKind.BROKER))
    house.append(topics.INSTITUTIONS, DelegationGranted("dlut", "office", None, NOW))
    return house


def _events(house: House) -> Iterator[Event]:
    for (topic, partition), log in house.logs.items():
        if topic in {*_DEEDS, topics.MATCHES.name} or topic.startswith("techdock.receipts."):
            for one in log:
                arrived = datetime.fromtimestamp(one.timestamp / 1000, UTC)
                yield Event(Address(topic, partition, one.offset), arrived, codec.decode(one.value))


def _credited(house: House, season: Season) -> list[tuple[str, str, str]]:
    log, events = DeedLog(), [*_events(house)]
    for event in events:
        if event.address.topic in _DEEDS:
            log.take(event)
    log.awaits()
    for event in events:
        log.witness(event)
    upto = {place: len(records) for place, records in house.logs.items()}
    return sorted((str(one.deed.kind), one.party, str(one.role)) for one in credits_of(log, season, upto, {}))


def test_an_office_is_credited_for_what_it_submits_under_a_delegation() -> None:
    house = _house()
    house.append(topics.MATCHES, matched(demand_institution_id=_ENTERPRISE))
    contact, *others = sale()
    said: list[tuple[str, Submission]] = [
        ("office", achievement("A1")),
        ("office", contact),
        *((one.institution_id, one) for one in others),
    ]
    for inbox, record in said:
        # Inboxes have no order among them.
        house.submit(inbox, record)
        house.drain()
    assert _credited(house, Season(2026, 1)) == [
        ("closed", _ENTERPRISE, "ENTERPRISE"), ("closed", "dlut", "OWNER"),
        ("matched", _ENTERPRISE, "ENTERPRISE"), ("matched", "dlut", "OWNER"), ("matched", "office", "INTERMEDIARY"),
        ("met", _ENTERPRISE, "ENTERPRISE"), ("met", "dlut", "OWNER"),
        ("mined", "dlut", "OWNER"), ("mined", "office", "INTERMEDIARY"),
    ]  # fmt: skip


def test_a_move_that_waited_counts_in_the_season_in_which_its_turn_came() -> None:
    house = _house()
    house.submit("dlut", achievement("A1"))
    house.submit("dlut", move(Move.START_TALKS, 2))
    house.drain()
    house.wait_until(_SPRING)
    house.submit("office", move(Move.CONTACT, 1))
    house.drain()
    assert _credited(house, Season(2026, 1)) == [("mined", "dlut", "OWNER")]
    # It was not the office that submitted the move that waited.
    assert _credited(house, Season(2026, 2)) == [("met", _ENTERPRISE, "ENTERPRISE"), ("met", "dlut", "OWNER")]
