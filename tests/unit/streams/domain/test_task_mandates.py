"""Who may make a move in a task, by kind, and what has to be registered for it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import codec
from schemas.records import InstitutionKind, LifeTask, TaskMove
from streams.domain.task_mandates import about_kind, named
from tests.unit.streams.making import task

M, K = TaskMove, InstitutionKind


def _said(about: LifeTask, step: TaskMove, case_id: str | None = None, **changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = codec.plain(task(about, step, case_id, **changes))
    return plain


@pytest.mark.parametrize(
    ("kind", "may"), [(K.DISTRICT_OFFICE, True), (K.BROKER, False), (K.ENTERPRISE, False), (None, False)]
)
def test_only_a_district_office_qualifies(kind: InstitutionKind | None, may: bool) -> None:
    found = about_kind(_said(LifeTask.INTERMEDIARY, M.QUALIFY, institution_id="office"), kind)
    assert [fault.rule for fault in found] == ([] if may else ["verifier"])


@pytest.mark.parametrize(("by", "kind", "may"), [
    ("dlut", K.UNIVERSITY, True), ("office", K.DISTRICT_OFFICE, True), ("go-between", K.BROKER, True),
    ("rival", K.ENTERPRISE, False), ("stranger", None, False),
])  # fmt: skip
def test_an_evaluation_is_asked_for_by_the_owner_an_office_or_a_broker(
    by: str, kind: InstitutionKind | None, may: bool
) -> None:
    found = about_kind(_said(LifeTask.EVALUATION, M.REQUEST, "E1", institution_id=by), kind)
    assert bool(found) is not may


def test_nobody_invites_for_anothers_achievement_but_a_go_between() -> None:
    offer = {"achievement_institution_id": "dicp", "achievement_id": "A1"}
    invitation = _said(LifeTask.MARKET_PLAYERS, M.INVITE, "I1", institution_id="rival", **offer)
    assert [fault.field for fault in about_kind(invitation, K.ENTERPRISE)] == ["institution_id"]
    assert about_kind({**invitation, "institution_id": "dicp"}, K.INSTITUTE) == []


def test_what_a_move_names_has_to_be_registered() -> None:
    offer = {"achievement_institution_id": "dicp", "achievement_id": "A1"}
    invitation = _said(LifeTask.MARKET_PLAYERS, M.INVITE, "I1", **offer)
    assert [(one.field, one.what, one.owner, one.local_id) for one in named(invitation)] == [
        ("subject_id", "demand", "dlut", "S1"), ("achievement_id", "achievement-registration", "dicp", "A1"),
    ]  # fmt: skip
    assert [one.what for one in named(_said(LifeTask.EVALUATION, M.REQUEST, "E1"))] == ["achievement-registration"]
    assert list(named(_said(LifeTask.FUND, M.OPEN))) == []
