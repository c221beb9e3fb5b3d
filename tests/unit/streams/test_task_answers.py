"""What commands say of tasks, in the words of those who wrote them, whatever these look like to the terminal."""

from __future__ import annotations

import json

import pytest

from infra import answers
from schemas.records import LifeTask, TaskMove
from streams import base_commands, fund_commands, maturity_commands, mining_commands, task_commands
from streams.domain.tasks.base_catalogue import catalogue, fitting
from streams.domain.tasks.campaign_report import campaign
from streams.domain.tasks.fund_statement import statement
from streams.domain.tasks.maturity import maturity
from streams.domain.tasks.standing import advances_of, lines, steps
from tests.unit.streams.domain.tasks.arriving import events
from tests.unit.streams.domain.tasks.playing import TODAY, Play, assessment, money
from tests.unit.streams.making import achievement

M = TaskMove


def _evaluated() -> Play:
    play = Play(LifeTask.EVALUATION)
    for case_id, level in (("E1", 6), ("E2", 5)):
        play.counts(M.REQUEST, case_id, title="GB/T 22900-2022", count=3)
        for person in "abc":
            play.counts(M.APPOINT, case_id, person=person, party_institution_id="dicp")
            found = assessment(level, value_low=money("1000.00"), value_high=money("2000.00"))
            play.counts(
                M.ASSESS, case_id, person=person, institution_id="dicp", evidence="[/r]", assessment=found
            )  # fmt: skip
        play.counts(M.CONCLUDE, case_id)
    return play


def test_a_history_tells_a_refusal_with_its_repair_and_a_value_in_words() -> None:
    play = Play(LifeTask.FUND)
    play.move(M.OPEN, title="fund [/x]", amount=money("1000.00"))
    play.move(M.APPLY, "F1", title="plant", amount=money("60.00"), institution_id="dicp")
    play.move(M.APPROVE, "F1", amount=money("70.00"))
    told = [line for step in steps(events(play.told), "dlut/S1", None, None) for line in task_commands.told(step)]
    assert told == [
        "2026-03-01 00:00 UTC  FUND  OPEN → OPEN  by dlut",
        "    title: fund [/x]",
        "    amount: 1,000.00 CNY",
        "    entries: account CAPITAL, amount -1000.00; account AVAILABLE, amount 1000.00",
        "2026-03-01 01:00 UTC  FUND F1  APPLY → APPLIED  by dicp",
        "    title: plant",
        "    amount: 60.00 CNY",
        "2026-03-01 02:00 UTC  FUND F1  APPROVE refused at APPLIED  by dlut",
        "    amount.amount: amount: 60.00 was applied for: name no more than that",
    ]


def test_what_the_market_did_is_told_as_its_own() -> None:
    play = Play(LifeTask.PILOT_BASE)
    play.counts(M.OPEN, title="base", labels=("x",))
    play.counts(M.OFFER, slot_id="W1", count=1, since=TODAY, until=TODAY, labels=("x",))
    offered = {"achievement_institution_id": "dlut", "achievement_id": "A1", "slot_id": "W1", "maturity": 5}
    for case_id in ("B1", "B2"):
        play.move(M.BOOK, case_id, **offered)
    play.move(M.CANCEL, "B1", reason="late")
    told = [line for step in steps(events(play.told), "dlut/S1", None, None) for line in task_commands.told(step)]
    assert "2026-03-01 05:00 UTC  PILOT_BASE B2  PROMOTE → BOOKED  by the market (queue)" in told
    assert "    because: late" in told
    assert "    achievement: dlut/A1" in told


@pytest.mark.parametrize("play", [_evaluated()])
def test_every_answer_can_be_written_as_json(play: Play) -> None:
    log = events([achievement("S1"), *play.told])
    steps_told = [task_commands.plain_step(step) for step in steps(log, "dlut/S1", None, None)]
    assert len(json.loads(json.dumps(steps_told, default=str))) == len(play.told)
    assert json.loads(json.dumps(maturity_commands.as_plain(maturity(log, "dlut/S1")), default=str))["maturity"] == 5


def test_a_maturity_that_goes_down_is_said_with_what_it_was() -> None:
    told = [*maturity_commands.lines(maturity(events([achievement("S1", maturity=8), *_evaluated().told]), "dlut/S1"))]
    assert told[0] == "dlut/S1: maturity 5; its owner claims maturity 8"
    assert any("E2  maturity 5, down from 6  by GB/T 22900-2022" in line for line in told)
    assert "    a of dicp: maturity 5; worth 1,000.00 to 2,000.00 CNY" in told
    assert "    asked for by dlut; evidence: [/r]; [/r]; [/r]" in told


def test_a_statement_shows_every_account_and_says_that_it_balances(capsys: pytest.CaptureFixture[str]) -> None:
    play = Play(LifeTask.FUND)
    play.move(M.OPEN, title="fund [/x]", amount=money("1000.00"))
    found = statement(events(play.told), "dlut/S1")
    assert found is not None
    fund_commands._show(found)
    told = capsys.readouterr().out
    assert "dlut/S1 fund [/x]: OPEN, in CNY" in told
    assert "nobody has applied yet" in told
    assert "balanced: the lines of each move sum to nothing" in told
    fund_commands._show(found._replace(is_balanced=False))
    assert "NOT balanced" in capsys.readouterr().out


def test_a_campaign_tells_credit_as_exact_fractions() -> None:
    play = Play(LifeTask.MINING)
    play.counts(M.OPEN, title="c", count=5, since=TODAY, until=TODAY)
    for case_id, by, parts in (("L1", "dicp", 2), ("L2", "dmu", 1)):
        play.counts(M.REPORT, case_id, title="[b]lead", text="t", institution_id=by)
        play.counts(M.CONFIRM, case_id)
        play.counts(M.MERGE, case_id, achievement_institution_id="dmu", achievement_id="A1", count=parts)
    found = campaign(advances_of(events(play.told)), "dlut/S1")
    assert found is not None
    assert [*mining_commands.lines(found)][1:] == [
        "achievements 1 of 5; leads: 2 merged",
        "    L1  MERGED  by dicp  [b]lead → dmu/A1, parts 2",
        "    L2  MERGED  by dmu  [b]lead → dmu/A1, parts 1",
        "credit of dmu/A1: dicp 2/3, dmu 1/3",
        "together: dicp 2/3, dmu 1/3",
    ]
    assert mining_commands.campaign_plain(found)["credit_by_party"] == {"dicp": "2/3", "dmu": "1/3"}


def test_a_base_tells_why_it_fits_and_who_waits_where() -> None:
    play = Play(LifeTask.PILOT_BASE)
    play.counts(M.OPEN, title="base", labels=("C26",))
    play.counts(M.OFFER, slot_id="W1", count=1, since=TODAY, until=TODAY, labels=("C26",))
    offered = {"achievement_institution_id": "dlut", "achievement_id": "A1", "slot_id": "W1", "maturity": 5}
    for case_id in ("B1", "B2"):
        play.move(M.BOOK, case_id, **offered)
    (base,) = fitting(catalogue({(LifeTask.PILOT_BASE, "dlut/S1"): play.subject}), achievement(industries=("C26",)))
    assert [*base_commands.lines(base)] == [
        "dlut/S1 base: OPEN; C26",
        "    fits by C26",
        "    W1  2026-06-01 to 2026-06-01  0 of 1 free  C26",
        "        booked B1 dlut/A1",
        "        waits 1. B2 dlut/A1",
    ]
    assert base_commands.as_plain(base)["slots"][0]["waiting"][0]["case_id"] == "B2"


def test_a_table_shows_brackets_as_they_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    play = Play(LifeTask.FUND)
    play.move(M.OPEN, title="fund [/x]", amount=money("1000.00"))
    answers.print_table(("task", "title"), ((line.task, line.title) for line in lines(events(play.told))), "nothing")
    assert "fund [/x]" in capsys.readouterr().out
    answers.print_table(("task",), (), "nothing there")
    assert capsys.readouterr().out == "nothing there\n"
