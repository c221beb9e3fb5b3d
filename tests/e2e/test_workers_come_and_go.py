"""Whatever becomes of the workers while facts come in, the live matches are what brute force says.

``techdock verify`` compares them with the register and the tables. Every harm is done in the middle of a load: some of
it was decided before, some of it comes after.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from infra.reading import ends, places
from schemas import topics
from tests.e2e.conftest import System, another, until

#: Submissions a second: little enough for two workers and two more that start meanwhile on two cores.
RATE = 80
#: Seconds until there is no more: longer than all that is waited for meanwhile may take.
LONGEST = 600


class Load:
    """Submissions at a steady rate for as long as the test wants, and how many achievements of it are registered."""

    def __init__(self, system: System, institution: str) -> None:
        self._bootstrap = system.bootstrap()
        self._process = system.start(
            "load", "--rate", str(RATE), "--count", str(LONGEST * RATE), "--institution", institution
        )  # fmt: skip

    def go_on(self, achievements: int = 250) -> None:
        """Return once so many more are registered, while still more come."""
        before = self._registered()
        until(lambda: not self._is_going() or self._registered() - before >= achievements, 180)
        assert self._is_going(), "the load was over too early"

    def stop(self) -> None:
        """Send no more, whatever the test came to."""
        self._process.terminate()
        self._process.wait(30)

    def _is_going(self) -> bool:
        return self._process.poll() is None

    def _registered(self) -> int:
        return sum(ends(self._bootstrap, places(self._bootstrap, [topics.ACHIEVEMENTS.name])).values())


@contextmanager
def loading(system: System, institution: str) -> Iterator[Load]:
    load = Load(system, institution)
    try:
        yield load
    finally:
        load.stop()


def _agrees(system: System) -> None:
    report = system.verified()
    assert report["differences"] == []
    assert report["checked"]["matches"] > 500


def _deaths(system: System, name: str) -> int:
    return next(int(one["deaths"]) for one in system.json("status")["processes"] if one["name"] == name)


@pytest.mark.parametrize("lane", ["matching", "ranking"])
def test_a_worker_killed_in_the_middle_of_a_load_leaves_nothing_wrong(system: System, lane: str) -> None:
    before = _deaths(system, f"{lane}-1")
    with loading(system, f"{lane}-killed") as load:
        load.go_on()
        os.kill(system.pid(f"{lane}-1"), signal.SIGKILL)
        load.go_on()
    _agrees(system)
    assert _deaths(system, f"{lane}-1") == before + 1


def test_workers_that_join_and_leave_in_the_middle_of_a_load_change_nothing(system: System) -> None:
    with loading(system, "joined") as load, ExitStack() as stack:
        load.go_on()
        # Partitions are dealt out in the order of names: these two get one each, and some other has none.
        workers = [
            stack.enter_context(another(system, "streams", lane, f"{lane}-0")) for lane in ("matching", "ranking")
        ]
        until(lambda: all(worker.batches() > 0 for worker in workers), 180)
        load.go_on()
        for worker in workers:
            worker.leave()
        load.go_on()
    _agrees(system)
