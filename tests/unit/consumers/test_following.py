"""The stream's lines are read as the standard says."""

from __future__ import annotations

from consumers.cursor import Cursor
from consumers.following import Message, messages
from consumers.streaming import as_event
from consumers.subscription import Event


def test_what_the_server_writes_is_what_the_client_reads() -> None:
    text = as_event(Event(Cursor((1, 2)), "MatchProposed", '{"a":"b: c"}'))
    assert list(messages(text.split("\n")[:-1])) == [Message("1.2", "MatchProposed", '{"a":"b: c"}')]


def test_an_id_alone_moves_the_cursor() -> None:
    assert list(messages([": heartbeat", "id: 3.4", ""])) == [Message("3.4")]


def test_several_data_lines_are_one_text() -> None:
    assert list(messages(["data: a", "data:b", ""])) == [Message(None, "message", "a\nb")]


def test_what_is_cut_off_in_the_middle_is_no_message() -> None:
    assert list(messages(["id: 3.4", "event: MatchProposed", 'data: {"a"'])) == []
