"""A supervisor on its own: started in the background, waited for until it is ready, stopped from anywhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from rich.console import Console

from infra import home, runfiles
from infra.home import SUPERVISOR, Home
from infra.leash import leashed
from infra.supervisor import Options

_PAUSE = 0.05


def start(place: Home, options: Options, console: Console) -> int:
    """Starts a supervisor in a session of its own and waits until everything is healthy.

    Returns 0, or its exit code if it gave up; what it says while starting is shown on ``console``. Whoever
    interrupts the wait, takes the half-started system down with it.
    """
    place.make()
    log = place.log_of(SUPERVISOR)
    with log.open("ab") as output:
        said = output.tell()
        child = subprocess.Popen(
            leashed(_command(options), signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    with log.open("rb") as told:
        told.seek(said)
        try:
            while child.poll() is None and not _is_ready(place, child.pid):
                _echo(told.read(), console)
                time.sleep(_PAUSE)
            _echo(told.read(), console)
        except KeyboardInterrupt:
            child.terminate()
            child.wait()
            return 130
    return child.returncode or 0


def stop(place: Home, timeout: float) -> bool:
    """Asks the supervisor to stop and waits until it is gone, ``timeout`` seconds at most before it is killed.

    Returns ``False`` when none was running; what a killed one left behind is cleared away in any case.
    """
    record = runfiles.read(place.run / f"{SUPERVISOR}.json")
    running = record is not None and runfiles.is_alive(record)
    if record is not None and running:
        os.kill(record.pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout
        while runfiles.is_alive(record) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
    if place.run.exists() and (record is None or not runfiles.is_alive(record) or running):
        runfiles.clear(place.run)
        for path in (place.endpoints, place.targets):
            path.unlink(missing_ok=True)
    return running


def _is_ready(place: Home, pid: int) -> bool:
    record = runfiles.read(place.run / f"{SUPERVISOR}.json")
    return record is not None and record.pid == pid and record.state == "ready" and home.is_running(place)


def _command(options: Options) -> list[str]:
    command = [sys.executable, "-m", "infra", "up", "--detached", "--workers", str(options.workers)]
    command += ["--brokers", str(options.brokers)] if options.brokers else []
    command += ["--registry"] if options.registry else []
    return command + (["--bare"] if options.bare else [])


def _echo(said: bytes, console: Console) -> None:
    if said:
        console.out(said.decode(errors="replace"), end="", highlight=False)
