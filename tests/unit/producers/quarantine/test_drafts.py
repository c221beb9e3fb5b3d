"""A broken submission as a draft, and what comes of the draft once a person has completed it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from producers.quarantine.asides import Aside, address
from producers.quarantine.drafts import Repaired, draft, repaired
from schemas import codec
from schemas.errors import Misconfigured
from schemas.records import AchievementRegistered, Fault
from schemas.salvage import salvaged
from tests.unit.producers.quarantine.setting_aside import aside
from tests.unit.streams.making import EXCLUSIVE_TERMS, NOW, achievement

RECORD = achievement(maturity=6, price=EXCLUSIVE_TERMS.price, owners=("dlut",), valid_until=NOW.date())
GOOD = codec.encode(RECORD)
CUT = aside(GOOD[:-6])


def _drafted(of: Aside) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(draft(of, salvaged(of.value, of.hint)))
    return found


def _read(changes: dict[str, Any], of: Aside = CUT) -> Repaired | list[Fault]:
    return repaired(json.dumps({**_drafted(of), **changes}), of, salvaged(of.value, of.hint), NOW)


def _rules(changes: dict[str, Any]) -> set[tuple[str, str]]:
    found = _read({"values": {**_drafted(CUT)["values"], **changes}})
    assert isinstance(found, list)
    return {(fault.field, fault.rule) for fault in found}


def test_a_draft_holds_what_was_read_and_says_what_is_missing() -> None:
    written = _drafted(CUT)
    assert written["quarantine"] == "techdock.quarantine.v1/0/17"
    assert "does not follow its schema" in written["why"]
    assert written["record"] == "AchievementRegistered"
    assert written["values"]["submission_id"] == str(RECORD.submission_id)
    assert written["values"]["price"] == {"amount": "100.00", "currency": "CNY"}
    assert written["not_read"].keys().isdisjoint(written["values"])
    assert all(written["not_read"].values())


def test_a_completed_draft_is_the_submission_that_was_meant() -> None:
    values = {**_drafted(CUT)["values"], "valid_until": RECORD.valid_until.isoformat()}  # type: ignore[union-attr]
    found = _read({"values": values})
    assert isinstance(found, Repaired)
    assert found.submission_id == RECORD.submission_id
    assert codec.decode(found.data) == RECORD


def test_a_whole_draft_comes_back_as_it_was() -> None:
    whole = aside(GOOD)
    found = _read({}, whole)
    assert isinstance(found, Repaired)
    assert found.data == GOOD


def test_all_faults_of_a_draft_are_told_at_once() -> None:
    assert _rules({"maturity": 12, "district": "Dalian"}) == {("maturity", "range"), ("district", "code")}
    assert _rules({"version": "two", "colour": "red"}) == {("version", "wrong-type"), ("colour", "unknown-field")}


def test_a_repair_never_changes_who_said_it_or_which_submission_it_is() -> None:
    changes = {"institution_id": "dicp", "submission_id": str(uuid.uuid4())}
    assert _rules(changes) == {("institution_id", "speaks-for-itself"), ("submission_id", "same-submission")}


def test_the_senders_header_tells_the_id_and_the_record_where_the_bytes_do_not() -> None:
    headers = [("ce_id", str(RECORD.submission_id).encode()), ("ce_type", b"techdock.AchievementRegistered.v1")]
    written = _drafted(aside(b"\xff\xff", headers=headers))
    assert (written["record"], written["values"]) == (
        "AchievementRegistered",
        {"submission_id": str(RECORD.submission_id)},
    )
    assert _drafted(aside(b"\xff\xff", headers=[("ce_id", b"7"), ("ce_type", b"order")]))["values"] == {}


def test_amounts_keep_their_decimals() -> None:
    text = draft(CUT, salvaged(CUT.value)).replace('"100.00"', "900719925474099.13")
    found = repaired(text, CUT, salvaged(CUT.value), NOW)
    assert isinstance(found, Repaired)
    record = codec.decode(found.data)
    assert isinstance(record, AchievementRegistered)
    assert str(record.price and record.price.amount) == "900719925474099.13"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "nested too deeply|not JSON"),
        ("[]", "no draft of a repair"),
        ('{"record": "AchievementRegistered"}', "no draft of a repair"),
        ('{"record": "SubmissionAccepted", "values": {}}', "name one of AchievementRegistered"),
        ('{"quarantine": "techdock.quarantine.v1/0/3", "record": "DemandPosted", "values": {}}', "is of .*0/3"),
        ('{"record": "DemandPosted", "values": {"version": NaN}}', "NaN is no JSON number"),
        ('{"record": "DemandPosted", "values": {"version": 1, "version": 2}}', "'version' stands there twice"),
    ],
)
def test_what_is_no_draft_of_this_record_is_refused_with_what_to_do(text: str, why: str) -> None:
    with pytest.raises(Misconfigured, match=why):
        repaired(text, CUT, salvaged(CUT.value), NOW)


def test_an_id_is_read_in_every_form_that_names_it() -> None:
    assert {address(text) for text in ("17", "0/17", "techdock.quarantine.v1/0/17")} == {(0, 17)}
    for text in ("", "x", "0/17/3", "-1", "techdock.deals.v1/0/17"):
        with pytest.raises(Misconfigured, match="for example 0/17"):
            address(text)
