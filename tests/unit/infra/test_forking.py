"""Our own jobs are forked from a process that has loaded everything, and are children like any other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import children, forking, runfiles
from infra.children import Child, Command, tail
from infra.crew import Stopping
from infra.forking import Forked, ForkServer
from infra.forkserver import Job
from infra.home import Home
from infra.runfiles import Record
from tests.unit.infra.conftest import Until

SCRIPT = Path(__file__).with_name("supervising.py")
ROOT = Path(__file__).parents[3]
#: What the jobs of these tests have loaded before they begin.
LOADED = "import os\nwhere = None\ndef load():\n    global where\n    where = os.getpid()\n"
DESCRIBES = """
import json, os, sys
from shop import preloaded
print(json.dumps({
    "argv": sys.argv, "command": open("/proc/self/cmdline").read().rstrip("\\0").split("\\0"), "env": dict(os.environ),
    "loaded_in": preloaded.where, "parent": os.getppid(), "session": os.getsid(0), "pid": os.getpid(),
    "files": sorted(os.listdir("/proc/self/fd")), "name": __name__,
}))
"""
SLEEPS = "import time; print('up', flush=True); time.sleep(60)"

Make = Callable[..., ForkServer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A package ``shop`` whose jobs are its modules."""
    shop = tmp_path / "code" / "shop"
    shop.mkdir(parents=True)
    (shop / "__init__.py").touch()
    (shop / "preloaded.py").write_text(LOADED, encoding="utf-8")
    for name, code in {"describes": DESCRIBES, "sleeps": SLEEPS}.items():
        (shop / f"{name}.py").write_text(code, encoding="utf-8")
    return shop


@pytest.fixture
def make(place: Home, folder: Path) -> Iterator[Make]:
    """Makes fork servers that have loaded ``shop``."""
    made: list[ForkServer] = []

    def server(check: Callable[[], None] = lambda: None, **env: str) -> ForkServer:
        paths = os.pathsep.join([str(ROOT), str(folder.parent)])
        found = ForkServer(["shop"], {"PYTHONPATH": paths, **env}, place.log_of("forkserver"), check)
        made.append(found)
        return found

    yield server
    for one in made:
        one.close()


def child(place: Home, folder: Path, module: str, *arguments: str) -> Child:
    command = Command(
        module, (sys.executable, "-m", f"shop.{module}", *arguments), {"PYTHONPATH": str(folder.parent), "ONLY": "here"}
    )
    return Child(command, place, lambda: True)


def ended(one: Child, until: Until) -> int:
    until(lambda: one.exit_code() is not None)
    code = one.exit_code()
    assert code is not None
    return code


def test_a_forked_job_is_as_if_it_had_been_started(place: Home, folder: Path, make: Make, until: Until) -> None:
    described: list[dict[str, Any]] = []
    for server in (make(), None):
        one = child(place, folder, "describes", "a", "b c")
        one.start(server)
        assert ended(one, until) == 0
        described.append(json.loads(tail(one.log).splitlines()[-1]))
    forked, started = described
    # Where it was loaded is all that differs.
    assert forked["loaded_in"] not in (None, forked["pid"])
    assert started["loaded_in"] is None
    assert (forked["parent"], forked["session"]) == (os.getpid(), forked["pid"])
    for description in described:
        for name in ("loaded_in", "session", "pid"):
            del description[name]
    assert forked == started


def test_a_forked_job_that_is_killed_is_told_so_and_comes_back_anew(
    place: Home, folder: Path, make: Make, until: Until
) -> None:
    one = child(place, folder, "sleeps")
    one.start(make())
    until(lambda: tail(one.log) == "up")
    first = record(place, "sleeps")
    assert runfiles.is_alive(first)
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: one.exit_code() is not None)
    news = one.look_after(100.0)
    assert news is not None
    assert "sleeps was killed by SIGKILL" in news
    one.look_after(101.0)
    until(lambda: tail(one.log) == "up\nup")
    assert record(place, "sleeps").pid != first.pid
    assert children.stop([one]) == ()


def test_a_forked_job_is_stopped_with_grace_and_killed_after_it(
    place: Home, folder: Path, make: Make, until: Until
) -> None:
    (folder / "stubborn.py").write_text(f"import signal; signal.signal(15, signal.SIG_IGN); {SLEEPS}", encoding="utf-8")
    server = make()
    for module, by_itself in (("sleeps", True), ("stubborn", False)):
        one = child(place, folder, module)
        one.start(server)
        until(lambda: tail(one.log) == "up")  # noqa: B023 - done by then
        one.ask_to_stop()
        assert one.wait_or_kill(0.0 if module == "stubborn" else 1e9) is by_itself
    assert runfiles.read_all(place.run) == ()


@pytest.mark.parametrize(
    ("code", "expected", "said"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('no such table')", 1, "no such table"),
        ("import nowhere_at_all", 1, "No module named 'nowhere_at_all'"),
        ("input()", 1, "EOFError"),
        ("import atexit; atexit.register(print, 'good-bye')", 0, "good-bye"),
    ],
)
def test_how_a_forked_job_ends_is_its_own_and_so_is_its_log(
    place: Home, folder: Path, make: Make, until: Until, code: str, expected: int, said: str
) -> None:
    (folder / "ends.py").write_text(code, encoding="utf-8")
    one = child(place, folder, "ends")
    server = make()
    one.start(server)
    assert ended(one, until) == expected
    assert said in tail(one.log)
    assert tail(place.log_of("forkserver")) == ""
    assert server.start(job(place, folder, "describes")) is not None


def test_what_cannot_be_loaded_before_breaks_only_who_needs_it(
    place: Home, folder: Path, make: Make, until: Until
) -> None:
    (folder / "preloaded.py").write_text("raise OSError('no dictionary')", encoding="utf-8")
    server = make()
    sleeping, describing = child(place, folder, "sleeps"), child(place, folder, "describes")
    for one in (sleeping, describing):
        one.start(server)
    until(lambda: tail(sleeping.log) == "up")
    assert ended(describing, until) == 1
    assert "OSError: no dictionary" in tail(describing.log)
    assert children.stop([sleeping]) == ()


def test_what_is_forked_outlives_the_server_and_others_are_started_without_it(
    place: Home, folder: Path, make: Make, until: Until
) -> None:
    server = make()
    one = child(place, folder, "sleeps")
    one.start(server)
    until(lambda: tail(one.log) == "up")
    os.kill(parent_of_jobs(place), signal.SIGKILL)
    other = child(place, folder, "describes")
    other.start(server)
    assert ended(other, until) == 0
    assert json.loads(tail(other.log))["loaded_in"] is None
    assert server.start(job(place, folder, "describes")) is None
    assert one.exit_code() is None
    assert children.stop([one]) == ()


def test_a_server_that_dies_while_it_loads_keeps_nobody_waiting(
    place: Home, folder: Path, make: Make, until: Until
) -> None:
    (folder / "preloaded.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", encoding="utf-8")
    one = child(place, folder, "sleeps")
    one.start(make())
    until(lambda: tail(one.log) == "up")
    assert children.stop([one]) == ()


def test_a_job_that_another_process_would_adopt_does_not_begin(
    place: Home, folder: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forking, "adopt_orphans", lambda _wanted: None)
    assert make().start(job(place, folder, "describes")) is None
    assert not place.log_of("describes").exists()


def test_who_waits_for_a_server_that_loads_can_be_asked_to_stop(place: Home, folder: Path, make: Make) -> None:
    (folder / "preloaded.py").write_text("import threading; threading.Event().wait()", encoding="utf-8")

    def check() -> None:
        raise Stopping

    with pytest.raises(Stopping):
        child(place, folder, "sleeps").start(make(check))


def test_orphans_of_others_are_not_adopted(place: Home, folder: Path, make: Make) -> None:
    server = make()
    one = server.start(job(place, folder, "describes"))
    assert one is not None
    assert one.wait(10) == 0
    orphan = subprocess.check_output(
        [sys.executable, "-c", "import os, time; pid = os.fork(); print(pid) if pid else (os.close(1), time.sleep(60))"]
    )
    fields = Path(f"/proc/{int(orphan)}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    os.kill(int(orphan), signal.SIGKILL)
    assert int(fields[1]) != os.getpid()


def test_a_forked_child_that_does_not_end_in_time_says_so(place: Home, folder: Path, make: Make) -> None:
    one = make().start(job(place, folder, "sleeps"))
    assert isinstance(one, Forked)
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0.0)
    one.kill()
    assert one.wait() == -signal.SIGKILL


def test_a_killed_supervisor_takes_forked_jobs_and_the_server_with_it(place: Home, folder: Path, until: Until) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(place.root), "sleeps=-m shop.sleeps", "too=-m shop.sleeps"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder.parent)])},
        stdout=subprocess.DEVNULL,
    )
    until(lambda: all(tail(place.log_of(name)) == "up" for name in ("sleeps", "too")))
    everybody = [record(place, "sleeps").pid, record(place, "too").pid, parent_of_jobs(place)]
    supervisor.kill()
    supervisor.wait()
    until(lambda: not any(map(runfiles.started, everybody)))


def job(place: Home, folder: Path, module: str) -> Job:
    env = {**os.environ, "PYTHONPATH": str(folder.parent)}
    return Job((sys.executable, "-m", f"shop.{module}"), env, place.log_of(module))


def record(place: Home, name: str) -> Record:
    found = runfiles.read(place.run / f"{name}.json")
    assert found is not None, name
    return found


def parent_of_jobs(place: Home) -> int:
    """The process id of the fork server: whose output goes into its log."""
    for output in Path("/proc").glob("[0-9]*/fd/1"):
        try:
            if os.readlink(output) == str(place.log_of("forkserver")):
                return int(output.parts[2])
        except OSError:
            continue
    raise AssertionError("there is no fork server")
