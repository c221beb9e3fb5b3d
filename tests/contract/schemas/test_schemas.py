"""The ``.avsc`` files: complete, documented, and no change of them unnoticed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pytest

from schemas import codec, topics
from schemas.records import RECORDS, SUBMISSIONS
from tests.contract.schemas.examples import AVRO, types_in

FILES = sorted(AVRO.glob("*.avsc"))
NAMES = sorted(RECORDS)

#: First ten bytes of each record. A new value here is a change of the contract: readers of older releases will not
#: know these bytes, so it comes with the way in which they are kept able to read.
PREFIXES = {
    "AchievementRegistered": "c3017bc3ffdf3160c54c",
    "AchievementSketched": "c301e575315195c78764",
    "AchievementWithdrawn": "c301bf3eb13416198b17",
    "AnnexDeposited": "c3011cb74bbd40f1a9f0",
    "AnnexErased": "c30190b1229f71e9b38d",
    "AnnexGranted": "c3016d5e99a2481e1a9b",
    "AnnexRead": "c301caef0f4b1d1203ad",
    "AnnexRevoked": "c301a67f4d9ba2623f0a",
    "Candidate": "c30134a8480baf549490",
    "CandidatesChanged": "c301ab8bad7e22b45e31",
    "ClockFired": "c30110e9a1b439bb60af",
    "ClockTicked": "c301003129e6037bc49a",
    "DealAdvanced": "c3013b1722a1a868b1f3",
    "DelegationGranted": "c301f0cdf3be4a0e94ba",
    "DelegationRevoked": "c301fed8e19e726be267",
    "DemandPosted": "c30125af1e3ab034a364",
    "DemandWithdrawn": "c301362e1701faabd92f",
    "DuplicateResolved": "c301b0cd1b00f7c55fbd",
    "DuplicateRetracted": "c30133f38d8a197a78d6",
    "DuplicateSuspected": "c30197d9ba7a315d75b2",
    "FactRetracted": "c301da84ad3318e3a07f",
    "FactVerified": "c301babb1d5a24cca84a",
    "InstitutionAdmitted": "c301774c7d05c7d68e53",
    "InstitutionKeyRotated": "c301a42f25b18419789c",
    "InstitutionRemoved": "c30168fc821f39722eb8",
    "InstitutionResumed": "c301419df94fce16bded",
    "InstitutionSuspended": "c301a2ac7be924a313e4",
    "LedgerPosted": "c301a974ce5965a26b98",
    "MatchProposed": "c301fcdc401d6ccd9d00",
    "MatchRevised": "c30118082d4721268506",
    "MatchWithdrawn": "c3011eb9274ebc50bd06",
    "MoveHeld": "c301e7b024dc97bf5d29",
    "MoveRefused": "c301b147519a61683f31",
    "MoveReleased": "c30190bd300379352a0a",
    "NegotiationUpdated": "c301270ce9a7bac11604",
    "PipelineMeasured": "c30181de1329526b4f2d",
    "PipelineWindowMeasured": "c301945e7fb6945603a4",
    "PolicyHintWithdrawn": "c301a97d972ee54272bf",
    "PolicyHinted": "c301ded4ca813e5c2370",
    "QuarantineActed": "c301205a89118d317d74",
    "RecognitionClosed": "c301f6ef4886679af7d8",
    "RepresentationChanged": "c3011281c6cfe6b66a81",
    "ScoringModelAdopted": "c3013db43b56f0a7703b",
    "ScoringModelPublished": "c301b5b023086611492c",
    "SpotlightChosen": "c301b870b01f865b3bbc",
    "SubmissionAccepted": "c301870c16c5e5d943cd",
    "SubmissionRefused": "c301411b6c3f27ee263b",
    "TaskAdvanced": "c30113f7853310108739",
    "TaskMoved": "c301ef1d1a9cc428f1f6",
    "TaskRefused": "c301f27082d597042536",
    "TextWeighed": "c301e3bb86d0ef73d898",
    "TokenIssued": "c301229414138ca12cc8",
    "TokenRevoked": "c301d76db1ea1e0d5fe8",
}


UUID = ("string", "uuid", None, None)
TIME = ("long", "timestamp-micros", None, None)
DAY = ("int", "date", None, None)
MONEY = ("bytes", "decimal", 18, 2)
PERCENT = ("bytes", "decimal", 5, 2)
#: What the bytes mean. A fingerprint does not cover logical types, so that they are written down here.
LOGICAL_TYPES = {
    "AchievementRegistered.submission_id": UUID,
    "AchievementRegistered.registered_at": TIME,
    "AchievementRegistered.price.amount": MONEY,
    "AchievementRegistered.valid_until": DAY,
    "AchievementWithdrawn.submission_id": UUID,
    "AchievementWithdrawn.withdrawn_at": TIME,
    "AnnexDeposited.submission_id": UUID,
    "AnnexDeposited.deposited_at": TIME,
    "AnnexErased.submission_id": UUID,
    "AnnexErased.erased_at": TIME,
    "AnnexGranted.submission_id": UUID,
    "AnnexGranted.granted_at": TIME,
    "AnnexGranted.until": DAY,
    "AnnexRead.reading_id": UUID,
    "AnnexRead.read_at": TIME,
    "AnnexRevoked.submission_id": UUID,
    "AnnexRevoked.revoked_at": TIME,
    "FactRetracted.submission_id": UUID,
    "FactRetracted.retracted_at": TIME,
    "FactVerified.submission_id": UUID,
    "FactVerified.verified_at": TIME,
    "CandidatesChanged.caused_at": TIME,
    "ClockFired.deal_id": UUID,
    "ClockFired.begun_on": DAY,
    "ClockFired.due_at": TIME,
    "ClockFired.fired_at": TIME,
    "ClockTicked.now": TIME,
    "DealAdvanced.deal_id": UUID,
    "DealAdvanced.terms.price.amount": MONEY,
    "DealAdvanced.terms.milestones.due": DAY,
    "DealAdvanced.terms.royalty_percent": PERCENT,
    "DealAdvanced.moved_at": TIME,
    "DealAdvanced.submission_id": UUID,
    "DealAdvanced.contract.signed_on": DAY,
    "DealAdvanced.contract.registered_on": DAY,
    "DealAdvanced.contract.non_technical": MONEY,
    "DealAdvanced.payment.paid_on": DAY,
    "DealAdvanced.paid": MONEY,
    "DuplicateResolved.decided_at": TIME,
    "DuplicateRetracted.caused_at": TIME,
    "DuplicateSuspected.evident_at": TIME,
    "DemandPosted.submission_id": UUID,
    "DemandPosted.posted_at": TIME,
    "DemandPosted.budget.amount": MONEY,
    "DemandPosted.deadline": DAY,
    "DemandWithdrawn.submission_id": UUID,
    "DemandWithdrawn.withdrawn_at": TIME,
    "LedgerPosted.deal_id": UUID,
    "LedgerPosted.entries.amount": MONEY,
    "LedgerPosted.posted_at": TIME,
    "LedgerPosted.submission_id": UUID,
    "PolicyHinted.deal_id": UUID,
    "PolicyHinted.until": DAY,
    "PolicyHinted.hinted_at": TIME,
    "PolicyHintWithdrawn.deal_id": UUID,
    "PolicyHintWithdrawn.withdrawn_at": TIME,
    "MatchProposed.match_id": UUID,
    "MatchProposed.caused_at": TIME,
    "MatchRevised.match_id": UUID,
    "MatchRevised.caused_at": TIME,
    "MatchWithdrawn.match_id": UUID,
    "MatchWithdrawn.caused_at": TIME,
    "MoveHeld.deal_id": UUID,
    "MoveHeld.terms.price.amount": MONEY,
    "MoveHeld.terms.milestones.due": DAY,
    "MoveHeld.terms.royalty_percent": PERCENT,
    "MoveHeld.moved_at": TIME,
    "MoveHeld.submission_id": UUID,
    "MoveHeld.contract.signed_on": DAY,
    "MoveHeld.contract.registered_on": DAY,
    "MoveHeld.contract.non_technical": MONEY,
    "MoveHeld.payment.paid_on": DAY,
    "MoveReleased.deal_id": UUID,
    "MoveReleased.submission_id": UUID,
    "MoveRefused.deal_id": UUID,
    "MoveRefused.moved_at": TIME,
    "MoveRefused.submission_id": UUID,
    "NegotiationUpdated.submission_id": UUID,
    "NegotiationUpdated.moved_at": TIME,
    "NegotiationUpdated.terms.price.amount": MONEY,
    "NegotiationUpdated.terms.milestones.due": DAY,
    "NegotiationUpdated.terms.royalty_percent": PERCENT,
    "NegotiationUpdated.contract.signed_on": DAY,
    "NegotiationUpdated.contract.registered_on": DAY,
    "NegotiationUpdated.contract.non_technical": MONEY,
    "NegotiationUpdated.payment.paid_on": DAY,
    "PipelineMeasured.stages.amount": ("bytes", "decimal", 24, 2),
    "PipelineMeasured.measured_at": TIME,
    "PipelineWindowMeasured.begins_on": DAY,
    "PipelineWindowMeasured.stages.amounts.amount": ("bytes", "decimal", 24, 2),
    "DelegationGranted.until": DAY,
    "DelegationGranted.granted_at": TIME,
    "DelegationRevoked.revoked_at": TIME,
    "InstitutionAdmitted.admitted_at": TIME,
    "InstitutionKeyRotated.rotated_at": TIME,
    "InstitutionRemoved.removed_at": TIME,
    "InstitutionResumed.resumed_at": TIME,
    "InstitutionSuspended.suspended_at": TIME,
    "TokenIssued.until": DAY,
    "TokenIssued.issued_at": TIME,
    "TokenRevoked.revoked_at": TIME,
    "QuarantineActed.acted_at": TIME,
    "QuarantineActed.submission_id": UUID,
    "RecognitionClosed.closed_at": TIME,
    "RecognitionClosed.entries.registered_amounts.amount": ("bytes", "decimal", 24, 2),
    "RepresentationChanged.caused_at": TIME,
    "ScoringModelAdopted.adopted_at": TIME,
    "ScoringModelPublished.published_at": TIME,
    "SpotlightChosen.chosen_at": TIME,
    "SubmissionAccepted.submission_id": UUID,
    "SubmissionAccepted.submitted_at": TIME,
    "SubmissionRefused.submission_id": UUID,
    "SubmissionRefused.submitted_at": TIME,
    "TaskAdvanced.moved_at": TIME,
    "TaskAdvanced.submission_id": UUID,
    "TaskAdvanced.amount.amount": MONEY,
    "TaskAdvanced.since": DAY,
    "TaskAdvanced.until": DAY,
    "TaskAdvanced.entries.amount": MONEY,
    "TaskMoved.submission_id": UUID,
    "TaskMoved.moved_at": TIME,
    "TaskMoved.amount.amount": MONEY,
    "TaskMoved.since": DAY,
    "TaskMoved.until": DAY,
    "TaskRefused.moved_at": TIME,
    "TaskRefused.submission_id": UUID,
}


def _logical_types(schema: Any, path: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    if isinstance(schema, list):
        for branch in schema:
            yield from _logical_types(branch, path)
    elif isinstance(schema, dict):
        if "logicalType" in schema:
            yield path, (schema["type"], schema["logicalType"], schema.get("precision"), schema.get("scale"))
        for field in schema.get("fields", ()):
            yield from _logical_types(field["type"], f"{path}.{field['name']}")
        if "items" in schema:
            yield from _logical_types(schema["items"], path)


def test_there_is_one_file_for_each_record_and_one_record_for_each_file() -> None:
    assert [file.stem for file in FILES] == NAMES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_the_record_that_it_is_named_after(file: Path) -> None:
    schema = json.loads(file.read_text(encoding="utf-8"))

    assert (schema["type"], schema["name"], schema["namespace"]) == ("record", file.stem, "techdock")
    fastavro.parse_schema(schema)


@pytest.mark.parametrize("name", NAMES)
def test_every_type_and_every_field_says_what_it_means(name: str) -> None:
    silent = [each["name"] for each in types_in(codec.schema(name)) if not each.get("doc", "").strip()]
    silent += [
        f"{each['name']}.{field['name']}"
        for each in types_in(codec.schema(name))
        for field in each.get("fields", ())
        if not field.get("doc", "").strip()
    ]

    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_every_enum_has_a_symbol_to_fall_back_on(name: str) -> None:
    for enum in (each for each in types_in(codec.schema(name)) if each["type"] == "enum"):
        assert enum["default"] in enum["symbols"], enum["name"]
        assert len(enum["symbols"]) == len(set(enum["symbols"]))


@pytest.mark.parametrize("name", NAMES)
def test_an_optional_field_may_be_left_out(name: str) -> None:
    for each in types_in(codec.schema(name)):
        for field in each.get("fields", ()):
            if isinstance(field["type"], list):
                assert field["type"][0] == "null", field["name"]
                assert field["default"] is None, field["name"]


def test_a_type_that_several_files_define_is_the_same_in_all() -> None:
    seen: dict[str, tuple[str, Any]] = {}
    for name in NAMES:
        for each in types_in(codec.schema(name)):
            # A file's own record carries the namespace, the types inside inherit it.
            definition = _resolved(each, {inner["name"]: inner for inner in types_in(codec.schema(name))})
            where, known = seen.setdefault(each["name"], (name, definition))
            assert definition == known, f"{each['name']} differs between {where} and {name}"


def _resolved(schema: Any, named: dict[str, Any]) -> Any:
    """With names replaced by what they stand for: a file defines a type where it uses it first."""
    if isinstance(schema, str):
        return _resolved(named[schema], named) if schema in named else schema
    if isinstance(schema, list):
        return [_resolved(branch, named) for branch in schema]
    resolved = dict(schema)
    if "fields" in schema:
        resolved["fields"] = [{**field, "type": _resolved(field["type"], named)} for field in schema["fields"]]
    if "items" in schema:
        resolved["items"] = _resolved(schema["items"], named)
    return resolved


def test_every_record_travels_on_a_topic_of_the_catalogue_or_through_an_inbox() -> None:
    # Receipts travel on the topics of institutions, which are made by name.
    travelling = {record for topic in topics.CATALOGUE for record in topic.records}
    travelling |= {*topics.inbox("dlut").records, *topics.receipts("dlut").records}

    assert travelling == set(RECORDS)
    assert set(topics.inbox("dlut").records) == set(SUBMISSIONS)


def test_logical_types_are_as_they_were() -> None:
    found = dict(entry for name in NAMES for entry in _logical_types(codec.schema(name), name))

    assert found == LOGICAL_TYPES


def test_fingerprints_are_as_they_were() -> None:
    assert {name: codec.prefix(name).hex() for name in NAMES} == PREFIXES
