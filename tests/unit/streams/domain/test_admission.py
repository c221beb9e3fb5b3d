"""Who speaks, in what order: every objection, and all of them at once."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schemas import codec
from schemas.records import (
    SUBMISSIONS,
    AnnexDeposited,
    AnnexErased,
    AnnexGranted,
    Fault,
    Move,
    Record,
    SubmissionKind,
    deal_id,
)
from streams.domain.admission import Standing, Subject, accept, answered, objections, subject, together
from tests.unit.streams.making import DAY, NOW, achievement, demand, move, no_achievement, no_demand


def _judged(record: Record, standing: Standing, inbox: str = "dlut") -> list[Fault]:
    name = type(record).__name__
    _, values = codec.decode_fields(codec.encode(record))
    about = subject(SUBMISSIONS[name], values)
    found = objections(inbox, name, SUBMISSIONS[name], values, about, standing, NOW + timedelta(hours=1))
    if not found:
        accept(about, standing)
    return found


def _rules(found: list[Fault]) -> list[tuple[str, str]]:
    return [(fault.field, fault.rule) for fault in found]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (achievement(), Subject("achievement", "A1", 1, "dlut/A1", "achievement-registration")),
        (no_achievement(version=4), Subject("achievement", "A1", 4, "dlut/A1")),
        (demand(), Subject("demand", "D1", 1, "district-210202/D1")),
        (no_demand(version=2), Subject("demand", "D1", 2, "district-210202/D1")),
        (
            move(Move.CONTACT, 3),
            Subject("deal", str(deal_id("dlut/A1", "district-210202/D1")), 3, "dlut/A1"),
        ),
    ],
)
def test_a_submission_is_registered_under_the_key_of_what_it_is_about(record: Record, expected: Subject) -> None:
    name = type(record).__name__
    assert subject(SUBMISSIONS[name], codec.decode_fields(codec.encode(record))[1]) == expected


def test_an_older_or_equal_version_never_overwrites() -> None:
    standing = Standing()
    assert _judged(achievement(version=3), standing) == []
    for version in (3, 2, 1):
        (fault,) = _judged(achievement(version=version), standing)
        assert (fault.field, fault.rule, fault.value) == ("version", "newer", str(version))
        assert "send 4" in fault.repair
    assert _judged(achievement(version=9), standing) == []


def test_what_is_unknown_cannot_be_withdrawn() -> None:
    standing = Standing()
    assert _rules(_judged(no_achievement(), standing)) == [("achievement_id", "known")]
    assert _rules(_judged(no_demand(institution_id="dlut"), standing)) == [("demand_id", "known")]


def test_what_was_withdrawn_comes_back_only_in_a_newer_version() -> None:
    standing = Standing()
    assert _judged(achievement(version=1), standing) == []
    assert _judged(no_achievement(version=2), standing) == []
    assert _rules(_judged(no_achievement(version=2), standing)) == [("version", "newer")]
    assert _rules(_judged(achievement(version=2), standing)) == [("version", "newer")]
    assert _judged(achievement(version=3), standing) == []


def test_an_achievement_and_a_demand_of_one_id_have_versions_of_their_own() -> None:
    standing = Standing()
    assert _judged(achievement("X", version=5), standing) == []
    assert _judged(demand("X", version=1, institution_id="dlut"), standing) == []
    assert _rules(_judged(no_demand("X", version=1, institution_id="dlut"), standing)) == [("version", "newer")]


def test_an_inbox_speaks_only_for_its_owner() -> None:
    standing = Standing()
    (fault,) = _judged(achievement(institution_id="dicp"), standing)
    assert (fault.field, fault.rule, fault.value) == ("institution_id", "speaks-for-itself", "dicp")
    assert "'dlut'" in fault.repair
    assert standing.versions == {}


def test_what_binds_a_party_of_a_deal_is_its_own_move_and_nobody_elses() -> None:
    assert _judged(move(Move.CONTACT, 1), Standing()) == []
    seeker = move(Move.CONTACT, 1, institution_id="district-210202")
    assert _judged(seeker, Standing(), "district-210202") == []
    stranger = move(Move.EVALUATE, 1, institution_id="dicp")
    assert _rules(_judged(stranger, Standing(), "dicp")) == [("institution_id", "speaker")]


def test_moves_are_put_in_order_by_the_deals_lane_not_here() -> None:
    standing = Standing()
    assert _judged(move(Move.CONTACT, 7), standing) == []
    assert _judged(move(Move.CONTACT, 7), standing) == []
    assert standing.versions == {}


def test_all_faults_come_at_once() -> None:
    standing = Standing()
    assert _judged(achievement(version=5), standing) == []
    bad = achievement(version=5, institution_id="dicp", zh=None, maturity=10, registered_at=NOW + 3 * DAY)
    assert sorted(_rules(_judged(bad, standing))) == [
        ("institution_id", "speaks-for-itself"),
        ("maturity", "range"),
        ("registered_at", "event-time"),
        ("version", "newer"),
        ("zh", "language-missing"),
    ]


_submissions = st.one_of(
    st.builds(achievement, st.sampled_from("XY"), version=st.integers(1, 5)),
    st.builds(no_achievement, st.sampled_from("XY"), version=st.integers(1, 5)),
    st.builds(demand, st.sampled_from("XY"), version=st.integers(1, 5), institution_id=st.just("dlut")),
    st.builds(no_demand, st.sampled_from("XY"), version=st.integers(1, 5), institution_id=st.just("dlut")),
)


@given(st.lists(_submissions, max_size=30))
@settings(deadline=None)
def test_accepted_versions_of_a_subject_only_rise_and_begin_with_its_registration(records: list[Any]) -> None:
    standing, accepted = Standing(), dict[tuple[str, str], list[Any]]()
    for record in records:
        family = "achievement" if "Achievement" in type(record).__name__ else "demand"
        if not _judged(record, standing):
            accepted.setdefault((family, record.ref), []).append(record)
    for kept in accepted.values():
        versions = [record.version for record in kept]
        assert versions == sorted(set(versions))
        assert "Withdrawn" not in type(kept[0]).__name__
    subjects = {name for name in standing.versions if name[0] in {"achievement", "demand"}}
    assert {(family, ref.partition("/")[2]) for family, ref in accepted} == subjects


@given(st.permutations(range(1, 6)))
def test_receipts_read_back_in_any_order_leave_the_last_version(versions: list[int]) -> None:
    standing = Standing()
    for version in versions:
        accept(Subject("achievement", "A1", version, ""), standing)
    assert standing.versions == {("achievement", "A1"): 5}


def _annex(version: int, after: int = 0, **changes: Any) -> AnnexDeposited:
    values = {"submission_id": uuid.uuid4(), "institution_id": "dlut", "deposited_at": NOW, **changes}
    return AnnexDeposited(
        achievement_id="A1", version=version, media_type="text/plain", nonce=bytes(12), ciphertext=bytes(4112),
        after_erasure=after, **values,
    )  # fmt: skip


def _annex_granted(version: int) -> AnnexGranted:
    return AnnexGranted(uuid.uuid4(), "dlut", "A1", version, NOW, "neusoft", "NDA-1", NOW.date())


def _annex_erased(version: int) -> AnnexErased:
    return AnnexErased(uuid.uuid4(), "dlut", "A1", version, NOW, "li", "sold")


def test_an_annex_is_of_a_registered_achievement() -> None:
    standing = Standing()
    assert _rules(_judged(_annex(1), standing)) == [("achievement_id", "known")]
    assert _rules(_judged(_annex_granted(1), standing)) == [("achievement_id", "known")]
    assert _rules(_judged(_annex_erased(1), standing)) == [("achievement_id", "known")]
    assert _judged(achievement(), standing) == []
    assert _judged(_annex(1), standing) == []


def test_acts_about_an_annex_have_versions_of_their_own_and_rise() -> None:
    standing = Standing()
    assert _judged(achievement(version=7), standing) == []
    assert _judged(_annex(1), standing) == []
    assert _rules(_judged(_annex_granted(1), standing)) == [("version", "newer")]
    assert _judged(_annex_granted(2), standing) == []
    assert _judged(achievement(version=8), standing) == []
    assert _rules(_judged(achievement(version=8), standing)) == [("version", "newer")]


def test_what_several_inboxes_registered_of_an_annex_decides_together() -> None:
    own, office = Standing(), Standing()
    assert _judged(achievement(), own) == []
    assert _judged(_annex(1), own) == []
    about = answered(SubmissionKind.ANNEX_ERASED, "A1", 2)
    accept(about, office)
    _, values = codec.decode_fields(codec.encode(_annex(3)))
    kind = SubmissionKind.ANNEX_DEPOSITED
    found = objections(
        "dlut", "AnnexDeposited", kind, values, subject(kind, values), together([own, office], about), NOW
    )
    assert _rules(found) == [("after_erasure", "annex-erased")]


@pytest.mark.parametrize(
    ("record", "field", "code"),
    [
        (_annex(0), "version", "range"),
        (_annex(1, -1), "after_erasure", "range"),
        (_annex(1, institution_id="dicp"), "institution_id", "speaks-for-itself"),
        (_annex(1, deposited_at=NOW + 3 * DAY), "deposited_at", "event-time"),
        (replace(_annex(1), media_type="text/plain\r\nX: y"), "media_type", "media-type"),
        (replace(_annex_granted(1), nda=" "), "nda", "blank"),
        (replace(_annex_granted(1), grantee_institution_id="No One"), "grantee_institution_id", "institution-id"),
        (replace(_annex_granted(1), until=(NOW - DAY).date()), "until", "dates"),
        (replace(_annex_erased(1), reason=" "), "reason", "reason-missing"),
        (replace(_annex_erased(1), by=""), "by", "blank"),
    ],
)
def test_each_rule_of_annexes_is_told_where_it_is_broken(record: Record, field: str, code: str) -> None:
    standing = Standing()
    assert _judged(achievement(), standing) == []
    assert (field, code) in _rules(_judged(record, standing))
