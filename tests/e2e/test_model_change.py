"""The scoring model changes while the system runs: a worker dies meanwhile, and in the end all agrees."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from infra.reading import committed_records
from schemas import codec, topics
from schemas.records import MatchWithdrawn, WithdrawalReason
from streams.domain.model import ScoringModel, default_model
from tests.e2e.conftest import System

MATERIALS = ("lithium battery cathode", "seawater hydrogen electrolysis", "ship hull coating", "fuel cell membrane")
WANTED = [f"D{number}" for number in range(60)]


def _file(path: Path, names: list[str], id_field: str) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([id_field, "title", "abstract" if id_field == "achievement_id" else "description"])
        for number, name in enumerate(names):
            what = MATERIALS[number % len(MATERIALS)]
            writer.writerow([name, what, f"A {what} of grade {number % 17} for plant {number % 29}. " * 8])
    return path


def _publish(system: System, folder: Path, model: ScoringModel) -> None:
    path = folder / f"{model.version}.json.gz"
    path.write_bytes(model.packed())
    assert f"{model.version} is published" in system.run("model", "publish", str(path))


def _until(outcome: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 60
    while not outcome():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


def _reasons(system: System) -> Counter[WithdrawalReason]:
    endpoints = json.loads((system.home / "run" / "endpoints.json").read_text(encoding="utf-8"))
    told = (codec.decode(one.value()) for one in committed_records(endpoints["bootstrap"], [topics.MATCHES.name]))
    return Counter(one.reason for one in told if isinstance(one, MatchWithdrawn))


def test_a_worker_killed_while_it_makes_matches_for_a_new_model_leaves_nothing_wrong(
    system: System, tmp_path: Path
) -> None:
    offers = _file(tmp_path / "a.csv", [f"A{number}" for number in range(3_000)], "achievement_id")
    wishes = _file(tmp_path / "d.csv", WANTED, "demand_id")
    for path, kind in ((wishes, "demands"), (offers, "achievements")):
        system.run("import", str(path), "--as", kind, "--institution", "model", "--wait", "--json")
    shipped = default_model()
    assert system.verified()["checked"][f"lanes under scoring model {shipped.version}"] == 2

    other = replace(shipped, version="other", spread=0.5, threshold=shipped.threshold * 2)
    log = system.home / "logs" / "matching-1.log"
    _publish(system, tmp_path, other)
    _until(lambda: "made anew to follow other" in log.read_text(encoding="utf-8"), "the lane did not hear the model")
    os.kill(system.pid("matching-1"), signal.SIGKILL)
    assert "follows other" not in log.read_text(encoding="utf-8"), "it was killed before it was done"
    more = _file(tmp_path / "more.csv", [f"B{number}" for number in range(200)], "achievement_id")
    system.run("import", str(more), "--as", "achievements", "--institution", "model", "--wait", "--json")

    report = system.verified()
    assert report["differences"] == []
    assert report["checked"]["lanes under scoring model other"] == 2
    assert report["checked"]["matches"] > 100
    listed = system.json("model", "list")
    assert [lane["version"] for lane in listed["lanes"]] == ["other", "other"]
    assert [model["version"] for model in listed["published"]] == [shipped.version, "other"]


def test_a_model_that_only_has_another_version_changes_no_match(system: System, tmp_path: Path) -> None:
    before = system.verified()["checked"]
    (version,) = {lane["version"] for lane in system.json("model", "list")["lanes"]}
    assert version == "other"
    shipped = default_model()
    _publish(system, tmp_path, replace(shipped, version="twin", spread=0.5, threshold=shipped.threshold * 2))
    after = system.verified()["checked"]
    assert after["lanes under scoring model twin"] == 2
    assert (after["matches"], after["match_events"]) == (before["matches"], before["match_events"])


def test_a_model_that_lets_less_pass_takes_matches_back_and_says_why(system: System, tmp_path: Path) -> None:
    shipped, chance = default_model(), random.Random(0)
    many = dict.fromkeys((chance.randbytes(500).hex() for _ in range(6_000)), 9.0)
    strict = replace(shipped, version="strict", threshold=0.99, surprisal={**shipped.surprisal, **many})
    assert len(strict.packed()) > 3_000_000, "lanes read large ones too"
    _publish(system, tmp_path, strict)
    report = system.verified()
    assert (report["differences"], report["checked"]["matches"]) == ([], 0)
    assert _reasons(system)[WithdrawalReason.MODEL_CHANGED] > 100


def test_a_former_model_comes_back_under_another_version_and_publishing_it_as_it_is_says_so(system: System) -> None:
    told = system.run("model", "publish")
    assert "lanes follow strict" in told
    assert "--version" in told
    assert "former is published" in system.run("model", "publish", "--version", "former")
    report = system.verified()
    assert report["differences"] == []
    assert report["checked"]["lanes under scoring model former"] == 2
    assert report["checked"]["matches"] > 100
