"""Facts in at one end; matches, receipts and rows out at the other; workers killed meanwhile."""

from __future__ import annotations

import csv
import os
import signal
from pathlib import Path
from typing import Any

from confluent_kafka import Message, Producer

from infra.reading import committed_records, topic_names
from schemas import codec, topics
from schemas.cloudevents import ATTRIBUTES
from tests.e2e.conftest import System, until
from tests.unit.streams.making import achievement

MATERIALS = ("lithium battery cathode", "seawater hydrogen electrolysis", "ship hull coating", "fuel cell membrane")


def _achievements(path: Path, count: int, encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file)
        writer.writerow(["achievement_id", "title", "abstract", "成熟度"])
        for i in range(count):
            what = MATERIALS[i % len(MATERIALS)]
            writer.writerow(
                [f"A{i}", f"{what} process {i}", f"A {what} of grade {i % 17} for plant {i % 29}", 1 + i % 9]
            )
    return path


def _demands(path: Path, count: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["demand_id", "title", "description"])
        for i in range(count):
            writer.writerow([f"D{i}", f"needs {MATERIALS[i % len(MATERIALS)]}", f"for plant {i % 29}, grade {i % 17}"])
    return path


def test_a_file_of_achievements_meets_a_file_of_demands(system: System, tmp_path: Path) -> None:
    achievements, demands = _achievements(tmp_path / "a.csv", 40), _demands(tmp_path / "d.csv", 12)
    said = system.json("import", str(achievements), "--as", "achievements", "--institution", "first", "--wait")
    assert (said["rows"], said["accepted"], said["refused"], said["unreadable"]) == (40, 40, 0, 0)
    assert system.json("import", str(demands), "--as", "demands", "--institution", "buyer", "--wait")["accepted"] == 12
    assert system.verified()["ok"]
    matches = system.json("matches", "--demand", "D0")
    assert matches
    assert all(match["demand_id"] == "D0" for match in matches)
    assert "lithium battery" in matches[0]["achievement_title"]
    for match in matches:
        contributions = sum(reason["contribution"] for reason in match["reasons"])
        assert abs(contributions - match["score"]) < 1e-6
    assert [m["score"] for m in matches] == sorted((m["score"] for m in matches), reverse=True)


def test_a_pair_is_explained_as_the_market_holds_it(system: System, tmp_path: Path) -> None:
    achievements, demands = _achievements(tmp_path / "a.csv", 60), _demands(tmp_path / "d.csv", 4)
    for path, kind, institution in ((achievements, "achievements", "offers"), (demands, "demands", "asks")):
        system.run("import", str(path), "--as", kind, "--institution", institution, "--wait", "--json")
    system.verified()
    live = system.json("matches", "--demand", "asks/D1")
    for place in (1, len(live)):
        match = live[place - 1]
        ref = f"{match['achievement_institution_id']}/{match['achievement_id']}"
        told = system.json("explain", "asks/D1", ref)
        assert (told["is_match"], told["place"], told["score"]) == (True, place, match["score"])
        assert abs(sum(reason["contribution"] for reason in told["reasons"]) - match["score"]) < 1e-9
        assert len(told["ahead"]) == place - 1
    told = system.json("explain", "asks/D1", "offers/A0")
    assert told["obstacles"] == ["OUTRANKED"]
    assert [one["score"] for one in told["ahead"]] == [match["score"] for match in live]
    assert "no match, for:\n  it is outranked (it comes at place" in system.run("explain", "asks/D1", "offers/A0")


def test_a_pair_that_nobody_registered_is_answered_with_what_is_near(system: System, tmp_path: Path) -> None:
    path = _demands(tmp_path / "near.csv", 3)
    system.run("import", str(path), "--as", "demands", "--institution", "near", "--wait", "--json")
    done = system.attempt("explain", "near/D9", "offers/A0")
    assert done.returncode == 1
    assert "there is no demand 'near/D9'" in done.stderr
    assert "near are near/D" in done.stderr


def test_every_record_that_is_written_carries_the_attributes_of_its_event(system: System, tmp_path: Path) -> None:
    achievements, demands = _achievements(tmp_path / "a.csv", 20), _demands(tmp_path / "d.csv", 4)
    for path, kind in ((achievements, "achievements"), (demands, "demands")):
        system.run("import", str(path), "--as", kind, "--institution", "told", "--wait", "--json")
    system.verified()
    written = topic_names(system.bootstrap())
    events = [name for name in written if name.startswith("techdock.") and name != topics.QUARANTINE.name]
    told = set()
    for message in committed_records(system.bootstrap(), events):
        said = dict(message.headers() or ())
        # The end of a candidate in the state is a tombstone: no event, for it has no value. Copies are no second one.
        is_event = message.value() is not None and not _is_copy(message)
        assert set(said) == (set(ATTRIBUTES) if is_event else set()), message.topic()
        if said:
            name = codec.named(message.value())
            assert said["ce_type"] == f"techdock.{name}.v1".encode()
            told.add(name)
    assert told >= {"ClockTicked", "ScoringModelPublished", "SubmissionAccepted", "CandidatesChanged", "Candidate"}
    assert told >= {"AchievementRegistered", "DemandPosted", "MatchProposed", "ScoringModelAdopted"}


def _is_copy(message: Message) -> bool:
    if message.topic() == topics.NEGOTIATIONS.name:
        return codec.named(message.value()) != "NegotiationUpdated"
    return message.topic() in {topics.DEMAND_COPIES.name, topics.WEIGHED_TEXTS.name}


def test_the_status_names_the_demands_whose_searches_took_longest(system: System, tmp_path: Path) -> None:
    achievements, demands = _achievements(tmp_path / "a.csv", 50), _demands(tmp_path / "d.csv", 20)
    for path, kind in ((achievements, "achievements"), (demands, "demands")):
        system.run("import", str(path), "--as", kind, "--institution", "searched", "--wait", "--json")
    status: dict[str, Any] = {}

    def is_told() -> bool:
        status.update(system.json("status"))
        return len(status["slowest_searches"]) == 10

    until(is_told, 30)
    seconds = [search["seconds"] for search in status["slowest_searches"]]
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[-1] > 0
    assert any(search["postings"] > 0 for search in status["slowest_searches"])
    assert {search["process"] for search in status["slowest_searches"]} <= {"matching-1", "matching-2"}
    assert status["counts"]["techdock_search_seconds_count"] >= 2 * 20
    assert status["counts"]["techdock_offers_total"] >= 50
    assert status["counts"]["techdock_entries_changed_total"] > 0
    assert status["counts"]["techdock_postings_read_total"] > 0


def test_the_same_file_again_gets_the_same_receipts_and_changes_nothing(system: System, tmp_path: Path) -> None:
    path = _demands(tmp_path / "again.csv", 5)
    arguments = ("import", str(path), "--as", "demands", "--institution", "twice", "--wait")
    first, second = system.json(*arguments), system.json(*arguments)
    assert first["accepted"] == second["accepted"] == 5
    assert system.verified()["ok"]


def test_a_broken_row_in_a_gb18030_file_is_named_and_the_rest_goes_in(system: System, tmp_path: Path) -> None:
    path = tmp_path / "国标.csv"
    rows = [
        "achievement_id,成果名称,摘要,成熟度",
        "G1,海水制氢催化剂,低成本,5",
        "G2,船舶涂层,防污,十二",
        "G3,燃料电池膜,耐久,7",
    ]
    path.write_bytes("\n".join(rows).encode("gb18030"))
    arguments = ("import", str(path), "--as", "achievements", "--institution", "gb", "--wait")
    said = system.json(*arguments, expect=1)
    assert (said["rows"], said["accepted"], said["refused"] + said["unreadable"]) == (3, 2, 1)


def test_bytes_that_cannot_be_read_are_repaired_and_replayed_and_everything_agrees(
    system: System, tmp_path: Path
) -> None:
    path = _achievements(tmp_path / "a.csv", 1)
    system.run("import", str(path), "--as", "achievements", "--institution", "mended", "--wait", "--json")
    producer = Producer({"bootstrap.servers": system.bootstrap()})
    for broken in (codec.encode(achievement("B1", institution_id="mended"))[:-2], b"hello"):
        producer.produce("techdock.inbox.mended.v1", broken)
    assert producer.flush(30) == 0
    until(lambda: system.json("status")["counts"]["techdock_quarantine_records"] == 2, 180)
    mend, drop = (row["id"] for row in system.json("quarantine", "list", "--institution", "mended"))
    system.run("quarantine", "drop", drop, "--reason", "a test of the connection")
    draft = tmp_path / "draft.json"
    system.run("quarantine", "repair", mend, "--out", str(draft))
    system.run("quarantine", "repair", mend, "--file", str(draft))
    assert system.verified()["ok"]
    for _ in range(2):
        system.run("quarantine", "replay", mend)
    report = system.verified()
    assert report["differences"] == []
    assert system.json("quarantine", "list", "--institution", "mended") == []
    until(lambda: system.json("status")["counts"]["techdock_quarantine_records"] == 0, 180)


def test_every_lane_killed_while_facts_come_in_leaves_nothing_wrong(system: System, tmp_path: Path) -> None:
    demands, achievements = _demands(tmp_path / "d.csv", 100), _achievements(tmp_path / "a.csv", 4_000)
    system.run("import", str(demands), "--as", "demands", "--institution", "killed-buyer", "--wait", "--json")
    feeding = system.start(
        "import", str(achievements), "--as", "achievements", "--institution", "killed", "--wait", "--json"
    )
    for name in ("admission-1", "matching-1", "ranking-2", "deals-1", "read-model", "admission-2", "matching-2"):
        os.kill(system.pid(name), signal.SIGKILL)
    assert feeding.wait(240) == 0
    report = system.verified()
    assert report["differences"] == []
    assert report["ok"]
    assert report["checked"]["matches"] > 100
