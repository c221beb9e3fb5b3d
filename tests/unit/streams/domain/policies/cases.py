"""Policies and deals for tests: one policy that needs a registered contract, one deal at each stage of a sale."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from schemas.records import (
    DealAdvanced,
    LifeTask,
    Move,
    PolicyProof,
    PolicyRule,
    Stage,
    TaskAdvanced,
    TaskMove,
    TaskState,
    deal_id,
)
from streams.domain.policies.deciding import Policy, policy
from streams.domain.policies.seen import Seen
from streams.domain.tasks.cases import advanced
from tests.unit.streams.making import EXCLUSIVE_TERMS, NOW, achievement, demand, task, tech_contract

TODAY = date(2026, 3, 1).toordinal()
OFFICE = "district-210202"


def opened(name: str = "P1", rule: str = "deal.has_contract", **changes: Any) -> TaskAdvanced:
    """A policy of an office after a move; it opens it unless another move is named."""
    proofs = tuple(PolicyProof(*proof) for proof in changes.pop("proofs", ()))
    values = {
        "institution_id": OFFICE,
        "subject_institution_id": OFFICE,
        "subject_id": name,
        "title": "Subsidy",
        "since": date(2026, 1, 1),
        "until": date(2026, 12, 31),
        "policy": PolicyRule(rule, changes.pop("benefit", "3 %"), proofs),
    }
    step = changes.pop("step", TaskMove.OPEN)
    state = TaskState.CLOSED if step is TaskMove.CLOSE else TaskState.OPEN
    return advanced(task(LifeTask.POLICY, step, None, **{**values, **changes}), state)


def closed(name: str = "P1") -> TaskAdvanced:
    """The same policy once it is closed."""
    return opened(name, step=TaskMove.CLOSE, policy=None, title="", since=None, until=None)


def standing(told: TaskAdvanced) -> Policy:
    """What a policy is after a move."""
    found = policy(told)
    assert found is not None
    return found


def deal(stage: Stage = Stage.REGISTERED, **changes: Any) -> DealAdvanced:
    """A deal of dlut and the district over A1 for D1, as it stands."""
    is_registered = stage in {Stage.REGISTERED, Stage.DELIVERING, Stage.INDUSTRIALISED}
    values: dict[str, Any] = {
        "achievement_institution_id": "dlut", "achievement_id": "A1", "demand_institution_id": OFFICE,
        "demand_id": "D1", "move": Move.REGISTER, "by": "dlut", "sequence": 6, "resume_to": None,
        "terms": EXCLUSIVE_TERMS, "terms_version": 1, "reason": "", "moved_at": NOW, "submission_id": uuid.uuid4(),
        "is_evaluated": False, "owner_confirmed": 1, "enterprise_confirmed": 1, "reopen_to": None, "end_cause": None,
        "contract": tech_contract() if is_registered else None, "contract_version": 1, "payment": None, "paid": None,
        "owner_broker": None, "enterprise_broker": None, "certified_version": 0, "certified_by": None,
    }  # fmt: skip
    values.update(changes)
    both = (
        f"{values['achievement_institution_id']}/{values['achievement_id']}",
        f"{values['demand_institution_id']}/{values['demand_id']}",
    )
    return DealAdvanced(deal_id=deal_id(*both), stage=stage, **values)


def seen(stage: Stage = Stage.REGISTERED, **changes: Any) -> Seen:
    """The same with its achievement, of maturity 6 in the district 210203, and its demand, of the district 210202."""
    return Seen(
        deal(stage, **changes),
        achievement(maturity=6, district="210203", industries=("C26", "C37")),
        demand(district="210202", industries=("C26",)),
    )
