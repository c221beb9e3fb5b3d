"""One achievement that two institutions register: matched once, until a person tells them apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.conftest import System

_OFFER = {
    "achievement_id": "P1",
    "title": "船体水下清洗机器人",
    "abstract": "在泊位清除藤壶并回收污物",
    "ip_rights": [{"kind": "INVENTION_PATENT", "number": "ZL 2018 1 0123456.5"}],
}


def _import(system: System, path: Path, kind: str, institution: str, row: Mapping[str, object]) -> None:
    path.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    said = system.json("import", str(path), "--as", kind, "--institution", institution, "--wait")
    assert said["accepted"] == 1


def _matched(system: System) -> set[str]:
    assert system.verified()["ok"]
    return {match["achievement_institution_id"] for match in system.json("matches", "--demand", "hull")}


def test_what_two_register_is_matched_once_until_it_is_told_apart(system: System, tmp_path: Path) -> None:
    wish = {"demand_id": "hull", "title": "船体清洗", "description": "不进坞清除船体藤壶并回收污物"}
    _import(system, tmp_path / "hull.jsonl", "demands", "shipyard", wish)
    _import(system, tmp_path / "one.jsonl", "achievements", "univ", _OFFER)
    assert _matched(system) == {"univ"}
    rights = [{"kind": "INVENTION_PATENT", "number": "CN201810123456"}]
    _import(system, tmp_path / "two.jsonl", "achievements", "inst", {**_OFFER, "ip_rights": rights})
    assert _matched(system) == {"univ"}
    (case,) = system.json("duplicates", "list")
    assert (case["first"], case["second"], case["state"]) == ("inst/P1", "univ/P1", "open")
    assert system.json("explain", "hull", "inst/P1")["obstacles"] == ["DUPLICATE"]
    system.run("duplicates", "distinct", "inst/P1", "univ/P1", "--reason", "the second is the larger model")
    assert _matched(system) == {"univ", "inst"}
    assert system.json("duplicates", "list") == []
