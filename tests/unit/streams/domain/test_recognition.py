"""Credit of a season is a function of the log up to a position; nothing counts twice, and nothing later changes it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from schemas import codec
from schemas.records import (
    AchievementRegistered,
    CreditRole,
    DealAdvanced,
    LogPosition,
    MatchProposed,
    MatchWithdrawn,
    Move,
    RecognitionClosed,
    RecognitionEntry,
    RevenueShare,
    ShareRole,
    SubmissionAccepted,
)
from streams.domain.deeds import DeedKind, Positions
from streams.domain.recognition import POINTS, RULES, Closings, credits_of, entries
from streams.domain.seasons import Season
from streams.domain.trace import Event
from tests.unit.streams.making import NOW, achievement, no_achievement, tech_contract
from tests.unit.streams.recognising import (
    ENTERPRISE,
    OFFICE,
    OWNER,
    Market,
    advanced,
    matched,
    parted,
    read,
    receipt_of_achievement,
    receipt_of_move,
)

_SEASON, _NEXT = Season(2026, 1), Season(2026, 2)
_LATER = datetime(2026, 4, 2, tzinfo=UTC)
_SALE = (Move.CONTACT, Move.START_TALKS, Move.CONTRACT, Move.REGISTER)
_KINDS = ("mined", "matched", "met", "closed", "registered")


def _entries(
    market: Market, season: Season = _SEASON, upto: Positions | None = None, closings: Closings | None = None
) -> tuple[RecognitionEntry, ...]:  # fmt: skip
    positions = market.positions if upto is None else upto
    return entries(credits_of(read(market.events), season, positions, closings or {}), POINTS[RULES])


def _told(found: Iterable[RecognitionEntry]) -> dict[tuple[str, str], dict[str, int]]:
    counts = {(one.party, str(one.role)): {kind: getattr(one, kind) for kind in _KINDS} for one in found}
    return {who: {kind: many for kind, many in each.items() if many} for who, each in counts.items()}


def _sold(market: Market, moves: Iterable[Move] = _SALE, at: datetime = NOW, **changes: Any) -> None:
    for sequence, step in enumerate(moves, 1):
        market.say(advanced(step, sequence, **changes), at)


def test_a_sale_is_credited_to_both_sides_and_its_broker() -> None:
    market = Market()
    market.say(achievement("A1"))
    market.say(matched())
    _sold(market)
    found = _entries(market)
    assert _told(found) == {
        (OWNER, "OWNER"): {"mined": 1, "matched": 1, "met": 1, "closed": 1, "registered": 1},
        (ENTERPRISE, "ENTERPRISE"): {"matched": 1, "met": 1, "closed": 1, "registered": 1},
        ("broker-1", "BROKER"): {"registered": 1},
    }
    assert [one.points for one in found] == [19, 18, 10]
    assert {(each.currency, each.amount) for one in found for each in one.registered_amounts} == {
        ("CNY", Decimal("100.00"))
    }


def test_equipment_and_material_are_left_out_of_the_amount() -> None:
    market = Market()
    _sold(market, contract=tech_contract(non_technical=Decimal("30.00")))
    assert {one.registered_amounts[0].amount for one in _entries(market)} == {Decimal("70.00")}


def test_later_versions_and_returns_of_an_achievement_are_not_mined_again() -> None:
    market = Market()
    for record in (
        achievement("A1"),
        achievement("A1", version=2),
        no_achievement("A1", 3),
        achievement("A1", version=4),
    ):
        market.say(record)
    assert _told(_entries(market)) == {(OWNER, "OWNER"): {"mined": 1}}


@pytest.mark.parametrize(
    ("before", "matches"),
    [
        ([], 0),
        ([matched()], 1),
        ([matched(), parted()], 0),
        ([matched(), parted(), matched()], 1),
        ([matched("A2")], 0),
    ],
)
def test_only_a_contact_over_a_live_match_was_matched(
    before: list[MatchProposed | MatchWithdrawn], matches: int
) -> None:  # fmt: skip
    market = Market()
    for record in before:
        market.say(record)
    _sold(market, [Move.CONTACT])
    assert [one.matched for one in _entries(market)] == [1, 1] * matches


def test_a_match_that_arrives_after_the_contact_did_not_lead_to_it() -> None:
    market = Market()
    _sold(market, [Move.CONTACT])
    market.say(matched(), NOW + timedelta(seconds=1))
    assert _entries(market) == ()


def test_a_match_that_is_withdrawn_after_the_contact_led_to_it() -> None:
    market = Market()
    market.say(matched())
    _sold(market, [Move.CONTACT])
    market.say(parted(), NOW + timedelta(seconds=1))
    assert [one.matched for one in _entries(market)] == [1, 1]


def test_a_deal_that_goes_through_its_stages_again_counts_once() -> None:
    market = Market()
    _sold(market, [*_SALE[:2], Move.END, Move.REOPEN, *_SALE])
    assert _told(_entries(market))[OWNER, "OWNER"] == {"met": 1, "closed": 1, "registered": 1}


def test_who_submits_for_another_is_credited_beside_it() -> None:
    market = Market()
    place = market.say(achievement("A1"))
    market.say(receipt_of_achievement(place, OFFICE, OWNER))
    talks, own = advanced(Move.START_TALKS, 1, by=ENTERPRISE), advanced(Move.CONTRACT, 2)
    market.say(talks)
    market.say(receipt_of_move(talks, OFFICE, ENTERPRISE))
    market.say(own)
    market.say(receipt_of_move(own, OWNER, None))
    assert _told(_entries(market)) == {
        (OWNER, "OWNER"): {"mined": 1, "met": 1, "closed": 1},
        (ENTERPRISE, "ENTERPRISE"): {"met": 1, "closed": 1},
        (OFFICE, "INTERMEDIARY"): {"mined": 1, "met": 1},
    }


def test_a_receipt_of_another_submission_under_the_same_id_credits_nobody() -> None:
    market = Market()
    talks = advanced(Move.START_TALKS, 1)
    market.say(talks)
    market.say(receipt_of_move(replace(talks, sequence=2), OFFICE, OWNER))
    market.say(receipt_of_move(talks, "forger", "victim"))
    assert (OFFICE, "INTERMEDIARY") not in _told(_entries(market))
    assert ("forger", "INTERMEDIARY") not in _told(_entries(market))


def test_of_two_who_submit_the_same_move_the_first_is_credited() -> None:
    market = Market()
    talks = advanced(Move.START_TALKS, 1)
    market.say(talks)
    market.say(receipt_of_move(talks, OFFICE, OWNER, register_offset=8))
    assert (OFFICE, "INTERMEDIARY") in _told(_entries(market))
    market.say(receipt_of_move(talks, OWNER, None, register_offset=7))
    assert (OFFICE, "INTERMEDIARY") not in _told(_entries(market))


def test_nobody_is_credited_twice_for_one_deed() -> None:
    market = Market()
    shares = tuple(RevenueShare(ShareRole.BROKER, party, 1) for party in (OWNER, OFFICE))
    sold = advanced(Move.REGISTER, 1, contract=tech_contract(shares=shares))
    market.say(advanced(Move.CONTRACT, 1))
    market.say(sold)
    market.say(receipt_of_move(sold, OFFICE, OWNER))
    roles = [(one.party, one.role) for one in _entries(market) if one.registered]
    assert sorted(roles) == [
        (OWNER, CreditRole.OWNER), (ENTERPRISE, CreditRole.ENTERPRISE), (OFFICE, CreditRole.INTERMEDIARY),
    ]  # fmt: skip


def test_a_deal_of_an_institution_with_itself_earns_nothing() -> None:
    market = Market()
    _sold(market, demand_institution_id=OWNER)
    assert _entries(market) == ()


def test_a_contract_that_is_undone_before_the_closing_does_not_count() -> None:
    market = Market()
    _sold(market, [*_SALE, Move.RESCIND])
    assert _told(_entries(market)) == {(OWNER, "OWNER"): {"met": 1}, (ENTERPRISE, "ENTERPRISE"): {"met": 1}}
    _sold(market, [Move.REOPEN, Move.CONTRACT])
    assert _told(_entries(market))[OWNER, "OWNER"] == {"met": 1, "closed": 1, "registered": 1}


def test_what_its_sender_dates_back_counts_when_it_arrives() -> None:
    market = Market()
    market.say(achievement("A1", registered_at=NOW), _LATER)
    _sold(market, [Move.START_TALKS], _LATER, moved_at=NOW)
    assert _entries(market) == ()
    assert _told(_entries(market, _NEXT))[OWNER, "OWNER"] == {"mined": 1, "met": 1}


def test_what_happens_after_the_closing_does_not_change_a_season() -> None:
    market = Market()
    market.say(matched())
    _sold(market)
    closed = market.positions
    before = _entries(market)
    _sold(market, [Move.RESCIND, Move.REOPEN], _LATER)
    market.say(parted())
    market.say(achievement("A9"))
    assert _entries(market, upto=closed, closings={_SEASON: closed}) == before


def test_what_is_decided_after_the_closing_counts_in_the_next_season_that_is_open() -> None:
    market = Market()
    closed = market.positions
    market.say(achievement("A1"))
    closings = {_SEASON: closed}
    assert _entries(market, _SEASON, closed, closings) == ()
    assert _told(_entries(market, _NEXT, None, closings)) == {(OWNER, "OWNER"): {"mined": 1}}
    third = Season(2026, 3)
    assert _entries(market, third, None, closings) == ()
    assert len(_entries(market, third, None, {_SEASON: closed, _NEXT: closed})) == 1


def test_brokers_that_the_sides_appointed_are_credited_with_the_contract_and_its_registration() -> None:
    market = Market()
    _sold(market, owner_broker="liaodong", enterprise_broker="bohai")
    found = _told(_entries(market))
    assert found["liaodong", "INTERMEDIARY"] == found["bohai", "INTERMEDIARY"] == {"closed": 1, "registered": 1}


def test_who_makes_a_contact_and_begins_talks_for_a_side_is_credited_with_them() -> None:
    market = Market()
    market.say(matched())
    market.say(advanced(Move.CONTACT, 1, by=OFFICE))
    market.say(advanced(Move.START_TALKS, 2, by="liaodong", owner_broker="liaodong"))
    found = _told(_entries(market))
    assert found[OFFICE, "INTERMEDIARY"] == {"matched": 1}
    assert found["liaodong", "INTERMEDIARY"] == {"met": 1}
    assert found[OWNER, "OWNER"] == {"matched": 1, "met": 1}


def test_a_delegation_says_who_the_intermediary_was_before_any_appointment() -> None:
    market = Market()
    sold = advanced(Move.CONTRACT, 1, owner_broker="liaodong")
    market.say(sold)
    market.say(receipt_of_move(sold, OFFICE, OWNER))
    assert {who for who in _told(_entries(market)) if who[1] == "INTERMEDIARY"} == {(OFFICE, "INTERMEDIARY")}


def test_a_season_that_was_closed_under_the_first_rules_credits_no_appointed_broker() -> None:
    market = Market()
    _sold(market, owner_broker="liaodong")
    credited = credits_of(read(market.events), _SEASON, market.positions, {}, "2026-1")
    assert {one.party for one in credited} == {OWNER, ENTERPRISE, "broker-1"}
    assert [POINTS["2026-1"][kind] for kind in DeedKind] == [1, 1, 2, 5, 10]


def test_a_registration_that_is_sent_back_counts_once_it_is_made_again() -> None:
    market = Market()
    _sold(market, [*_SALE, Move.REJECT], by=OWNER)
    assert _told(_entries(market))[OWNER, "OWNER"] == {"met": 1, "closed": 1}
    market.say(advanced(Move.REGISTER, 6))
    assert _told(_entries(market))[OWNER, "OWNER"] == {"met": 1, "closed": 1, "registered": 1}


_STEPS = [*_SALE, Move.RESCIND, Move.REOPEN, Move.AMEND, Move.REJECT]
_ARRIVALS = st.sampled_from([NOW, NOW + timedelta(days=20), _LATER])
_names = st.sampled_from(["A1", "A2"])
_asked = st.sampled_from(["D1", "D2"])
_said = st.one_of(
    st.builds(achievement, _names, institution_id=st.sampled_from([OWNER, "dicp"])),
    st.builds(matched, _names, _asked), st.builds(parted, _names, _asked),
    st.builds(
        advanced, st.sampled_from(_STEPS), st.integers(1, 3), achievement_id=_names, demand_id=_asked,
        by=st.sampled_from([OWNER, ENTERPRISE, "liaodong"]), owner_broker=st.sampled_from([None, "liaodong"]),
        enterprise_broker=st.sampled_from([None, "bohai"]),
    ),
)  # fmt: skip


@st.composite
def _markets(draw: st.DrawFn) -> Market:
    market = Market()
    for record, at, inbox in draw(st.lists(st.tuples(_said, _ARRIVALS, st.sampled_from([None, OFFICE])), max_size=25)):
        place = market.say(record, at)
        if inbox is not None and isinstance(record, AchievementRegistered):
            market.say(receipt_of_achievement(place, inbox, record.institution_id), at)
        if inbox is not None and isinstance(record, DealAdvanced):
            market.say(receipt_of_move(record, inbox, record.by, place.offset), at)
    return market


def _recounted(events: list[Event], upto: Positions) -> Counter[tuple[str, str, str]]:
    """Credit of the first season by party, role and kind: another way, straight through the log."""
    seen = [event for event in events if event.address.offset < upto.get((event.address.topic, 0), 0)]
    found: Counter[tuple[str, str, str]] = Counter()
    for event in _firsts(seen):
        record, kind, parties = event.record, "mined", {"OWNER": OWNER, "ENTERPRISE": ENTERPRISE}
        if isinstance(record, DealAdvanced):
            kind = _KINDS[1 + _SALE.index(record.move)]
            if not _is_borne_out(record, event, seen):
                continue
        elif isinstance(record, AchievementRegistered):
            parties = {"OWNER": record.institution_id}
        if any(_is_receipt_of(one.record, event) for one in seen):
            parties["INTERMEDIARY"] = OFFICE
        elif isinstance(record, DealAdvanced):
            found.update((party, "INTERMEDIARY", kind) for party in _helped(record))
        if kind == "registered":
            parties["BROKER"] = "broker-1"
        found.update((party, role, kind) for role, party in parties.items())
    return found


def _helped(deal: DealAdvanced) -> set[str]:
    if deal.move in {Move.CONTACT, Move.START_TALKS}:
        return {deal.by} - {OWNER, ENTERPRISE}
    return {broker for broker in (deal.owner_broker, deal.enterprise_broker) if broker is not None}


def _firsts(seen: list[Event]) -> list[Event]:
    """The first of each kind about each subject, where it came before the first of April in China."""
    first: dict[str, Event] = {}
    for event in seen:
        if isinstance(event.record, AchievementRegistered):
            first.setdefault(event.record.ref, event)
        elif isinstance(event.record, DealAdvanced) and event.record.move in _SALE:
            first.setdefault(f"{event.record.deal_id} {event.record.move}", event)
    return [event for event in first.values() if event.arrived < datetime(2026, 3, 31, 16, tzinfo=UTC)]


def _is_borne_out(deal: DealAdvanced, event: Event, seen: list[Event]) -> bool:
    if deal.move is Move.CONTACT:
        told = [
            one.record for one in seen
            if isinstance(one.record, MatchProposed | MatchWithdrawn) and one.arrived <= event.arrived
            and (one.record.achievement_id, one.record.demand_id) == (deal.achievement_id, deal.demand_id)
        ]  # fmt: skip
        return bool(told) and isinstance(told[-1], MatchProposed)
    if deal.move is Move.START_TALKS:
        return True
    moves = [
        one.record.move for one in seen if isinstance(one.record, DealAdvanced) and one.record.deal_id == deal.deal_id
    ]
    ends = [step for step in moves if step in {Move.CONTRACT, Move.RESCIND}]
    filed = [step for step in moves if step in {Move.REGISTER, Move.REJECT}]
    holds = bool(ends) and ends[-1] is Move.CONTRACT
    return holds and (deal.move is Move.CONTRACT or filed[-1] is Move.REGISTER)


def _is_receipt_of(record: object, event: Event) -> bool:
    if not isinstance(record, SubmissionAccepted):
        return False
    if isinstance(event.record, DealAdvanced):
        return record.submission_id == event.record.submission_id
    return (record.register_topic, record.register_offset) == (event.address.topic, event.address.offset)


def _cut(market: Market, part: float) -> Positions:
    return {place: round(end * part) for place, end in market.positions.items()}


@given(_markets(), st.floats(0, 1))
def test_credit_is_what_counting_straight_through_the_log_finds(market: Market, part: float) -> None:
    upto = _cut(market, part)
    found = _entries(market, upto=upto)
    counted = Counter({(one.party, str(one.role), kind): getattr(one, kind) for one in found for kind in _KINDS})
    recounted = _recounted(market.events, upto)
    assert +counted == recounted
    points = {str(kind): many for kind, many in POINTS[RULES].items()}
    assert sum(one.points for one in found) == sum(points[kind] * many for (_, _, kind), many in recounted.items())


@given(_markets(), st.integers(0, 9), st.floats(0, 1))
def test_the_same_positions_give_the_same_bytes_in_whatever_order_they_are_read(
    market: Market, seed: int, part: float
) -> None:  # fmt: skip
    upto = _cut(market, part)
    # Every event once more, and any order, also within a partition.
    mixed = [*market.events, *market.events]
    random.Random(seed).shuffle(mixed)
    assert _bytes(mixed, upto) == _bytes(market.events, upto)


@given(_markets(), st.floats(0, 1))
def test_no_later_event_changes_a_closed_season_and_none_counts_in_two(market: Market, part: float) -> None:
    closed = _cut(market, part)
    till = [event for event in market.events if event.address.offset < closed.get((event.address.topic, 0), 0)]
    assert _bytes(till, closed) == _bytes(market.events, closed, {_SEASON: closed})
    log = read(market.events)
    each = [
        {one.deed.address for one in credits_of(log, season, upto, {_SEASON: closed})}
        for season, upto in ((_SEASON, closed), (_NEXT, market.positions))
    ]
    assert each[0].isdisjoint(each[1])


def _bytes(events: list[Event], upto: Positions, closings: Closings | None = None) -> bytes:
    credited = credits_of(read(events), _SEASON, upto, closings or {})
    positions = tuple(LogPosition(*place, end) for place, end in sorted(upto.items()))
    return codec.encode(
        RecognitionClosed(_SEASON.name, _LATER, "li", RULES, positions, entries(credited, POINTS[RULES]))
    )  # fmt: skip


def test_every_kind_of_deed_has_points_in_every_version_of_the_rules() -> None:
    assert all(set(points) == set(DeedKind) and min(points.values()) > 0 for points in POINTS.values())
    assert RULES in POINTS
