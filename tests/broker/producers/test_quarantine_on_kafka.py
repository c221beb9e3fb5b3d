"""From broken bytes to an accepted receipt: set aside, listed, repaired, replayed once; or dropped."""

from __future__ import annotations

import base64
import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.cli import main
from infra.reading import committed_records
from producers.quarantine.asides import Quarantine
from producers.quarantine.deciding import Objection, Replay, drop, replay
from producers.quarantine.desk import Desk
from schemas import codec, topics
from schemas.errors import Unavailable
from schemas.quarantine import REPLAY_OF
from schemas.records import QuarantineActed, QuarantineAction, SubmissionAccepted
from schemas.salvage import Salvage
from tests.broker.streams.admitting import Admitting, admitting, until
from tests.unit.producers.quarantine.setting_aside import WORD
from tests.unit.streams.making import achievement


@pytest.fixture
def world(bootstrap: str) -> Iterator[Admitting]:
    with admitting(bootstrap, "one") as made:
        yield made


@pytest.fixture
def operator(
    bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    monkeypatch.setenv("TECHDOCK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TECHDOCK_BOOTSTRAP", bootstrap)
    return Operator(monkeypatch, capsys)


class Operator:
    """Somebody at the command line; in this process, for there are many commands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, *arguments: str, expect: int = 0) -> str:
        self._monkeypatch.setattr(sys, "argv", ["techdock", "quarantine", *arguments])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        assert ended.value.code == expect, (arguments, said.out, said.err)
        return said.out + said.err

    def listed(self, institution_id: str, *arguments: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.run("list", "--institution", institution_id, "--json", *arguments))
        return rows


def _set_aside(world: Admitting, *values: bytes, **headers: bytes) -> None:
    (one,) = world.institutions
    before = len(world.quarantined(one))
    for value in values:
        world.say(one, value, "A7", **headers)
    world.flush()
    until(lambda: len(world.quarantined(one)) == before + len(values))


def _replays(world: Admitting) -> list[tuple[bytes | None, bytes | None, dict[str, bytes]]]:
    (one,) = world.institutions
    found = committed_records(world.bootstrap, [topics.inbox(one).name])
    told = [(message.key(), message.value(), dict(message.headers() or ())) for message in found]
    return [each for each in told if REPLAY_OF in each[2]]


def test_poison_is_repaired_and_replayed_and_accepted_once(
    world: Admitting, operator: Operator, tmp_path: Path
) -> None:
    (one,) = world.institutions
    record = achievement("A7", maturity=6, institution_id=one)
    broken = codec.encode(record)[:-6]
    _set_aside(world, broken, source=b"erp")

    (row,) = operator.listed(one)
    assert (row["topic"], row["partition"], row["offset"]) == (topics.inbox(one).name, 0, 0)
    assert (row["lane"], row["error"], row["attempts"], row["state"]) == ("admission", "Unreadable", 1, "open")
    assert row["first_failure"] >= row["arrived_at"]
    shown = json.loads(operator.run("show", row["id"], "--json"))
    assert base64.b64decode(shown["value_base64"]) == broken
    assert (shown["key"], shown["headers"], shown["release"]) == ("A7", [["source", "erp"]], "0.1.0")
    assert "repair" in operator.run("replay", row["id"], expect=1)

    draft = tmp_path / "draft.json"
    operator.run("repair", row["id"], "--out", str(draft))
    edited = json.loads(draft.read_text())
    edited["values"]["district"] = "Dalian"
    draft.write_text(json.dumps(edited))
    assert "district: code" in operator.run("repair", row["id"], "--file", str(draft), expect=1)
    edited["values"]["district"] = "210202"
    draft.write_text(json.dumps(edited))
    operator.run("repair", row["id"], "--file", str(draft), "--reason", "cut off", "--by", "li@office")
    assert [each["state"] for each in operator.listed(one)] == ["repaired"]

    assert str(record.submission_id) in operator.run("replay", row["id"], "--by", "li@office")
    until(lambda: len(world.receipts(one)) == 1)
    assert "nothing is to do" in operator.run("replay", row["id"])
    assert "0 replayed" in operator.run("replay", "--all", "--institution", one)
    ((key, value, headers),) = _replays(world)
    assert (key, headers) == (b"A7", {"source": b"erp", REPLAY_OF: f"techdock.quarantine.v1/{row['id']}".encode()})
    until(lambda: world.position(one) >= 2)
    (receipt,) = world.receipts(one)
    assert isinstance(receipt, SubmissionAccepted)
    assert (receipt.submission_id, receipt.institution_id) == (record.submission_id, one)
    (registered,) = [
        message.value()
        for message in committed_records(world.bootstrap, [receipt.register_topic])
        if (message.partition(), message.offset()) == (receipt.register_partition, receipt.register_offset)
    ]
    assert registered == value
    assert codec.decode_fields(registered)[1]["district"] == "210202"
    assert operator.listed(one) == []
    assert [each["state"] for each in operator.listed(one, "--all")] == ["replayed"]
    acts = json.loads(operator.run("show", row["id"], "--json"))["acts"]
    assert [(act["action"], act["by"], act["reason"]) for act in acts] == [
        ("REPAIRED", "li@office", "cut off"), ("REPLAYED", "li@office", ""),
    ]  # fmt: skip


def test_what_is_dropped_needs_a_reason_and_is_closed(world: Admitting, operator: Operator, tmp_path: Path) -> None:
    (one,) = world.institutions
    _set_aside(world, b"hello", b"?")
    dropped, left = (row["id"] for row in operator.listed(one))
    assert "in words" in operator.run("drop", dropped, "--reason", " ", expect=2)
    operator.run("drop", dropped, "--reason", "a test of the connection")
    assert "nothing is to do" in operator.run("drop", dropped, "--reason", "again")
    assert "nothing can follow" in operator.run("replay", dropped, expect=1)
    assert [row["id"] for row in operator.listed(one)] == [left]
    kept = tmp_path / "bytes"
    assert "nothing can follow" in operator.run("repair", dropped, "--out", str(tmp_path / "draft.json"), expect=1)
    operator.run("show", dropped, "--bytes", str(kept))
    assert kept.read_bytes() == b"hello"
    assert "no record" in operator.run("show", "999999999", expect=1)
    assert "for example 0/17" in operator.run("show", "x", expect=2)
    assert "name one record, or --all" in operator.run("replay", expect=2)


def test_what_cannot_be_read_when_replayed_is_set_aside_again_with_where_it_came_from(world: Admitting) -> None:
    (one,) = world.institutions
    _set_aside(world, b"garbage")
    desk = Desk(world.bootstrap)
    (aside,) = [each for each in desk.quarantine.all() if each.institution_id == one]
    # Whoever replays it reads more than admission does here, as with a schema registry that only one of them asks.
    sent = replay(aside, Salvage("DemandPosted", {"submission_id": uuid.uuid4()}, None, 7, None), WORD)
    assert isinstance(sent, Replay)
    desk.write(sent)
    until(lambda: len(world.quarantined(one)) == 2)
    first, again = (each for each in Quarantine(world.bootstrap).all() if each.institution_id == one)
    assert (first.state, again.state) == ("replayed", "open")
    assert again.replay_of == first.at.full
    assert again.value == b"garbage"


def test_of_two_people_the_one_who_began_first_does_nothing_any_more(world: Admitting) -> None:
    (one,) = world.institutions
    record = achievement("A7", institution_id=one)
    _set_aside(world, codec.encode(record)[:-1])
    first, second = Desk(world.bootstrap), Desk(world.bootstrap)
    (aside,) = [each for each in first.quarantine.all() if each.institution_id == one]
    act = drop(aside, WORD)
    assert isinstance(act, QuarantineActed)
    second.write(act)
    with pytest.raises(Unavailable, match="nothing is done twice"):
        first.write(act)
    (known,) = [each for each in Quarantine(world.bootstrap).all() if each.at == aside.at]
    assert [each.action for each in known.acts] == [QuarantineAction.DROPPED]


def test_many_are_replayed_in_the_order_in_which_they_came(world: Admitting) -> None:
    (one,) = world.institutions
    versions = [achievement("A7", version=version, institution_id=one) for version in range(1, 8)]
    # Broken by a missing frame, which the sender's header mends; one cannot be mended.
    broken = [codec.encode(record)[10:] for record in versions]
    _set_aside(world, *broken[:3], b"garbage", *broken[3:], ce_type=b"techdock.AchievementRegistered.v1")
    _repair_all(world, one)
    desk = Desk(world.bootstrap)
    mine = [each for each in desk.quarantine.all() if each.institution_id == one]
    outcomes = [outcome for _, outcome in desk.replay(mine, WORD)]
    assert [isinstance(outcome, Replay) for outcome in outcomes] == [True] * 3 + [False] + [True] * 4
    until(lambda: len(world.receipts(one)) == 7)
    assert [receipt.version for receipt in world.receipts(one)] == [1, 2, 3, 4, 5, 6, 7]
    assert all(isinstance(receipt, SubmissionAccepted) for receipt in world.receipts(one))
    desk = Desk(world.bootstrap)
    mine = [each for each in desk.quarantine.all() if each.institution_id == one]
    again = [outcome for _, outcome in desk.replay(mine, WORD)]
    assert not any(isinstance(outcome, Replay) for outcome in again)
    assert all(isinstance(outcome, Objection) for outcome in again)


def _repair_all(world: Admitting, institution_id: str) -> None:
    from producers.quarantine import deciding, drafts

    desk = Desk(world.bootstrap)
    for aside in [each for each in desk.quarantine.all() if each.institution_id == institution_id]:
        found = desk.salvage(aside)
        if found.field is None:
            repaired = drafts.repaired(drafts.draft(aside, found), aside, found, WORD.at)
            assert isinstance(repaired, drafts.Repaired)
            desk.write(deciding.repair(aside, repaired, WORD))
