"""Headers of a record in quarantine: its history, and what it carried before."""

from __future__ import annotations

from dataclasses import replace

from schemas.quarantine import FIRST_FAILURE, RELEASE, REPLAY_OF, History, told, written

HISTORY = History("techdock.inbox.dlut.v1", 0, 17, 1_700_000_000_123, "admission", "Unreadable", "value: no bytes", 1)


def test_a_history_comes_back_from_its_headers_with_what_the_record_carried() -> None:
    carried = [("source", b"erp"), ("empty", None)]
    stamps = [(FIRST_FAILURE, b"1700000000456"), (RELEASE, b"0.1.0")]
    assert told([*carried, *written(HISTORY)]) == (HISTORY, carried)
    stamped = replace(HISTORY, first_failure=1_700_000_000_456, release="0.1.0")
    assert told([*carried, *written(HISTORY), *stamps]) == (stamped, carried)


def test_a_sender_cannot_forge_where_its_record_came_from() -> None:
    forged = written(replace(HISTORY, topic="techdock.inbox.dicp.v1", offset=1))
    assert told([*forged, *written(HISTORY)]) == (HISTORY, forged)


def test_a_replay_that_failed_again_keeps_the_address_it_came_from() -> None:
    carried = [("source", b"erp"), (REPLAY_OF, b"techdock.quarantine.v1/0/3")]
    assert told([*carried, *written(HISTORY)]) == (HISTORY, carried)


def test_headers_of_somebody_else_tell_no_history() -> None:
    assert told([("a", b"b")]) == (None, [("a", b"b")])
    assert told([("techdock-topic", b"t"), ("techdock-offset", b"x")])[0] is None
    assert told([("techdock-topic", None)])[0] is None


def test_a_message_is_short_and_harmless_to_print() -> None:
    headers = dict(written(replace(HISTORY, message="\x1b[2J" + "\udfff" + "长" * 600)))
    message = headers["techdock-message"].decode()
    assert message.startswith("\\x1b[2J\\udfff长")
    assert len(message) == 500
