"""The nine key tasks in the whole system: moves that people send, what became of them, and what follows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.days import CHINA
from tests.e2e.conftest import System

_FUND, _REF = "t-fund/MAIN", "t-lab/A1"
_OFFERED = {"achievement_institution_id": "t-lab", "achievement_id": "A1"}


@pytest.fixture(scope="module")
def city(system: System, tmp_path_factory: pytest.TempPathFactory) -> System:
    """A laboratory with an achievement, a fund, a broker, an office and three institutes with experts."""
    rows = tmp_path_factory.mktemp("rows") / "rows.csv"
    rows.write_text("id,title,maturity\nA1,pump,7\n", encoding="utf-8")
    kinds = {"t-lab": "institute", "t-fund": "enterprise", "t-broker": "broker", "t-office": "district-office"}
    for name, kind in {**kinds, **dict.fromkeys(("t-one", "t-two", "t-three"), "institute")}.items():
        system.run("institution", "add", name, "--name-en", name, "--kind", kind)
    system.run("import", str(rows), "--as", "achievements", "--institution", "t-lab", "--wait")
    return system


def _moves(system: System, *words: str, expect: int = 0, **said: str) -> Any:
    given = [word for name, value in said.items() for word in ("--set", f"{name}={value}")]
    (result,) = system.json("tasks", "move", *words, *given, expect=expect)
    return result


def test_a_fund_promises_no_more_than_it_has_and_its_statement_balances(city: System) -> None:
    assert _moves(city, "fund", "open", _FUND, "--by", "t-fund", title="fund", amount="100.00")["state"] == "OPEN"
    _moves(city, "fund", "apply", _FUND, "F1", "--by", "t-lab", title="plant", amount="150.00", achievement=_REF)
    too_much = _moves(city, "fund", "approve", _FUND, "F1", "--by", "t-fund", expect=1, amount="150.00")
    assert (too_much["accepted"], too_much["state"], [one["rule"] for one in too_much["faults"]]) == (
        True, "APPLIED", ["amount"],
    )  # fmt: skip
    _moves(city, "fund", "approve", _FUND, "F1", "--by", "t-fund", amount="80.00")
    told = city.json("fund", _FUND)
    assert (told["is_balanced"], told["balances"]["AVAILABLE"], told["balances"]["RESERVED"]) == (
        True,
        "20.00",
        "80.00",
    )
    history = city.json("tasks", "show", _FUND, "F1")
    assert [(one["move"], one["counts"]) for one in history] == [("APPLY", True), ("APPROVE", False), ("APPROVE", True)]
    (funds,) = (one for one in city.json("targets") if one["target"] == "funds")
    assert funds["figure"] == "100.00"


def test_a_move_that_admission_refuses_is_told_and_one_that_fits_nothing_is_not_sent(city: System) -> None:
    refused = _moves(
        city, "policy", "open", "t-lab/P", "--by", "t-lab", expect=1, title="p", since="2026-01-01",
        policy='{"rule": "true", "benefit": "b"}',
    )  # fmt: skip
    assert (refused["accepted"], [one["rule"] for one in refused["faults"]]) == (False, ["verifier"])
    wrong = city.attempt("tasks", "move", "fund", "open", "t-lab/F", "--by", "t-lab")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "OPEN in FUND needs amount" in wrong.stderr


def test_an_evaluation_from_a_file_changes_maturity_once_however_often_it_is_sent(city: System, tmp_path: Path) -> None:
    before = datetime.now(UTC) - timedelta(days=1)
    about = {"task": "EVALUATION", "subject_institution_id": "t-lab", "subject_id": "A1", "case_id": "E1"}
    found = {"maturity": 5, "advancement": 70, "market": 70, "team": 70, "risk": 70}
    asked = [{**about, "move": "REQUEST", "title": "GB/T 22900-2022", "count": 3}] + [
        {**about, "move": "APPOINT", "person": name, "party_institution_id": name}
        for name in ("t-one", "t-two", "t-three")
    ]
    file = tmp_path / "moves.jsonl"
    file.write_text("\n".join(map(json.dumps, asked)), encoding="utf-8")
    sent = city.json("tasks", "send", str(file), "--by", "t-lab")
    assert [one["state"] for one in sent] == ["REQUESTED"] * 4
    for name in ("t-one", "t-two", "t-three"):
        said = json.dumps(found)
        _moves(city, "evaluation", "assess", _REF, "E1", "--by", name, person=name, evidence="r", assessment=said)
    _moves(city, "evaluation", "conclude", _REF, "E1", "--by", "t-lab")
    assert city.json("tasks", "send", str(file), "--by", "t-lab") == sent
    told = city.json("maturity", _REF)
    assert (told["maturity"], told["claimed_by_owner"], len(told["evaluations"])) == (5, 7, 1)
    city.run("maturity", _REF, "--at", before.isoformat(), expect=1)


def test_a_base_fits_by_what_experts_found_and_not_by_what_the_owner_claims(city: System) -> None:
    day = str(datetime.now(CHINA).date())
    base = "t-fund/LINE"
    _moves(city, "pilot-base", "open", base, "--by", "t-fund", title="line", label="pump")
    _moves(
        city, "pilot-base", "offer", base, "--by", "t-fund", slot="W1", count="1", since=day, until=day, label="pump"
    )
    _moves(city, "pilot-base", "book", base, "B1", "--by", "t-lab", slot="W1", achievement=_REF, maturity="5")
    (told,) = city.json("bases", "--achievement", _REF)
    assert (told["ref"], told["fitting"]) == (base, ["pump"])
    assert [(one["free"], [each["case_id"] for each in one["booked"]]) for one in told["slots"]] == [(0, ["B1"])]


def test_who_reports_a_lead_to_a_campaign_is_credited(city: System) -> None:
    day = datetime.now(CHINA).date()
    since, until = (str(day + timedelta(days=many)) for many in (-2, 2))
    campaign = "t-office/C1"
    _moves(city, "mining", "open", campaign, "--by", "t-office", title="c", count="3", since=since, until=until)
    _moves(city, "mining", "report", campaign, "L1", "--by", "t-broker", title="lead", text="t")
    _moves(city, "mining", "confirm", campaign, "L1", "--by", "t-office")
    _moves(city, "mining", "merge", campaign, "L1", "--by", "t-office", achievement=_REF, count="1")
    told = city.json("mining", campaign)
    assert (told["credit"], told["achievements"], told["target"]) == ({_REF: {"t-broker": "1"}}, 1, 3)
    season = f"{day.year}-Q{(day.month + 2) // 3}"
    entries = {
        one["party"]: (one["role"], one["mined"]) for one in city.json("recognition", "--season", season)["entries"]
    }
    assert entries["t-broker"] == ("INTERMEDIARY", 1)


def test_what_is_not_there_is_said(city: System) -> None:
    for command in (
        ("bases", "--achievement", "t-lab/none"),
        ("fund", "t-lab/none"),
        ("mining", "t-lab/none"),
        ("maturity", "t-lab/none"),
        ("tasks", "show", "x/y"),
    ):
        done = city.attempt(*command)
        assert (done.returncode, done.stdout) == (1, ""), command
        assert "none" in done.stderr or "x/y" in done.stderr
    assert city.json("intermediaries") == []


def test_what_was_said_in_tasks_stands_in_the_register_as_receipts_say(city: System) -> None:
    report = city.verified()
    assert report["differences"] == []
    assert report["checked"]["submissions"] > 20
