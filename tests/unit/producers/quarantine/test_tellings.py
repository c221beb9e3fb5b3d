"""A record in quarantine as people and machines see it."""

from __future__ import annotations

import base64
import io
import json

from rich.console import Console

from producers.quarantine import tellings
from producers.quarantine.deciding import drop
from schemas import codec
from schemas.records import QuarantineActed
from schemas.salvage import salvaged
from tests.unit.producers.quarantine.setting_aside import WORD, aside, history
from tests.unit.streams.making import achievement

GOOD = codec.encode(achievement())


def test_a_row_says_where_it_came_from_and_why_it_is_here() -> None:
    row = tellings.row(aside(GOOD[:-3]))
    assert (row["id"], row["state"], row["institution"], row["topic"]) == (
        "0/17",
        "open",
        "dlut",
        "techdock.inbox.dlut.v1",
    )
    assert (row["error"], row["attempts"], row["release"]) == ("Unreadable", 1, "0.1.0")
    assert row["first_failure"] == "2023-11-14T22:13:20.456+00:00"


def test_all_of_a_record_is_there_for_machines_with_its_bytes_intact() -> None:
    act = drop(aside(b"\xff\x00"), WORD)
    assert isinstance(act, QuarantineActed)
    told = json.loads(json.dumps(tellings.whole(aside(b"\xff\x00", act), salvaged(b"\xff\x00"))))
    assert base64.b64decode(told["value_base64"]) == b"\xff\x00"
    assert told["headers"] == [["source", "erp"]]
    assert [(one["action"], one["by"], one["reason"]) for one in told["acts"]] == [("DROPPED", "li@office", "because")]
    assert told["read"]["record"] is None


def test_people_see_what_was_read_and_where_it_failed() -> None:
    text = "\n".join(tellings.lines(aside(GOOD[:-3]), salvaged(GOOD[:-3])))
    assert "read as AchievementRegistered" in text
    assert "fails at byte" in text
    assert '"achievement_id": "A1"' in text
    assert "It can be read as it stands" in "\n".join(tellings.lines(aside(GOOD), salvaged(GOOD)))


def test_bytes_are_shown_in_hexadecimal_and_never_reach_the_terminal_themselves() -> None:
    lines = list(tellings.dump(b"A\x1b[2J" + bytes(700)))
    assert lines[0].startswith("00000000  41 1b 5b 32 4a 00")
    assert lines[0].endswith("A·[2J···········")
    assert lines[-1] == "193 more bytes: --bytes FILE writes them all"
    assert "\x1b" not in "".join(
        tellings.lines(aside(b"\x1b", key=b"\x1b", headers=[("a", b"\x1b")]), salvaged(b"\x1b"))
    )


def test_a_list_shows_markup_as_it_stands() -> None:
    out = io.StringIO()
    row = tellings.row(aside(b"", came=history(message="[red]x[/]")))
    Console(file=out, width=200).print(tellings.table([row]))
    assert "[red]x[/]" in out.getvalue()
