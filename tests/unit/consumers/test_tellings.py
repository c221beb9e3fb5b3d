"""Matches are told so that a person sees why."""

from __future__ import annotations

from rich.console import Console

from consumers import tellings
from consumers.following import Heard
from schemas import codec
from schemas.records import Record
from tests.unit.consumers import facts


def heard(record: Record) -> Heard:
    name, values = codec.decode_fields(codec.encode(record))
    return Heard("1.2", name, values)


def test_reasons_come_strongest_first_with_their_share() -> None:
    reasons = [
        {"factor": "TERM", "detail": "催化", "contribution": 0.25},
        {"factor": "INDUSTRY", "detail": "C26", "contribution": 0.1},
        {"factor": "TERM", "detail": "+3", "contribution": 0.15},
        {"factor": "GATE", "detail": "open", "contribution": 0.0},
    ]
    assert tellings.why(reasons, 0.5) == "催化 50%, industry (C26) 20%, others 30%"


def test_many_reasons_are_summed_up() -> None:
    reasons = [{"factor": "TERM", "detail": f"t{n}", "contribution": 0.125} for n in range(8)]
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
