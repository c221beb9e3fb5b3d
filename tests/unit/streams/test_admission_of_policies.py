"""A policy is registered by an office, with rules that compile: what is wrong with each is told in the receipt."""

from __future__ import annotations

import pytest

from schemas.records import InstitutionKind, PolicyProof, PolicyRule, Receipt, SubmissionRefused, TaskMove
from tests.unit.streams.making import admitted, subsidy
from tests.unit.streams.test_admission_by_mandate import Worker


def _decided(rule: str, step: TaskMove = TaskMove.OPEN, proofs: tuple[PolicyProof, ...] = ()) -> Receipt:
    worker = Worker(admitted("office", InstitutionKind.DISTRICT_OFFICE), inboxes=("office",))
    return worker.decided("office", subsidy(rule, step, policy=PolicyRule(rule, "3 %", proofs)))


def _faults(receipt: Receipt) -> list[tuple[str, str, str]]:
    assert isinstance(receipt, SubmissionRefused)
    return [(one.field, one.rule, one.repair.split(";")[0]) for one in receipt.faults]


@pytest.mark.parametrize("step", [TaskMove.OPEN, TaskMove.REVISE])
def test_a_rule_that_compiles_is_registered_and_another_is_not(step: TaskMove) -> None:
    assert not isinstance(_decided("deal.has_contract", step), SubmissionRefused)
    assert _faults(_decided("deal.contract", step)) == [
        ("policy.rule", "rule", "character 5: undeclared reference to 'deal.contract'")
    ]


def test_every_rule_of_a_policy_is_looked_at() -> None:
    proofs = (PolicyProof("invoice", "deal.paid_fen > 0"), PolicyProof("level", "achievement.maturity"))
    assert [one[0] for one in _faults(_decided("1 +", proofs=proofs))] == ["policy.rule", "policy.proofs[1].rule"]


def test_all_rules_of_a_policy_together_are_not_too_long() -> None:
    long = f"deal.has_contract{' ' * 1900}&& true"
    proofs = tuple(PolicyProof(f"proof {number}", long) for number in range(6))
    (found,) = _faults(_decided("true", proofs=proofs))
    assert found[:2] == ("policy", "too-long")
    assert not isinstance(_decided("true", proofs=proofs[:5]), SubmissionRefused)


def test_what_has_no_rule_is_not_asked_for_one() -> None:
    worker = Worker(admitted("office", InstitutionKind.DISTRICT_OFFICE), inboxes=("office",))
    closing = subsidy("", TaskMove.CLOSE, policy=None, title="", since=None, reason="over")
    assert not isinstance(worker.decided("office", closing), SubmissionRefused)
