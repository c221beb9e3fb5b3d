"""Moves in tasks are read as people write them, with every fault that they have by themselves."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from producers.task_moves import drafts, rows, spelled
from schemas.errors import Misconfigured
from schemas.records import Assessment, LifeTask, Money, Shareholding, TaskMove, TaskMoved

NOW = datetime(2026, 3, 1, tzinfo=UTC)
APPLY: dict[str, Any] = {
    "task": "FUND", "move": "APPLY", "subject_institution_id": "fund", "subject_id": "F1", "case_id": "1",
    "title": "plant", "amount": {"amount": "5.00", "currency": "CNY"},
}  # fmt: skip


def read(row: Any, by: str = "dlut", now: datetime = NOW) -> TaskMoved:
    (draft,) = drafts([(1, row)], by, now)
    assert draft.move is not None, draft.faults
    return draft.move


def rules(row: Any) -> list[str]:
    (draft,) = drafts([(1, row)], "dlut", NOW)
    assert draft.move is None
    return [fault.rule for fault in draft.faults]


def test_who_sends_a_move_makes_it_unless_it_names_another_institution() -> None:
    assert read(APPLY).institution_id == "dlut"
    assert read({**APPLY, "institution_id": "neusoft"}).institution_id == "neusoft"
    assert read(APPLY).moved_at == NOW


def test_the_same_row_is_the_same_submission_whenever_it_is_sent_and_by_nobody_else() -> None:
    later = NOW + timedelta(days=1)
    assert read(APPLY).submission_id == read(dict(reversed(APPLY.items())), now=later).submission_id
    assert read(APPLY).submission_id != read(APPLY, by="dicp").submission_id
    assert read(APPLY).submission_id != read({**APPLY, "case_id": "2"}).submission_id


def test_a_row_with_an_id_keeps_it_and_may_name_its_record() -> None:
    name = "5f2f0a64-6f3c-5a70-9d3e-0a6f0b0c1d02"
    assert str(read({**APPLY, "record": "TaskMoved", "submission_id": name}).submission_id) == name


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({**APPLY, "titel": "x"}, ["unknown-field"]),
        ({**APPLY, "move": "SLEEP"}, ["unknown-value"]),
        ({**APPLY, "amount": None}, ["missing-field"]),
        ({**APPLY, "maturity": 5}, ["misplaced"]),
        ([], ["wrong-type"]),
        ("APPLY", ["wrong-type"]),
    ],
)
def test_what_a_move_does_not_fit_is_told(row: Any, found: list[str]) -> None:
    assert rules(row) == found


def test_a_file_has_one_move_a_list_of_them_or_one_a_line(tmp_path: Path) -> None:
    single, many, by_line = (tmp_path / name for name in ("one.json", "list.json", "lines.jsonl"))
    single.write_text(json.dumps(APPLY), encoding="utf-8")
    many.write_text(json.dumps([APPLY, APPLY]), encoding="utf-8")
    by_line.write_text(f"{json.dumps(APPLY)}\n\n{json.dumps(APPLY)}\n", encoding="utf-8")
    assert [line for line, _ in rows(single)] == [1]
    assert [line for line, _ in rows(many)] == [1, 2]
    assert [line for line, _ in rows(by_line)] == [1, 3]


@pytest.mark.parametrize("text", ['{"task": ', '{"amount": NaN}', '{"a": 1, "a": 2}', "[" * 100_000])
def test_what_is_no_json_is_said_with_its_place(text: str, tmp_path: Path) -> None:
    file = tmp_path / "moves.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match="line 1 is not JSON"):
        list(rows(file))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="name a file of JSON"):
        list(rows(tmp_path / "none.json"))


def test_fields_are_typed_in_words() -> None:
    said = spelled(
        ["title=首台套", "amount=5,000.50 EUR", "achievement=dlut/A/1", "party=neusoft", "label=C26", "label=C27",
         "since=2026-03-01", "count=3", "slot=W1", 'shares=[{"holder": "li", "parts": 2}]']
    )  # fmt: skip
    assert said["labels"] == ["C26", "C27"]
    assert (said["achievement_institution_id"], said["achievement_id"]) == ("dlut", "A/1")
    assert (said["party_institution_id"], said["slot_id"], said["count"]) == ("neusoft", "W1", 3)
    earn = {
        **APPLY, "task": "APPLICATION", "move": "EARN", "evidence": "1", "until": "2026-03-02", "title": "",
        "amount": said["amount"], "since": said["since"],
    }  # fmt: skip
    move = read(earn)
    assert (move.task, move.move, move.amount) == (
        LifeTask.APPLICATION, TaskMove.EARN, Money(Decimal("5000.50"), "EUR"),
    )  # fmt: skip
    assert (move.since, move.until) == (date(2026, 3, 1), date(2026, 3, 2))


def test_what_experts_find_and_who_has_a_company_is_typed_as_json() -> None:
    shares = spelled(['shares=[{"holder": "li", "parts": 2}]'])
    company = {**APPLY, "task": "INCUBATION", "amount": None, **spelled(["achievement=dlut/A1"]), **shares}
    assert read(company).shares == (Shareholding("li", 2),)
    found = '{"maturity": 5, "advancement": 1, "market": 2, "team": 3, "risk": 4}'
    assess = {
        **APPLY, "task": "EVALUATION", "move": "ASSESS", "amount": None, "title": "",
        **spelled(["person=li", "evidence=r", f"assessment={found}"]),
    }  # fmt: skip
    assert read(assess).assessment == Assessment(5, 1, 2, 3, 4)


@pytest.mark.parametrize("words", [["title"], ["=x"], ["title=a", "title=b"], ["party=a", "party=b"]])
def test_words_that_name_no_field_or_one_twice_are_refused(words: list[str]) -> None:
    with pytest.raises(Misconfigured, match="--set"):
        spelled(words)


def test_an_amount_without_a_currency_is_in_cny_and_a_wrong_one_is_told() -> None:
    assert spelled(["amount=5.00"])["amount"] == {"amount": "5.00", "currency": "CNY"}
    assert rules({**APPLY, **spelled(["amount=much"])}) == ["wrong-type"]
    assert rules({**APPLY, **spelled(["count=three"])}) != []
