"""Clocks over deals on a real broker: a worker that is killed between due and struck, and what is told of it all."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra import clients
from infra.home import Endpoints
from infra.reading import committed_records, last_before_group
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.records import (
    AchievementRegistered,
    ClockAction,
    ClockFired,
    ClockTicked,
    Move,
    NegotiationUpdated,
)
from streams import deal_check
from tests.broker.streams import alone
from tests.broker.streams.commands import techdock
from tests.broker.streams.restartable import wait_until
from tests.broker.streams.workers import killed
from tests.unit.streams.making import achievement, move

endpoints, bootstrap = alone.endpoints, alone.bootstrap
_NAMES = ("A1", "A2", "A3")
_TOPICS = (
    topics.NEGOTIATIONS, topics.CLOCK, topics.DEALS, topics.HELD_MOVES, topics.DEAL_CLOCKS, topics.REFUSALS,
    topics.QUARANTINE,
)  # fmt: skip
_REMIND, _ESCALATE, _CLOSE, _GIVE_UP = (
    ClockAction.REMIND, ClockAction.ESCALATE, ClockAction.CLOSE, ClockAction.GIVE_UP,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _topics(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create(_TOPICS)


def _say(bootstrap: str, *records: AchievementRegistered | NegotiationUpdated) -> None:
    producer = clients.producer(bootstrap)
    for record in records:
        key = record.ref if isinstance(record, AchievementRegistered) else record.achievement_ref
        producer.send(topics.NEGOTIATIONS.name, codec.encode(record), key.encode())
    producer.flush()
    producer.close()


def _tick(bootstrap: str, now: datetime) -> None:
    producer = clients.producer(bootstrap)
    for partition in range(topics.CLOCK.partitions):
        producer.send(topics.CLOCK.name, codec.encode(ClockTicked(now)), partition=partition)
    producer.flush()
    producer.close()


def _fired(bootstrap: str) -> list[ClockFired]:
    told = (codec.decode(one.value()) for one in committed_records(bootstrap, [topics.DEAL_CLOCKS.name]))
    return [one for one in told if isinstance(one, ClockFired)]


def _struck(bootstrap: str) -> Counter[ClockAction]:
    return Counter(one.action for one in _fired(bootstrap))


def _worker(bootstrap: str, home: Path) -> AbstractContextManager[None]:
    return killed(bootstrap, home, "deals", "deals-1")


def _until(bootstrap: str, now: datetime, wanted: dict[ClockAction, int]) -> None:
    """The clock ticks on, as it does, until so many have struck."""

    def ticked() -> bool:
        _tick(bootstrap, now)
        return _struck(bootstrap) == wanted

    wait_until(ticked, 90, f"it did not come to {wanted}")


def test_what_is_due_while_nobody_works_strikes_once_when_somebody_does(endpoints: Endpoints, tmp_path: Path) -> None:
    bootstrap, began, many = endpoints.bootstrap, datetime.now(UTC), len(_NAMES)
    _say(bootstrap, *(achievement(name) for name in _NAMES))
    _say(bootstrap, *(move(Move.CONTACT, 1, achievement_id=name, moved_at=began) for name in _NAMES))
    _say(bootstrap, move(Move.PAUSE, 4, moved_at=began))
    with _worker(bootstrap, tmp_path):
        _until(bootstrap, began + timedelta(14), {_REMIND: many})
    # It is dead when the next one is due, and another takes its place.
    _tick(bootstrap, began + timedelta(26))
    with _worker(bootstrap, tmp_path):
        _until(bootstrap, began + timedelta(26), {_REMIND: many, _ESCALATE: many})
        _tick(bootstrap, began + timedelta(60))
    # It was killed before, while or after it let them strike: nobody knows, and it makes no difference.
    everything = {_REMIND: many, _ESCALATE: many, _CLOSE: many, _GIVE_UP: 1}
    with _worker(bootstrap, tmp_path):
        _until(bootstrap, began + timedelta(60), everything)
        last = began + timedelta(365)
        _tick(bootstrap, last)
        wait_until(lambda: _heard(bootstrap) == last, 60, "the last tick was not heard")
    assert _struck(bootstrap) == everything
    checked, found = deal_check.check(bootstrap)
    assert found == []
    assert (checked["deals"], checked["clocks_fired"], checked["moves_waiting"]) == (many, 3 * many + 1, 0)
    _are_listed(endpoints, tmp_path)


def _heard(bootstrap: str) -> datetime:
    """What the lane takes for now where it has heard least."""
    ticks = last_before_group(bootstrap, "techdock.deals", topics.CLOCK.name)
    said = [codec.decode(ticks.get(partition)) for partition in range(topics.CLOCK.partitions)]
    return min(one.now for one in said if isinstance(one, ClockTicked))


def _are_listed(endpoints: Endpoints, home: Path) -> None:
    done = techdock(endpoints, home, "clocks", "list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    listed = json.loads(done.stdout)
    assert Counter(one["action"] for one in listed) == {"REMIND": 3, "ESCALATE": 3, "CLOSE": 3, "GIVE_UP": 1}
    assert all(one["fired_at"] for one in listed)
    deal = listed[0]["deal"]
    told = techdock(endpoints, home, "clocks", "list", "--deal", deal[:13]).stdout.splitlines()
    assert all(deal in line and "struck" in line for line in told)
    before = techdock(endpoints, home, "clocks", "list", "--due-before", "2026-01-01")
    assert (before.returncode, before.stdout) == (0, "no clock runs over such a deal\n")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [(("--due-before", "spring"), 2, "2026-12-31"), (("--deal", "nowhere"), 1, "'nowhere'")],
)
def test_what_cannot_be_listed_is_said(
    arguments: tuple[str, ...], code: int, word: str, endpoints: Endpoints, tmp_path: Path
) -> None:
    done = techdock(endpoints, tmp_path, "clocks", "list", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert word in done.stderr
