"""One record in a hundred is poison: nothing stands still, nothing is lost, and every achievement keeps its order."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from infra import clients
from schemas import codec, topics
from schemas.records import SubmissionAccepted
from tests.broker.streams.admitting import Admitting, admitting, until
from tests.unit.streams.making import achievement

_EVENTS = 20_000
_PER_SECOND = 2_000
_POISON = 100
_INBOXES = 4
_ACHIEVEMENTS = 50


def _event(institution_id: str, number: int) -> tuple[bytes, str, bool]:
    """The bytes of one submission, its subject, and whether they are broken."""
    name, version = f"A{number % _ACHIEVEMENTS}", number // _ACHIEVEMENTS + 1
    made_of = uuid.uuid5(uuid.NAMESPACE_URL, f"{institution_id} {number}")
    good = codec.encode(achievement(name, version=version, institution_id=institution_id, submission_id=made_of))
    # Spread so that each achievement meets it at some version.
    is_poison = (number + number // _POISON) % _POISON == 0
    return (good[:-2] if is_poison else good), name, is_poison


def _feed(world: Admitting) -> None:
    """All events at their rate; every second, each inbox is to be worked off before more comes."""
    for start in range(0, _EVENTS, _PER_SECOND):
        until_next = time.monotonic() + 1
        for number in range(start, start + _PER_SECOND):
            one = world.institutions[number % _INBOXES]
            value, name, _ = _event(one, number // _INBOXES)
            world.say(one, value, name)
        world.flush()
        sent = (start + _PER_SECOND) // _INBOXES
        until(lambda sent=sent: all(world.position(one) == sent for one in world.institutions), 15)  # type: ignore[misc]
        while time.monotonic() < until_next:
            world.wait(0.01)


def test_poison_at_a_steady_rate_stops_loses_and_reorders_nothing(bootstrap: str) -> None:
    with admitting(bootstrap, *"abcd") as world:
        _feed(world)
        registered = world.registered()
        for one in world.institutions:
            _check(world, one, registered)


def _check(world: Admitting, one: str, registered: Mapping[str, list[int]]) -> None:
    events = [_event(one, turn) for turn in range(_EVENTS // _INBOXES)]
    good = [(name, turn // _ACHIEVEMENTS + 1) for turn, (_, name, is_poison) in enumerate(events) if not is_poison]
    poison = [value for value, _, is_poison in events if is_poison]
    assert len(poison) == len(events) // _POISON
    receipts = world.receipts(one)
    assert all(isinstance(receipt, SubmissionAccepted) for receipt in receipts)
    # One receipt each, in the order of the submissions, though poison lies between them.
    assert [(receipt.subject_id, receipt.version) for receipt in receipts] == good
    for name in {name for name, _ in good}:
        assert registered[f"{one}/{name}"] == [version for subject, version in good if subject == name]
    aside = world.quarantined(one)
    assert [value for _, value in aside] == poison
    assert [history.offset for history, _ in aside] == [turn for turn, event in enumerate(events) if event[2]]
    assert {history.error for history, _ in aside} == {"Unreadable"}


class _NoText(str):
    """The name of a header in bytes that are no UTF-8, as clients in other languages may send one."""

    __slots__ = ()

    def encode(self, *_how: str) -> bytes:
        return b"\xff\xfe"


def test_a_header_whose_name_is_no_text_costs_nobody_anything(bootstrap: str) -> None:
    with admitting(bootstrap, "a", "b") as world:
        odd, usual = world.institutions
        producer = clients.producer(bootstrap)
        value, _, _ = _event(odd, 1)
        producer.send(topics.inbox(odd).name, value, b"A1", headers=[(_NoText("odd"), b"x")]).get(30)
        producer.close()
        for one in (odd, usual):
            world.say(one, _event(one, 2)[0], "A2")
        world.flush()
        until(lambda: (world.position(odd), world.position(usual)) == (2, 1), 60)
        assert [receipt.subject_id for receipt in world.receipts(odd)] == ["A1", "A2"]
        assert [receipt.subject_id for receipt in world.receipts(usual)] == ["A2"]
