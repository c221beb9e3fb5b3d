"""The life cycle on a real broker: workers that are killed while funds approve and bases are booked at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from infra import clients
from infra.reading import committed_records, ends, group_positions, places
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.records import LifeTask, Money, TaskAdvanced, TaskMove, TaskMoved, TaskState
from streams import task_check
from tests.broker.streams import alone
from tests.broker.streams.restartable import wait_until
from tests.broker.streams.workers import killed
from tests.unit.streams.living import filled, matched

endpoints, bootstrap = alone.endpoints, alone.bootstrap
_TOPICS = (
    topics.TASKS, topics.CLOCK, topics.MATCHES, topics.TASK_STATES, topics.TASK_REFUSALS, topics.QUARANTINE,
)  # fmt: skip
_GROUP = "techdock.life-cycle"
_SUBJECTS, _PLACES = 8, 6
#: A fund of a thousand approves sixteen applications for sixty each, whichever come first.
_MONEY, _ASKED, _APPROVED = Money(Decimal("1000.00"), "CNY"), Money(Decimal("60.00"), "CNY"), 16
M, T = TaskMove, LifeTask


@pytest.fixture(autouse=True)
def _topics(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create(_TOPICS)


def _say(bootstrap: str, moves: Sequence[TaskMoved]) -> None:
    producer = clients.producer(bootstrap)
    for move in moves:
        producer.send(topics.TASKS.name, codec.encode(move), move.subject_ref.encode())
    producer.flush()
    producer.close()


def _withdraws(bootstrap: str, achievement_id: str, demand_id: str) -> None:
    told = matched(False, achievement_id, demand_id)
    producer = clients.producer(bootstrap)
    producer.send(topics.MATCHES.name, codec.encode(told), told.demand_ref.encode())
    producer.flush()
    producer.close()


def _opened() -> list[TaskMoved]:
    now = datetime.now(UTC)
    found = []
    for number in range(_SUBJECTS):
        found.append(filled(T.FUND, M.OPEN, None, now, subject_id=f"F{number}", amount=_MONEY))
        found.append(filled(T.PILOT_BASE, M.OPEN, None, now, subject_id=f"B{number}"))
        found.append(filled(T.PILOT_BASE, M.OFFER, None, now, subject_id=f"B{number}", count=_PLACES))
    question = {"achievement_id": "first", "institution_id": "dicp", "subject_id": "D-first"}
    return [*found, filled(T.MARKET_PLAYERS, M.INVITE, "first", now, **question)]


class _Speaker(threading.Thread):
    """Asks all funds for money and all bases for places, over and over; the matches that it asks over are withdrawn."""

    def __init__(self, bootstrap: str, name: str, enough: threading.Event) -> None:
        super().__init__()
        self._producer = clients.producer(bootstrap)
        self._me, self._enough = name, enough
        self.said = 0

    def run(self) -> None:
        """Until it is enough."""
        turn = 0
        while not self._enough.wait(0.2):
            for number in range(_SUBJECTS):
                self._asks(number, turn)
            self._producer.flush()
            turn += 1
        self._producer.close()

    def _asks(self, number: int, turn: int) -> None:
        now, case = datetime.now(UTC), f"{self._me}{turn}"
        fund, base, demand = ({"subject_id": f"{kind}{number}"} for kind in "FBD")
        question = {"achievement_id": case, "institution_id": "dicp", **demand}
        self._says(filled(T.FUND, M.APPLY, case, now, amount=_ASKED, institution_id="dicp", **fund))
        self._says(filled(T.FUND, M.APPROVE, case, now, amount=_ASKED, **fund))
        self._says(filled(T.PILOT_BASE, M.BOOK, case, now, **base))
        self._says(filled(T.MARKET_PLAYERS, M.INVITE, case, now, **question))
        if turn % 3 == 2:
            self._says(filled(T.PILOT_BASE, M.CANCEL, f"{self._me}{turn - 2}", now, **base))
        for holds in (True, False, *((True,) if number % 2 else ())):
            told = matched(holds, case, f"D{number}")
            self._producer.send(topics.MATCHES.name, codec.encode(told), told.demand_ref.encode())

    def _says(self, move: TaskMoved) -> None:
        self._producer.send(topics.TASKS.name, codec.encode(move), move.subject_ref.encode())
        self.said += 1


def _worker(bootstrap: str, home: Path, name: str) -> AbstractContextManager[None]:
    return killed(bootstrap, home / name, "life-cycle", name)


def _advances(bootstrap: str) -> list[TaskAdvanced]:
    told = (codec.decode(one.value()) for one in committed_records(bootstrap, [topics.TASK_STATES.name]))
    return [one for one in told if isinstance(one, TaskAdvanced)]


def _last(bootstrap: str) -> dict[tuple[LifeTask, str, str | None], TaskAdvanced]:
    """How every case, and every subject, was told last."""
    return {(one.task, one.subject_ref, one.case_id): one for one in _advances(bootstrap)}


def _told(bootstrap: str) -> int:
    """How far the topic of states reaches, markers of transactions included."""
    return sum(ends(bootstrap, places(bootstrap, [topics.TASK_STATES.name])).values())


def _is_heard(bootstrap: str) -> bool:
    """Whether the lane has decided all moves, and read all matches."""
    both = [topics.TASKS.name, topics.MATCHES.name]
    heard = {place: at for topic in both for place, at in group_positions(bootstrap, _GROUP, topic).items()}
    return heard == ends(bootstrap, places(bootstrap, both))


def test_money_is_promised_once_and_places_are_given_once_though_workers_are_killed(
    bootstrap: str, tmp_path: Path
) -> None:
    _say(bootstrap, _opened())
    enough = threading.Event()
    speakers = [_Speaker(bootstrap, name, enough) for name in ("a", "b")]
    for speaker in speakers:
        speaker.start()
    try:
        for _ in range(3):
            before = _told(bootstrap)
            # It is killed over its work: both go on speaking.
            with _worker(bootstrap, tmp_path, "life-cycle-1"), _worker(bootstrap, tmp_path, "life-cycle-2"):
                wait_until(lambda: _told(bootstrap) > before, 60, "nothing is decided")  # noqa: B023
    finally:
        enough.set()
        for speaker in speakers:
            speaker.join()
    with _worker(bootstrap, tmp_path, "life-cycle-1"), _worker(bootstrap, tmp_path, "life-cycle-2"):
        wait_until(lambda: _is_heard(bootstrap), 120, "not all is decided")
        # It waits for its answer by now, however quickly the others heard of what was withdrawn.
        _withdraws(bootstrap, "first", "D-first")
        wait_until(lambda: _is_heard(bootstrap), 60, "what was withdrawn is not heard")
    _is_exact(bootstrap, len(_opened()) + sum(speaker.said for speaker in speakers))


def _is_exact(bootstrap: str, said: int) -> None:
    checked, found = task_check.check(bootstrap)
    assert found == []
    assert checked["task_moves"] == said
    told = Counter((one.task, one.subject_id, one.state) for one in _last(bootstrap).values() if one.case_id)
    for number in range(_SUBJECTS):
        assert told[T.FUND, f"F{number}", TaskState.APPROVED] == _APPROVED
        assert told[T.PILOT_BASE, f"B{number}", TaskState.BOOKED] == _PLACES
    assert checked["tasks_taken_back"] > 0
    assert list(committed_records(bootstrap, [topics.QUARANTINE.name])) == []
