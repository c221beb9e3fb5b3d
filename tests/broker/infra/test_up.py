"""``techdock up`` brings everything up, keeps it up, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra import runfiles
from infra.home import Home
from infra.runfiles import Record

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
Until = Callable[[Callable[[], bool]], None]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def environment(place: Home, artefacts: Path) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), str(HERE)])
    return {**os.environ, "PYTHONPATH": path, "TECHDOCK_HOME": str(place.root), "TECHDOCK_ARTEFACTS": str(artefacts)}


@pytest.fixture
def start(place: Home, environment: dict[str, str]) -> Iterator[Start]:
    """Starts a command in this home; everything is stopped when the test ends."""
    started: list[subprocess.Popen[str]] = []

    def begin(*command: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *command], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=hear_interrupts,
        )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()
    if place.run.exists():
        runfiles.clear(place.run)


def hear_interrupts() -> None:
    """A shell starts what runs in the background deaf to interrupts, and what that starts is deaf too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def answer(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


def left_behind(place: Home) -> list[str]:
    """Every process that has to do with this home, recorded or not, without asking anybody."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode().replace("\0", " ")
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            output = os.readlink(folder / "fd" / "1")
        except OSError:
            continue
        if parent != str(os.getpid()) and (str(place.root) in command or str(place.root) in output):
            found.append(command)
    return found


def record(place: Home, name: str) -> Record:
    found = runfiles.read(place.run / f"{name}.json")
    assert found is not None, name
    return found


def test_workers_are_kept_up_and_everything_is_found_and_stopped(place: Home, start: Start, until: Until) -> None:
    supervisor = start(str(HERE / "up_with_dummies.py"))
    until(lambda: place.endpoints.exists() or supervisor.poll() is not None)
    names = {found.name for found in runfiles.read_all(place.run)}
    assert names == {"admission-1", "admission-2", "web", "broker-1", "postgres", "supervisor"}

    targets = json.loads(place.targets.read_text(encoding="utf-8"))
    assert len(targets) == 3
    for target in targets:
        with urllib.request.urlopen(f"http://{target['targets'][0]}/metrics", timeout=5) as page:
            assert b"techdock_process_ready 1.0" in page.read()

    first = record(place, "admission-2")
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: (now := record(place, "admission-2")).pid != first.pid and now.state == "ready")

    code, said = answer(start("-m", "infra", "status", "--json"))
    status = json.loads(said)
    assert (code, status["ok"]) == (0, True)
    assert {found["name"]: found["deaths"] for found in status["processes"]}["admission-2"] == 1

    assert answer(start("-m", "infra", "down")) == (0, "stopped\n")
    code, said = answer(supervisor)
    assert code == 0
    assert "admission-2 was killed by SIGKILL; starting it again in 0.5 s" in said
    assert left_behind(place) == []
    assert sorted(path.name for path in place.run.iterdir()) == ["lock"]


MOMENTS = ["supervisor.json", "postgres.json", "broker-1.json", "migrate.json", "admission-1.json", "endpoints.json"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_supervisor_ended_at_any_moment_leaves_nothing_and_starts_again(
    place: Home, start: Start, until: Until, number: signal.Signals
) -> None:
    for moment in MOMENTS:
        supervisor = start(str(HERE / "up_with_dummies.py"))
        until(lambda: (place.run / moment).exists() or supervisor.poll() is not None)  # noqa: B023 - done by then
        supervisor.send_signal(number)
        supervisor.communicate(timeout=60)
        until(lambda: left_behind(place) == [])
        assert supervisor.returncode == (0 if number == signal.SIGTERM else -number), moment
    assert answer(start("-m", "infra", "up", "--bare", "--detach"))[0] == 0
    assert answer(start("-m", "infra", "down"))[0] == 0
    assert left_behind(place) == []


def test_detached_it_goes_on_alone_and_a_second_one_is_refused(place: Home, start: Start) -> None:
    code, said = answer(start("-m", "infra", "up", "--bare", "--detach"))
    assert code == 0
    assert "bootstrap: 127.0.0.1:" in said
    code, said = answer(start("-m", "infra", "up", "--bare", "--detach"))
    assert (code, said.count("\n")) == (2, 1)
    assert "already runs in" in said
    assert runfiles.is_alive(record(place, "supervisor"))
    assert answer(start("-m", "infra", "down")) == (0, "stopped\n")
    assert left_behind(place) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_who_gives_up_waiting_for_a_detached_start_takes_it_down(
    place: Home, start: Start, until: Until, number: signal.Signals
) -> None:
    launcher = start("-m", "infra", "up", "--bare", "--detach")
    until(lambda: (place.run / "postgres.json").exists())
    launcher.send_signal(number)
    launcher.communicate(timeout=60)
    until(lambda: left_behind(place) == [])
    assert not place.endpoints.exists()
