"""However a supervisor ends, nothing of it stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra import home, runfiles
from infra.children import Command, tail
from infra.crew import Background, Crew, Stopping, StopRequest
from infra.home import Home
from infra.runfiles import Record
from infra.terminal import Step
from schemas.errors import Misconfigured, Unavailable
from tests.unit.infra.conftest import Until

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}"
SCRIPT = Path(__file__).with_name("supervising.py")
ROOT = Path(__file__).parents[3]

Supervise = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def supervise(place: Home) -> Iterator[Supervise]:
    """Starts a supervisor of dummies in a process of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**dummies: str) -> subprocess.Popen[bytes]:
        arguments = [f"{name}={code}" for name, code in dummies.items()]
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(place.root), *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_killed_supervisor_takes_its_children_with_it(place: Home, supervise: Supervise, until: Until) -> None:
    supervisor = supervise(mild=SLEEPS, stubborn=STUBBORN)
    until(lambda: all(tail(place.log_of(name)) == "up" for name in ("mild", "stubborn")))
    records = runfiles.read_all(place.run)
    assert len(records) == 2
    supervisor.kill()
    until(lambda: not any(runfiles.is_alive(record) for record in records))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_supervisor_that_is_asked_to_stop_leaves_nothing(
    place: Home, supervise: Supervise, until: Until, number: signal.Signals
) -> None:
    supervisor = supervise(mild=SLEEPS, stubborn=STUBBORN)
    until(lambda: all(tail(place.log_of(name)) == "up" for name in ("mild", "stubborn")))
    records = runfiles.read_all(place.run)
    supervisor.send_signal(number)
    assert supervisor.wait(10) == 0
    assert not any(runfiles.is_alive(record) for record in records)
    assert runfiles.read_all(place.run) == ()


@pytest.mark.parametrize("round_number", range(10))
def test_a_supervisor_killed_while_it_starts_leaves_nothing(
    place: Home, supervise: Supervise, until: Until, round_number: int
) -> None:
    supervisor = supervise(**{f"dummy-{number}": SLEEPS for number in range(10)})
    until(lambda: len(list(place.run.glob("dummy-*.json"))) >= round_number)
    supervisor.kill()
    supervisor.wait()
    until(lambda: not any(runfiles.is_alive(record) for record in runfiles.read_all(place.run)))
    until(lambda: not children_of(place))


def children_of(place: Home) -> list[str]:
    """Every process that writes into this home's logs: also one that was not recorded yet."""
    found = []
    for output in Path("/proc").glob("[0-9]*/fd/1"):
        try:
            if str(place.logs) in os.readlink(output):
                found.append(str(output))
        except (FileNotFoundError, PermissionError):
            continue
    return found


def test_a_child_that_is_killed_comes_back_under_another_pid(place: Home, supervise: Supervise, until: Until) -> None:
    supervise(phoenix=SLEEPS)

    def reborn() -> Record | None:
        return runfiles.read(place.run / "phoenix.json")

    until(lambda: tail(place.log_of("phoenix")) == "up")
    first = reborn()
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: (record := reborn()) is not None and record.pid != first.pid and runfiles.is_alive(record))
    second = reborn()
    assert second is not None
    assert second.deaths == 1


def test_two_supervisors_of_one_home_do_not_meet(place: Home) -> None:
    with home.held(place), pytest.raises(Misconfigured, match="already runs in"), home.held(place):
        pass
    with home.held(place):
        pass


class Told:
    """Steps that only take notes."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def step(self, title: str) -> Step:
        raise AssertionError(title)

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def crew(place: Home) -> Iterator[Crew]:
    crew = Crew(place, StopRequest(), Told(), patience=5.0)  # type: ignore[arg-type]
    yield crew
    crew.stop()


def python(name: str, code: str) -> Command:
    return Command(name, (sys.executable, "-c", code), grace=1.0)


def test_a_death_while_starting_comes_with_the_end_of_the_log(crew: Crew) -> None:
    crew.start(python("broker-1", "import sys; print('address in use'); sys.exit(1)"), lambda: False, 0)
    with pytest.raises(Unavailable, match=r"broker-1 ended with code 1 while starting (?s:.*)address in use"):
        crew.wait_until_ready(0, deaths_allowed=False)


def test_a_process_that_is_misconfigured_is_not_tried_again(crew: Crew) -> None:
    crew.start(python("web", "import sys; print('TECHDOCK_X: no'); sys.exit(2)"), lambda: False, 0)
    with pytest.raises(Misconfigured, match=r"web is misconfigured (?s:.*)TECHDOCK_X: no"):
        crew.wait_until_ready(0, deaths_allowed=True)


def test_a_process_that_dies_once_may_try_again(crew: Crew, tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    code = f"import pathlib,sys,time; p=pathlib.Path({str(stamp)!r}); seen=p.exists(); p.touch(); seen or sys.exit(1)"
    crew.start(python("admission-1", f"{code}; time.sleep(60)"), lambda: len(crew.steps.lines) > 0, 0)  # type: ignore[attr-defined]
    crew.wait_until_ready(0, deaths_allowed=True)
    assert crew.ranks[0][0].deaths.total == 1


def test_what_takes_too_long_is_named(crew: Crew) -> None:
    crew.patience = 0.1
    crew.start(python("matching-1", SLEEPS), lambda: False, 0)
    with pytest.raises(Unavailable, match=r"not ready after 0 s: matching-1 \(log: "):
        crew.wait_until_ready(0, deaths_allowed=True)


def test_a_request_to_stop_ends_any_wait(crew: Crew) -> None:
    crew.start(python("matching-1", SLEEPS), lambda: False, 0)
    crew.request.made = True
    with pytest.raises(Stopping):
        crew.wait_until_ready(0, deaths_allowed=True)


def test_a_command_that_fails_is_told_with_the_end_of_its_log(crew: Crew) -> None:
    done: list[str] = []
    with pytest.raises(Unavailable, match=r"migrate ended with code 1 (?s:.*)no such table"):
        crew.run_to_its_end(
            python("migrate", "import sys; sys.exit('no such table')"), lambda: done.append("meanwhile")
        )
    assert done == ["meanwhile"]


def test_what_goes_wrong_in_the_background_is_raised_where_someone_waits() -> None:
    def fails() -> None:
        raise Unavailable("no network")

    with pytest.raises(Unavailable, match="no network"):
        Background(fails).result(StopRequest())
