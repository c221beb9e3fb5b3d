"""The line of a deal names every step with its event, and nothing of other deals."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.records import (
    DealAdvanced,
    Fault,
    MatchProposed,
    MatchWithdrawn,
    Move,
    MoveRefused,
    Record,
    SpotlightChosen,
    Stage,
    Terms,
    WithdrawalReason,
    deal_id,
)
from streams.domain.spotlight import Offer, Rule, chosen
from streams.domain.trace import Address, Event, Milestone, UnknownDeal, deal_named, traced
from streams.trace import lines
from tests.unit.streams.making import EXCLUSIVE_TERMS, NOW, achievement, demand, tech_contract

_ENTERPRISE = "district-210202"


def _at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def _deal(move: Move, stage: Stage, hours: float, terms: Terms | None = None, **changes: Any) -> DealAdvanced:
    names = {"achievement_institution_id": "dlut", "achievement_id": "A1"}
    names |= {"demand_institution_id": _ENTERPRISE, "demand_id": "D1"}
    values: dict[str, Any] = {
        **names, "deal_id": deal_id("dlut/A1", f"{_ENTERPRISE}/D1"), "move": move, "by": "dlut", "sequence": 1,
        "stage": stage, "resume_to": None, "terms": terms, "terms_version": 0 if terms is None else 1,
        "reason": "", "moved_at": _at(hours), "submission_id": uuid.uuid4(),
        "is_evaluated": False, "owner_confirmed": None, "enterprise_confirmed": None, "reopen_to": None,
        "end_cause": None, "contract": None, "contract_version": 0, "payment": None, "paid": None,
        "owner_broker": None, "enterprise_broker": None, "certified_version": 0, "certified_by": None,
    }  # fmt: skip
    return DealAdvanced(**{**values, **changes})


def _proposed(achievement_id: str = "A1") -> MatchProposed:
    return MatchProposed(
        uuid.uuid4(), _ENTERPRISE, "D1", 1, "dlut", achievement_id, 1, "", "", (), 8, None, None, 0.5, "tiny", (), NOW
    )


def _withdrawn() -> MatchWithdrawn:
    values: dict[str, Any] = dict.fromkeys(MatchWithdrawn.__dataclass_fields__, "")
    about = {"demand_institution_id": _ENTERPRISE, "demand_id": "D1"}
    about |= {"achievement_institution_id": "dlut", "achievement_id": "A1"}
    return MatchWithdrawn(**{**values, **about, "reason": WithdrawalReason.OUTRANKED})


def _spotlight() -> SpotlightChosen:
    entries, over = chosen([Offer(achievement(maturity=8), 0)], Rule(1, 1, ()))
    return SpotlightChosen("2026-spring", _at(2), "li", 1, 1, (), (), entries, over)


def _events(*records: tuple[Record, float]) -> list[Event]:
    return [Event(Address("t", 0, offset), _at(hours), record) for offset, (record, hours) in enumerate(records)]


def _whole_line() -> list[Event]:
    return _events(
        (achievement(registered_at=_at(0)), 0),
        (achievement("A2", registered_at=_at(0)), 0),
        (demand(posted_at=_at(1)), 1),
        (_spotlight(), 2),
        (_proposed(), 3),
        (_proposed("A2"), 3),
        (_deal(Move.CONTACT, Stage.CONTACTED, 4), 4),
        (_deal(Move.START_TALKS, Stage.IN_TALKS, 5), 5),
        (_deal(Move.OFFER, Stage.IN_TALKS, 6, EXCLUSIVE_TERMS), 6),
        (_deal(Move.AGREE, Stage.TERMS_AGREED, 7, EXCLUSIVE_TERMS), 7),
        (_deal(Move.CONTRACT, Stage.CONTRACTED, 8, EXCLUSIVE_TERMS), 8),
        (_withdrawn(), 9),
        (_deal(Move.CONTACT, Stage.CONTACTED, 9, deal_id=uuid.uuid4()), 9),
    )


def test_every_step_of_the_pair_stands_in_the_line_once_with_its_event() -> None:
    events = _whole_line()
    line = traced(_deal(Move.CONTRACT, Stage.CONTRACTED, 8), events)
    assert [(step.milestone, step.address.offset) for step in line.steps] == [
        (Milestone.REGISTERED, 0), (Milestone.POSTED, 2), (Milestone.ANNOUNCED, 3), (Milestone.MATCHED, 4),
        (Milestone.REQUESTED, 6), (Milestone.MET, 7), (None, 8), (Milestone.INTENTION, 9), (Milestone.CONTRACT, 10),
        (None, 11),
    ]  # fmt: skip
    assert line.steps[-2].what == "CONTRACT: CONTRACTED, terms 1: LICENCE_EXCLUSIVE for 100.00 CNY"
    assert line.steps[-1].what == "match withdrawn: OUTRANKED"
    assert line.ahead == (
        Milestone.CONTRACT_REGISTERED, Milestone.CERTIFIED, Milestone.DELIVERY, Milestone.REVENUE,
        Milestone.INDUSTRIALISED,
    )  # fmt: skip


def test_an_appointment_and_a_certification_are_told_with_what_they_say() -> None:
    registered = _deal(
        Move.REGISTER, Stage.REGISTERED, 3, EXCLUSIVE_TERMS, contract=tech_contract(), contract_version=1
    )
    certified = dataclasses.replace(
        registered, move=Move.CERTIFY, by="registrar", moved_at=_at(4), certified_version=1, certified_by="registrar"
    )
    appointed = _deal(Move.APPOINT, Stage.MATCHED, 1, owner_broker="liaodong")
    told = traced(certified, _events((appointed, 1), (registered, 3), (certified, 4)))
    assert [(step.milestone, step.what.partition("; ")[2]) for step in told.steps] == [
        (None, "broker liaodong"),
        (
            Milestone.CONTRACT_REGISTERED,
            "contract 2026-210203-000117 of 2026-03-01: LICENCE, technical-transaction amount 100.00",
        ),
        (
            Milestone.CERTIFIED,
            "version 1 of the contract is certified: LICENCE, technical-transaction amount 100.00",
        ),
    ]
    assert [line.split("stands: ")[1] for line in lines(told) if "stands: " in line] == ["certified by registrar"]
    assert "stands: not certified" in "".join(lines(traced(registered, [])))


def test_steps_of_other_topics_stand_by_their_times_wherever_they_were_read() -> None:
    events = _whole_line()
    others = [event for event in events if not isinstance(event.record, DealAdvanced)]
    advances = [event for event in events if isinstance(event.record, DealAdvanced)]
    deal = _deal(Move.CONTRACT, Stage.CONTRACTED, 8)
    assert traced(deal, [*advances, *reversed(others)]) == traced(deal, events)


def test_a_deal_keeps_its_order_whatever_its_senders_clocks_say() -> None:
    slow = _deal(Move.END, Stage.ENDED, -30)
    line = traced(slow, _events((_deal(Move.CONTACT, Stage.CONTACTED, 4), 4), (slow, 5)))
    assert [step.what for step in line.steps] == ["CONTACT: CONTACTED", "END: ENDED"]


def test_a_list_that_was_replaced_announces_nothing() -> None:
    empty = dataclasses.replace(_spotlight(), entries=())
    deal = _deal(Move.CONTACT, Stage.CONTACTED, 4)
    assert [one.milestone for one in traced(deal, _events((_spotlight(), 2), (empty, 3))).steps] == []
    assert [one.milestone for one in traced(deal, _events((empty, 2), (_spotlight(), 3))).steps] == [
        Milestone.ANNOUNCED
    ]


def test_a_refused_move_is_told_with_what_would_have_helped() -> None:
    fault = Fault("sequence", "sequence", "9", "the next move of this deal carries sequence 2")
    refused = MoveRefused(
        deal_id("dlut/A1", f"{_ENTERPRISE}/D1"), "dlut", "A1", _ENTERPRISE, "D1", Move.AGREE, "dlut", 9,
        Stage.CONTACTED, (fault,), _at(1), uuid.uuid4(),
    )  # fmt: skip
    (step,) = traced(_deal(Move.CONTACT, Stage.CONTACTED, 0), _events((refused, 1))).steps
    assert (step.milestone, step.what) == (
        None, "AGREE refused: the next move of this deal carries sequence 2",
    )  # fmt: skip


def test_nothing_lies_ahead_of_a_deal_that_ended() -> None:
    assert traced(_deal(Move.END, Stage.ENDED, 1), ()).ahead == ()


def _known() -> Sequence[DealAdvanced]:
    ids = ("aa000000-0000-4000-8000-000000000000", "aab00000-0000-4000-8000-000000000000")
    first, second = (_deal(Move.CONTACT, Stage.CONTACTED, 0, deal_id=uuid.UUID(one)) for one in ids)
    return first, second, _deal(Move.START_TALKS, Stage.IN_TALKS, 1, deal_id=first.deal_id)


def test_a_deal_is_found_by_the_beginning_of_its_id_as_it_stands_last() -> None:
    assert deal_named("AA0", _known()).stage is Stage.IN_TALKS


@pytest.mark.parametrize(("asked", "word"), [("bb", "there is no deal"), ("", "no deal"), ("aa", "2 deals")])
def test_an_id_that_is_none_or_that_of_several_says_what_to_give(asked: str, word: str) -> None:
    with pytest.raises(UnknownDeal, match=word):
        deal_named(asked, _known())
