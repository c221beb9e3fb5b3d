"""What is on its way to Kafka is bounded, and what goes wrong in a thread is never lost."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from confluent_kafka import KafkaError

from producers.gateway.follower import Follower
from producers.gateway.inboxes import Inboxes, Unsure
from producers.gateway.submissions import Outgoing
from schemas.errors import Unavailable

#: Nobody listens there.
NOWHERE = "127.0.0.1:1"


async def test_for_more_than_there_is_room_nothing_is_sent() -> None:
    failed: list[BaseException] = []
    inboxes = Inboxes(NOWHERE, failed.append)
    small = Outgoing(uuid.uuid4(), b"k", b"v", ())
    large = Outgoing(uuid.uuid4(), b"k", b"v" * 1024**2, ())
    for many in ([small] * 50_001, [large] * 65):
        with pytest.raises(Unavailable, match="nothing of this was sent") as caught:
            await inboxes.put("techdock.inbox.dlut.v1", many, ())
        assert not isinstance(caught.value, Unsure)


async def test_what_cannot_be_taken_in_ends_the_process() -> None:
    failed: list[BaseException] = []
    follower = Follower(NOWHERE, "techdock.institutions.v1", failed.append)
    wrong = ValueError("no such event")

    def take(_messages: object, _is_at_end: bool) -> None:
        raise wrong

    follower._hand(take, (), True)
    assert failed == [wrong]
    assert not follower.is_current


@pytest.mark.parametrize(("code", "ends"), [(KafkaError._FATAL, True), (KafkaError._TRANSPORT, False)])
async def test_a_producer_that_can_never_send_again_ends_the_process(code: int, ends: bool) -> None:
    failed: list[BaseException] = []
    inboxes = Inboxes(NOWHERE, failed.append)
    inboxes.went_wrong(KafkaError(code))
    await asyncio.sleep(0)
    assert bool(failed) is ends
