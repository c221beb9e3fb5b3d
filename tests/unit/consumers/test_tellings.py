"""Matches are told so that a person sees why."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from consumers import tellings
from consumers.following import Heard
from schemas import codec
from schemas.records import Record
from tests.unit.consumers import facts


def heard(record: Record) -> Heard:
    name, values = codec.decode_fields(codec.encode(record))
    return Heard("1.2", name, values)


def _reason(factor: str, detail: str, contribution: float, in_title: int = -1, in_keywords: int = -1) -> dict[str, Any]:
    told = {"factor": factor, "detail": detail, "contribution": contribution}
    return {**told, "in_title": in_title, "in_keywords": in_keywords}


def test_what_the_words_of_each_field_make_of_the_score_is_told_once() -> None:
    reasons = [
        _reason("TERM", "pump", 0.3, 160, 0),
        _reason("TERM", "+2", 0.1, 120, 120),
        _reason("PLACE", "2102", 0.1),
    ]
    assert tellings.why(reasons, 0.5).endswith("others 20%; words by field: title 50%, keywords 10%, abstract 20%")


def test_reasons_come_strongest_first_with_their_share() -> None:
    reasons = [
        _reason("TERM", "催化", 0.25),
        _reason("INDUSTRY", "C26", 0.1),
        _reason("TERM", "+3", 0.15),
        _reason("GATE", "open", 0.0),
        _reason("CUT", "demand, en: the 256 weightiest of 300 terms", 0.0),
    ]
    assert tellings.why(reasons, 0.5) == "催化 50%, industry (C26) 20%, others 30%"


def test_many_reasons_are_summed_up() -> None:
    reasons = [_reason("TERM", f"t{n}", 0.125) for n in range(8)]
    assert tellings.why(reasons, 1.0).endswith("others 38%")


def test_a_title_with_brackets_is_printed_as_it_is() -> None:
    told = {**codec.decode_fields(codec.encode(facts.proposed("d", "a")))[1], "demand_title": "[red]x[/] [0, 1]"}
    console = Console(width=120)
    with console.capture() as caught:
        console.print(tellings.match_table([told]))
    assert "[red]x[/] [0, 1]" in caught.get()


def test_an_event_is_one_line_that_says_what_happened() -> None:
    assert tellings.event_line(heard(facts.proposed("d", "a", 0.5))).plain.startswith(
        "+ 0.500  需要催化剂 (district-210202/d)"
    )
    assert tellings.event_line(heard(facts.match_withdrawn("d", "a"))).plain.startswith("- outranked")
    assert "\n" not in tellings.event_line(heard(facts.revised("d", "a", 0.7))).plain


def test_events_are_picked_by_either_name_of_a_demand() -> None:
    event = heard(facts.proposed("d", "a"))
    assert tellings.concerns(event, "d", None)
    assert tellings.concerns(event, "district-210202/d", "dlut/a")
    assert not tellings.concerns(event, "dlut/d", None)
