"""What may be done with a record in quarantine, and what follows from it."""

from __future__ import annotations

import uuid
from dataclasses import replace as changed

import pytest

from producers.quarantine.asides import Aside
from producers.quarantine.deciding import ELSEWHERE, Objection, Replay, drop, no_repair, repair, replay
from producers.quarantine.drafts import Repaired
from schemas import codec, topics
from schemas.quarantine import REPLAY_OF
from schemas.records import QuarantineActed, QuarantineAction
from schemas.salvage import salvaged
from tests.unit.producers.quarantine.setting_aside import AT, INBOX, WORD, aside, history
from tests.unit.streams.making import achievement

RECORD = achievement()
GOOD = codec.encode(RECORD)
REPAIRED = Repaired(RECORD.submission_id, GOOD)


def _replayed(of: Aside) -> Replay | Objection:
    return replay(of, salvaged(of.value if of.repaired is None else of.repaired), WORD)


def _repaired(broken: Aside) -> QuarantineActed:
    assert no_repair(broken) is None
    return repair(broken, REPAIRED, WORD)


def test_a_repaired_submission_goes_to_its_inbox_under_the_key_and_headers_it_had() -> None:
    broken = aside(GOOD[:-3])
    act = _repaired(broken)
    assert (act.action, act.submission_id, act.reason) == (QuarantineAction.REPAIRED, RECORD.submission_id, "because")
    sent = _replayed(aside(GOOD[:-3], act))
    assert isinstance(sent, Replay)
    assert (sent.topic, sent.key, sent.value) == (INBOX, b"A1", GOOD)
    assert sent.headers == [("source", b"erp"), (REPLAY_OF, b"techdock.quarantine.v1/0/17")]
    assert (sent.act.action, sent.act.sent_to) == (QuarantineAction.REPLAYED, INBOX)
    assert sent.act.submission_id == RECORD.submission_id
    assert (sent.act.quarantine_topic, sent.act.quarantine_offset) == (topics.QUARANTINE.name, 17)


def test_what_can_be_read_now_is_replayed_as_it_came() -> None:
    sent = _replayed(aside(GOOD))
    assert isinstance(sent, Replay)
    assert (sent.value, sent.act.repaired) == (GOOD, None)


def test_what_still_cannot_be_read_is_not_replayed() -> None:
    for value in (GOOD[:-3], None, b"", codec.prefix("SubmissionAccepted")):
        objection = _replayed(aside(value))
        assert isinstance(objection, Objection)
        assert not objection.is_done
        assert "quarantine repair 0/17" in objection.sentence


def test_the_last_repair_counts() -> None:
    broken = aside(b"garbage")
    other = codec.encode(achievement("A2"))
    later = repair(broken, Repaired(uuid.uuid4(), other), WORD)
    sent = _replayed(aside(b"garbage", _repaired(broken), later))
    assert isinstance(sent, Replay)
    assert sent.value == other


def test_a_second_replay_is_done_before_it_begins() -> None:
    first = _replayed(aside(GOOD))
    assert isinstance(first, Replay)
    again = _replayed(aside(GOOD, first.act))
    assert isinstance(again, Objection)
    assert again.is_done
    assert "replayed before, by li@office" in again.sentence


def test_what_is_dropped_is_closed_and_dropping_it_again_changes_nothing() -> None:
    act = drop(aside(GOOD), WORD)
    assert isinstance(act, QuarantineActed)
    assert (act.action, act.reason) == (QuarantineAction.DROPPED, "because")
    dropped = aside(GOOD, act)
    assert not dropped.is_open
    again = drop(dropped, WORD)
    assert isinstance(again, Objection)
    assert again.is_done
    for objection in (_replayed(dropped), no_repair(dropped)):
        assert isinstance(objection, Objection)
        assert not objection.is_done


def test_what_was_replayed_can_neither_be_repaired_nor_dropped() -> None:
    first = _replayed(aside(GOOD))
    assert isinstance(first, Replay)
    replayed = aside(GOOD, first.act)
    for objection in (no_repair(replayed), drop(replayed, WORD)):
        assert isinstance(objection, Objection)
        assert not objection.is_done


@pytest.mark.parametrize("lane", sorted(ELSEWHERE))
def test_what_came_from_elsewhere_is_no_submission_and_it_is_said_what_helps(lane: str) -> None:
    elsewhere = aside(GOOD, came=history("techdock.achievements.v1", lane))
    for objection in (_replayed(elsewhere), no_repair(elsewhere)):
        assert isinstance(objection, Objection)
        assert ELSEWHERE[lane] in objection.sentence
    assert isinstance(drop(elsewhere, WORD), QuarantineActed)


def test_there_is_advice_for_every_lane_that_sets_records_aside() -> None:
    assert set(ELSEWHERE) | {"admission"} == set(topics.QUARANTINE.written_by)


def test_what_nobody_tells_the_origin_of_can_only_be_dropped() -> None:
    unknown = changed(aside(GOOD), history=None)
    objection = _replayed(unknown)
    assert isinstance(objection, Objection)
    assert "do not say where it came from" in objection.sentence
    assert isinstance(drop(unknown, WORD), QuarantineActed)


def test_a_replay_that_failed_again_names_only_its_last_address() -> None:
    again = aside(GOOD, headers=[("source", b"erp"), (REPLAY_OF, b"techdock.quarantine.v1/0/3")])
    assert again.replay_of == "techdock.quarantine.v1/0/3"
    sent = _replayed(again)
    assert isinstance(sent, Replay)
    assert sent.headers == [("source", b"erp"), (REPLAY_OF, AT.full.encode())]


def test_receipts_are_no_inbox() -> None:
    assert aside(GOOD, came=history("techdock.receipts.dlut.v1")).institution_id is None
