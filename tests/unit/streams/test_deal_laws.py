"""The laws of deals find what is wrong by the told advances alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from schemas.records import (
    Certification,
    ContractKind,
    DealAdvanced,
    DealRole,
    EndCause,
    Move,
    NegotiationUpdated,
    Stage,
)
from streams.deal_laws import broken
from streams.domain.stages import Offered
from streams.domain.turns import follow
from tests.unit.streams.making import EXCLUSIVE_TERMS, move, sale

Advances = list[DealAdvanced]


def _told(*moves: NegotiationUpdated) -> Advances:
    offered = Offered(is_registered=True)
    return [told for one in moves for told in follow(offered, one) if isinstance(told, DealAdvanced)]


def _laws(advances: Sequence[DealAdvanced]) -> list[object]:
    return [one["what"] for one in broken(advances)]


def _with(changes: Callable[[DealAdvanced], DealAdvanced], at: int = -1) -> Advances:
    """A whole sale with one advance changed."""
    told = _told(*sale(EXCLUSIVE_TERMS))
    told[at] = changes(told[at])
    return told


def test_a_sale_that_ends_another_deal_breaks_no_law() -> None:
    other = move(Move.CONTACT, 1, demand_id="D2")
    told = _told(other, *sale(EXCLUSIVE_TERMS))
    assert told[-1].demand_id == "D2"
    assert _laws(told) == []


@pytest.mark.parametrize(
    ("changed", "law"),
    [
        (lambda one: replace(one, sequence=one.sequence + 1), "number"),
        (lambda one: replace(one, stage=Stage.DELIVERING), "stage"),
        (lambda one: replace(one, owner_confirmed=None), "confirmation"),
        (lambda one: replace(one, end_cause=EndCause.EXPIRED), "market"),
        (lambda one: replace(one, by=""), "market"),
        (lambda one: replace(one, terms_version=one.terms_version + 1), "confirmation"),
    ],
)
def test_an_advance_that_should_not_be_is_named_by_its_law(
    changed: Callable[[DealAdvanced], DealAdvanced], law: str
) -> None:  # fmt: skip
    assert f"law of deals: {law}" in _laws(_with(changed))


def _certified() -> Advances:
    by_broker: dict[str, Any] = {"institution_id": "liaodong", "role": DealRole.BROKER}
    helped = [
        move(Move.APPOINT, 1, broker="liaodong"), move(Move.CONTACT, 2, **by_broker),
        move(Move.START_TALKS, 3, **by_broker),
    ]  # fmt: skip
    agreed = [replace(one, sequence=one.sequence + 1) for one in sale(EXCLUSIVE_TERMS)[2:]]
    said = Certification(1, ContractKind.LICENCE, EXCLUSIVE_TERMS.price)
    by_registrar: dict[str, Any] = {"institution_id": "registrar", "role": DealRole.REGISTRAR}
    return _told(
        *helped, *agreed, move(Move.REGISTER, 7), move(Move.CERTIFY, 8, certification=said, **by_registrar),
        move(Move.REJECT, 9, **by_registrar), move(Move.REGISTER, 10),
    )  # fmt: skip


def test_a_deal_that_others_help_along_breaks_no_law() -> None:
    told = _certified()
    assert [one.stage for one in told][-4:] == [
        Stage.REGISTERED, Stage.REGISTERED, Stage.CONTRACTED, Stage.REGISTERED,
    ]  # fmt: skip
    assert _laws(told) == []


@pytest.mark.parametrize(
    ("at", "changed", "law"),
    [
        (2, lambda one: replace(one, by="nobody"), "role"),
        (3, lambda one: replace(one, by="liaodong"), "role"),
        (5, lambda one: replace(one, by="registrar"), "role"),
        (7, lambda one: replace(one, by="dlut", certified_by="dlut"), "role"),
        (7, lambda one: replace(one, certified_version=2), "certification"),
        (7, lambda one: replace(one, certified_by="another"), "certification"),
        (8, lambda one: replace(one, certified_version=1), "certification"),
    ],
)
def test_a_move_that_is_anothers_is_found(
    at: int, changed: Callable[[DealAdvanced], DealAdvanced], law: str
) -> None:  # fmt: skip
    told = _certified()
    told[at] = changed(told[at])
    assert f"law of deals: {law}" in _laws(told)


def test_a_deal_that_goes_on_beside_an_exclusive_contract_is_found() -> None:
    first, second = _told(move(Move.CONTACT, 1, demand_id="D2"), move(Move.START_TALKS, 2, demand_id="D2"))
    sold = _told(*sale(EXCLUSIVE_TERMS))
    # Nobody ended it, and it moves once more.
    assert _laws([first, *sold]) == ["law of deals: exclusivity"]
    assert _laws([first, *sold, second]) == ["law of deals: exclusivity"] * 2


def test_a_deal_goes_on_where_it_was_paused() -> None:
    told = _told(
        move(Move.CONTACT, 1), move(Move.START_TALKS, 2), move(Move.PAUSE, 3), move(Move.RESUME, 4),
    )  # fmt: skip
    assert _laws(told) == []
    told[-1] = replace(told[-1], stage=Stage.EVALUATED)
    assert _laws(told) == ["law of deals: pause"]
