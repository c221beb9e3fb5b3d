"""A policy from an office's inbox to what a deal is told, with a kill in between, on the running system."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from datetime import date

from producers.client import Client
from schemas.records import Move, Receipt, Submission, SubmissionAccepted, SubmissionRefused, TaskMove, deal_id
from streams.policy_check import check
from tests.e2e.conftest import System, until
from tests.unit.streams.making import EXCLUSIVE_TERMS, achievement, demand, move, sale, subsidy

DEAL = str(deal_id("univ/A1", "firm/D1"))
_PARTIES = {"achievement_institution_id": "univ", "demand_institution_id": "firm"}


def _submit(system: System, by: str, record: Submission) -> Receipt:
    with Client(system.bootstrap(), by) as client:
        return client.submit(record)


def _negotiate(system: System) -> None:
    _submit(system, "univ", achievement(institution_id="univ"))
    _submit(system, "firm", demand(institution_id="firm"))
    moves = sale(EXCLUSIVE_TERMS, **_PARTIES)
    last = move(Move.REGISTER, len(moves) + 1, None, institution_id="univ", **_PARTIES)
    for each in (*moves, last):
        assert isinstance(_submit(system, each.institution_id, each), SubmissionAccepted)


def _hints(system: System) -> int:
    return check(system.bootstrap())[0]["policy_hints"]


def test_an_office_opens_a_policy_and_a_rescinded_contract_takes_its_benefit_along(system: System) -> None:
    for name, kind in (("office", "district-office"), ("univ", "university"), ("firm", "enterprise")):
        system.run("institution", "add", name, "--kind", kind, "--name-en", name)
    _negotiate(system)
    refused = _submit(system, "office", subsidy("deal.price > 1"))
    assert isinstance(refused, SubmissionRefused)
    assert [one.rule for one in refused.faults] == ["rule"]
    _submit(system, "office", subsidy("deal.has_contract", until=date(2126, 12, 31)))
    assert system.verified()["ok"]
    until(lambda: _hints(system) == 1, 60)
    (told,) = system.json("policies", "of", DEAL)["policies"]
    assert (told["policy"], told["until"], told["missing"]) == ("office/P1", "2126-12-31", [])
    for worker in ("policies-1", "policies-2"):
        os.kill(system.pid(worker), signal.SIGKILL)
    revised = subsidy("deal.technical_amount_fen >= 10000", TaskMove.REVISE, until=date(2126, 12, 31))
    _submit(system, "office", revised)
    assert system.verified()["ok"]
    undone = move(Move.RESCIND, 7, None, institution_id="firm", **_PARTIES)
    _submit(system, "firm", replace(undone, sequence=len(sale(EXCLUSIVE_TERMS, **_PARTIES)) + 2))
    assert system.verified()["ok"]
    assert system.json("policies", "of", DEAL)["policies"] == []
    until(lambda: _hints(system) == 0, 60)
    (still,) = system.json("policies", "of", DEAL, "--all")["policies"]
    assert "the deal has ended" in still["against"]
