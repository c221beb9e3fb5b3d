"""An inbox as a whole: every submission one receipt, the same again the same, and nothing forgotten by a restart."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings, strategies as st

from schemas import codec, topics
from schemas.cloudevents import ATTRIBUTES, spelled
from schemas.errors import Misconfigured, Unavailable
from schemas.records import (
    AnnexDeposited,
    AnnexErased,
    DealAdvanced,
    Move,
    Record,
    Stage,
    SubmissionAccepted,
    SubmissionKind,
    SubmissionRefused,
    Text,
    deal_id,
)
from streams.admission import Inbox, plan
from streams.lane import Input, Output
from tests.unit.schemas.framed import CONFLUENT, adopting
from tests.unit.streams.making import DAY, NOW, achievement, demand, entered, move, no_achievement, no_demand

INBOX = topics.inbox("dlut").name
RECEIPTS = topics.receipts("dlut").name


@dataclass(slots=True)
class Written:
    """What a lane would have written: records get their places at once, what follows from places comes last."""

    outputs: list[Output] = field(default_factory=list)

    def write(self, outputs: Sequence[Output]) -> None:
        waiting = []
        for output in outputs:
            self.outputs.append(output)
            if output.then is not None:
                waiting.append((output.then, (0, len(self.outputs) - 1)))
        for then, place in waiting:
            self.outputs += then(place)

    def receipts(self) -> list[bytes]:
        return [output.value for output in self.outputs if output.topic == RECEIPTS and output.value is not None]


def _batch(inbox: Inbox, written: Written, records: Sequence[Input]) -> list[Output]:
    """All outputs of one batch, receipts that wait for their places last."""
    before = len(written.outputs)
    written.write([output for record in records for output in inbox.decide(record)])
    assert list(inbox.settle()) == []
    return written.outputs[before:]


def _said(record: Record | bytes | None, offset: int = 0, **changes: Any) -> Input:
    return entered(record, INBOX, offset, **changes)


def _topics(outputs: Sequence[Output]) -> list[str]:
    return [output.topic for output in outputs]


def test_an_achievement_goes_to_the_register_and_the_deals_and_gets_its_receipt() -> None:
    record = achievement(version=4)
    outputs = _batch(Inbox("dlut"), Written(), [_said(record, 7)])
    assert _topics(outputs) == [topics.ACHIEVEMENTS.name, topics.NEGOTIATIONS.name, RECEIPTS]
    assert [output.value for output in outputs[:2]] == [codec.encode(record)] * 2
    assert {output.key for output in outputs[:2]} == {b"dlut/A1"}
    assert {output.timestamp for output in outputs} == {int(NOW.timestamp() * 1000) + 7}
    assert outputs[2].key == str(record.submission_id).encode()
    assert codec.decode(outputs[2].value) == SubmissionAccepted(
        record.submission_id, "dlut", SubmissionKind.ACHIEVEMENT_REGISTERED, "A1", 4,
        topics.ACHIEVEMENTS.name, 0, 0, datetime.fromtimestamp(NOW.timestamp() + 0.007, NOW.tzinfo), None, 0,
    )  # fmt: skip


@pytest.mark.parametrize("lanes", [1, topics.DEMAND_COPIES.partitions, 5])
def test_a_demand_is_copied_to_every_lane(lanes: int) -> None:
    outputs = _batch(Inbox("dlut", lanes=lanes), Written(), [_said(demand(institution_id="dlut"))])
    assert _topics(outputs) == [topics.DEMANDS.name, *[topics.DEMAND_COPIES.name] * lanes, RECEIPTS]
    assert [output.partition for output in outputs[1 : lanes + 1]] == list(range(lanes))
    assert len({output.value for output in outputs[: lanes + 1]}) == 1


def test_a_move_is_registered_under_its_achievement() -> None:
    outputs = _batch(Inbox("dlut"), Written(), [_said(move(Move.CONTACT, 1))])
    assert _topics(outputs) == [topics.NEGOTIATIONS.name, RECEIPTS]
    assert outputs[0].key == b"dlut/A1"
    receipt = codec.decode(outputs[1].value)
    assert isinstance(receipt, SubmissionAccepted)
    assert receipt.subject_id == str(deal_id("dlut/A1", "district-210202/D1"))


def test_an_annex_goes_to_its_topic_alone_and_a_restart_knows_that_it_was_erased() -> None:
    deposited = AnnexDeposited(uuid.uuid4(), "dlut", "A1", 1, NOW, "text/plain", bytes(12), bytes(4112))
    erased = AnnexErased(uuid.uuid4(), "dlut", "A1", 2, NOW, "li", "sold")
    written = Written()
    outputs = _batch(Inbox("dlut"), written, [_said(achievement()), _said(deposited), _said(erased)])
    assert _topics(outputs)[2:4] == [topics.ANNEXES.name] * 2
    assert {output.key for output in outputs[2:4]} == {b"dlut/A1"}
    assert [codec.decode(value).kind for value in written.receipts()] == [  # type: ignore[union-attr]
        SubmissionKind.ACHIEVEMENT_REGISTERED, SubmissionKind.ANNEX_DEPOSITED, SubmissionKind.ANNEX_ERASED,
    ]  # fmt: skip
    restored = Inbox("dlut")
    for value in written.receipts():
        restored.load(entered(value, RECEIPTS))
    late = replace(deposited, submission_id=uuid.uuid4(), version=3)
    (receipt,) = _batch(restored, Written(), [_said(late)])
    refused = codec.decode(receipt.value)
    assert isinstance(refused, SubmissionRefused)
    assert [fault.rule for fault in refused.faults] == ["annex-erased"]
    again = replace(late, submission_id=uuid.uuid4(), after_erasure=2)
    assert _topics(_batch(restored, Written(), [_said(again)])) == [topics.ANNEXES.name, RECEIPTS]


def test_a_refusal_tells_all_faults_and_registers_nothing() -> None:
    record = achievement(zh=None, maturity=0, institution_id="dicp", registered_at=NOW + 3 * DAY)
    outputs = _batch(Inbox("dlut"), Written(), [_said(record)])
    assert _topics(outputs) == [RECEIPTS]
    receipt = codec.decode(outputs[0].value)
    assert isinstance(receipt, SubmissionRefused)
    assert {fault.rule for fault in receipt.faults} == {"language-missing", "range", "speaks-for-itself", "event-time"}
    assert receipt.institution_id == "dlut"


def test_a_duplicate_in_the_same_batch_gets_the_same_receipt_once_more() -> None:
    record = achievement()
    outputs = _batch(Inbox("dlut"), Written(), [_said(record, 0), _said(record, 1), _said(record, 2)])
    assert _topics(outputs) == [topics.ACHIEVEMENTS.name, topics.NEGOTIATIONS.name, *[RECEIPTS] * 3]
    assert len({output.value for output in outputs[2:]}) == 1


def test_a_duplicate_later_gets_identical_bytes_and_no_second_effect() -> None:
    inbox, written = Inbox("dlut"), Written()
    record = achievement()
    first = _batch(inbox, written, [_said(record)])
    # Only the id counts: other contents under the same id are not looked at.
    other = achievement("A2", "blade", 9, submission_id=record.submission_id)
    for again in (record, other):
        (output,) = _batch(inbox, written, [_said(again, 5)])
        assert (output.topic, output.value) == (RECEIPTS, first[-1].value)


def test_a_refused_submission_is_refused_again_with_the_same_bytes() -> None:
    inbox, written = Inbox("dlut"), Written()
    first = _batch(inbox, written, [_said(no_achievement())])
    # Now it would be in order, but its id was answered.
    record = codec.decode(_said(no_achievement()).value)
    assert isinstance(codec.decode(first[0].value), SubmissionRefused)
    refused = codec.decode(first[0].value)
    assert isinstance(refused, SubmissionRefused)
    _batch(inbox, written, [_said(achievement())])
    repeated = no_achievement(submission_id=refused.submission_id)
    assert [output.value for output in _batch(inbox, written, [_said(repeated)])] == [first[0].value]
    assert record != repeated


def test_a_submission_is_one_event_in_its_register_and_its_receipt_another() -> None:
    record = demand(institution_id="dlut")
    written = _batch(Inbox("dlut"), Written(), [_said(record)])
    outputs = [output for output in written if not output.is_copy]
    assert _topics(outputs) == [topics.DEMANDS.name, RECEIPTS]
    assert {output.headers for output in written if output.is_copy} == {()}
    told = {(said["ce_source"], said["ce_type"], said["ce_id"]) for said in map(_attributes, outputs)}
    name = str(record.submission_id).encode()
    assert told == {
        (b"/techdock/register", b"techdock.DemandPosted.v1", name),
        (b"/techdock/receipts", b"techdock.SubmissionAccepted.v1", name),
    }
    assert {said["ce_time"] for said in map(_attributes, outputs)} == {spelled(NOW)}


def test_a_receipt_told_again_is_the_same_event() -> None:
    inbox, written, refused = Inbox("dlut"), Written(), no_achievement("A2")
    first = _batch(inbox, written, [_said(achievement()), _said(refused)])
    receipts = {output.value: output for output in first if output.topic == RECEIPTS}
    for record in (codec.decode(first[0].value), refused):
        (again,) = _batch(inbox, written, [_said(record, 60_000)])
        before = receipts.pop(again.value)
        assert again.timestamp > before.timestamp
        assert _attributes(again) == _attributes(before)
    assert not receipts


def _attributes(output: Output) -> dict[str, Any]:
    said = dict(output.headers)
    assert set(said) == set(ATTRIBUTES)
    return said


#: Values of tests have the same name in every process that runs some of them.
_REGISTERED = achievement(submission_id=uuid.UUID(int=1))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "there are no bytes"),
        (b"", "there are no bytes"),
        (b"{}", "neither Avro single-object nor Confluent"),
        (b"\x00\x00\x00\x00\x07abc", "no schema registry is configured"),
        (b"\xc3\x01" + b"\x00" * 20, "unknown schema fingerprint"),
        (codec.encode(_REGISTERED)[:-3], "does not follow its schema"),
        (codec.encode(_REGISTERED) + b"\x00", "1 bytes follow the record"),
        (codec.prefix("DemandPosted") + b"\xff" * 40, "does not follow its schema"),
    ],
)
def test_bytes_that_cannot_be_read_go_whole_to_quarantine(value: bytes | None, why: str) -> None:
    record = _said(value, 3, headers=[("source", b"erp")])
    (output,) = Inbox("dlut").decide(record)
    assert (output.topic, output.key, output.value) == (topics.QUARANTINE.name, b"key", value)
    headers = dict(output.headers)
    assert headers.pop("source") == b"erp"
    message = headers.pop("techdock-message")
    assert isinstance(message, bytes)
    assert why in message.decode()
    assert headers == {
        "techdock-topic": INBOX.encode(),
        "techdock-partition": b"0",
        "techdock-offset": b"3",
        "techdock-timestamp": str(record.timestamp).encode(),
        "techdock-lane": b"admission",
        "techdock-error": b"Unreadable",
        "techdock-attempts": b"1",
    }


def test_a_schema_that_the_registry_does_not_know_sends_its_records_to_quarantine() -> None:
    (output,) = Inbox("dlut", lambda _id: None).decide(_said(b"\x00\x00\x00\x00\x07abc"))
    assert output.topic == topics.QUARANTINE.name
    assert b"does not know schema id 7" in (dict(output.headers)["techdock-message"] or b"")


def test_while_the_registry_is_away_nothing_is_decided_and_nothing_lost() -> None:
    record = achievement()
    framed = b"\x00\x00\x00\x00\x07" + codec.encode(record)[10:]
    away = [True]

    def schema_by_id(_id: int) -> dict[str, Any]:
        if away.pop():
            raise Unavailable("the schema registry does not answer", 2.0)
        return codec.schema("AchievementRegistered")

    inbox = Inbox("dlut", schema_by_id)
    with pytest.raises(Unavailable):
        inbox.decide(_said(framed))
    away += [False]
    outputs = _batch(inbox, Written(), [_said(framed)])
    assert _topics(outputs) == [topics.ACHIEVEMENTS.name, topics.NEGOTIATIONS.name, RECEIPTS]
    # The registers hold one encoding, whatever came in.
    assert outputs[0].value == codec.encode(record)


def test_a_record_that_is_no_submission_goes_to_quarantine() -> None:
    deal = DealAdvanced(
        uuid.UUID(int=1), "dlut", "A1", "dicp", "D1", Move.CONTACT, "dlut", 1, Stage.CONTACTED, None, None, 0, "", NOW,
        uuid.UUID(int=2), False, None, None, None, None, None, 0, None, None, None, None, 0, None,
    )  # fmt: skip
    (output,) = Inbox("dlut").decide(_said(deal))
    assert output.topic == topics.QUARANTINE.name
    assert b"is no submission" in (dict(output.headers)["techdock-message"] or b"")


@given(st.sampled_from(["AchievementRegistered", "DemandPosted", "NegotiationUpdated"]), st.binary(max_size=60))
@settings(deadline=None, max_examples=200)
def test_no_bytes_make_an_inbox_stumble(name: str, rest: bytes) -> None:
    outputs = _batch(Inbox("dlut"), Written(), [_said(codec.prefix(name) + rest)])
    assert outputs[-1].topic in {topics.QUARANTINE.name, RECEIPTS}


@given(st.integers(0, 400), st.integers(0, 255))
@settings(deadline=None, max_examples=300)
def test_no_broken_byte_makes_an_inbox_stumble(place: int, byte: int) -> None:
    good = codec.encode(
        achievement(version=1, industries=("C26",), price=None, owners=("dlut",), valid_until=NOW.date(), maturity=5)
    )
    place = 10 + place % (len(good) - 10)
    outputs = _batch(Inbox("dlut"), Written(), [_said(good[:place] + bytes([byte]) + good[place + 1 :])])
    assert outputs[-1].topic in {topics.QUARANTINE.name, RECEIPTS}


def _confluent(schema_id: int, writer: Any, values: dict[str, Any]) -> bytes:
    out = io.BytesIO(b"\x00" + schema_id.to_bytes(4, "big"))
    out.seek(5)
    fastavro.schemaless_writer(out, fastavro.parse_schema(writer), values)
    return out.getvalue()


def test_confluent_framing_of_an_older_writer_is_registered_in_our_own() -> None:
    writer = json.loads(json.dumps(codec.schema("AchievementRegistered")))
    writer["fields"] = [one for one in writer["fields"] if one["name"] not in {"disclosure", "territories", "owners"}]
    record = achievement()
    values = {
        name: value for name, value in codec.plain(record).items() if name in {f["name"] for f in writer["fields"]}
    }
    inbox = Inbox("dlut", {7: writer}.get)
    outputs = _batch(inbox, Written(), [_said(_confluent(7, writer, values))])
    assert _topics(outputs) == [topics.ACHIEVEMENTS.name, topics.NEGOTIATIONS.name, RECEIPTS]
    assert outputs[0].value == codec.encode(record)
    (unknown,) = _batch(inbox, Written(), [_said(_confluent(8, writer, values))])
    assert unknown.topic == topics.QUARANTINE.name


def test_what_our_own_clients_frame_is_registered_without_its_frame_and_asks_nobody() -> None:
    record = achievement()
    with adopting(CONFLUENT):
        framed = CONFLUENT.written(INBOX, codec.encode(record))
        outputs = _batch(Inbox("dlut"), Written(), [_said(framed)])
    assert framed != codec.encode(record)
    assert [one._replace(then=None) for one in outputs] == _outputs_of(record)


def _outputs_of(record: Record) -> list[Output]:
    return [one._replace(then=None) for one in _batch(Inbox("dlut"), Written(), [_said(record)])]


def test_a_broken_record_goes_to_quarantine_with_the_frame_it_came_in() -> None:
    framed = CONFLUENT.written(INBOX, codec.encode(achievement())) + b"more"
    with adopting(CONFLUENT):
        (output,) = Inbox("dlut").decide(_said(framed))
    assert (output.topic, output.value) == (topics.QUARANTINE.name, framed)


def test_a_framed_receipt_is_told_again_bare_for_the_frame_is_put_on_where_it_leaves() -> None:
    record, written = achievement(), Written()
    _batch(Inbox("dlut"), written, [_said(record)])
    (receipt,) = written.receipts()
    later = Inbox("dlut")
    with adopting(CONFLUENT):
        later.load(_said(CONFLUENT.written(RECEIPTS, receipt))._replace(topic=RECEIPTS))
    (again,) = _batch(later, Written(), [_said(record, 5)])
    assert again.value == receipt


_subjects = st.sampled_from("XY")
_versions = st.integers(1, 4)
_ids = st.integers(0, 9).map(lambda number: uuid.UUID(int=number))
_at_dlut = {"institution_id": st.just("dlut")}
_submissions = st.one_of(
    st.builds(achievement, _subjects, version=_versions, submission_id=_ids, zh=st.sampled_from([None, Text("泵")])),
    st.builds(no_achievement, _subjects, version=_versions, submission_id=_ids),
    st.builds(demand, _subjects, version=_versions, submission_id=_ids, **_at_dlut),
    st.builds(no_demand, _subjects, version=_versions, submission_id=_ids, **_at_dlut),
    st.builds(move, st.just(Move.CONTACT), _versions, submission_id=_ids),
    st.just(b"garbage"),
)


@given(st.lists(st.lists(_submissions, max_size=4), max_size=8))
@settings(deadline=None, max_examples=150)
def test_an_inbox_restored_from_its_receipts_answers_as_if_it_had_never_stopped(batches: list[list[Any]]) -> None:
    going, written = Inbox("dlut"), Written()
    for number, batch in enumerate(batches):
        restored = Inbox("dlut")
        for value in written.receipts():
            restored.load(entered(value, RECEIPTS))
        restored.restored()
        shadow = Written(list(written.outputs))
        inputs = [_said(record, number * 10 + place) for place, record in enumerate(batch)]
        again = _batch(restored, shadow, inputs)
        assert [one._replace(then=None) for one in _batch(going, written, inputs)] == [
            one._replace(then=None) for one in again
        ]
    submitted = [one.submission_id for batch in batches for one in batch if not isinstance(one, bytes)]
    answered = [codec.decode_fields(value)[1]["submission_id"] for value in written.receipts()]
    assert sorted(answered) == sorted(submitted), "every submission gets its receipt, each time it comes"
    assert len(set(written.receipts())) == len(set(submitted)), "and always the same one"


def test_an_old_receipt_that_was_repeated_does_not_bring_an_old_version_back() -> None:
    going, written = Inbox("dlut"), Written()
    first = achievement(version=1)
    for record in (first, achievement(version=2), first):
        _batch(going, written, [_said(record)])
    restored = Inbox("dlut")
    for value in written.receipts():
        restored.load(entered(value, RECEIPTS))
    (receipt,) = _batch(restored, Written(), [_said(achievement(version=2))])
    assert isinstance(codec.decode(receipt.value), SubmissionRefused)


def test_an_inbox_topic_names_the_institution_and_its_receipts() -> None:
    made = plan()
    key = made.shard_of(INBOX, 0)
    (source,) = made.sources(key)
    assert (source.topic, source.partition) == (RECEIPTS, 0)
    (output,) = made.shard(key).decide(_said(no_achievement()))
    assert output.topic == RECEIPTS


def test_an_institution_that_cannot_be_a_topic_is_no_institution() -> None:
    with pytest.raises(Misconfigured, match="lower-case"):
        Inbox("../dlut")
