"""The TechDock that the demo shows: the one that runs in this home, or one of its own that ends with it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from infra import home, runfiles
from infra.home import SUPERVISOR, Home
from infra.leash import leashed
from schemas.errors import Unavailable

_PAUSE = 0.1
#: A first start downloads a few hundred megabytes; what does not move says so itself long before.
_PATIENCE = 1800.0
Say = Callable[[str], None]


class System:
    """A TechDock that is up, be it ours or somebody else's."""

    def __init__(self, place: Home, child: subprocess.Popen[bytes] | None) -> None:
        self._place = place
        self._child = child

    @property
    def is_ours(self) -> bool:
        """Whether it ends when we do."""
        return self._child is not None

    def check(self) -> None:
        """Raises ``Unavailable`` once it is no longer there."""
        if (self._child is not None and self._child.poll() is not None) or not home.is_running(self._place):
            raise Unavailable(f"TechDock stopped meanwhile (log: {self._place.log_of(SUPERVISOR)})")


@contextmanager
def system(place: Home, say: Say) -> Iterator[System]:
    """A TechDock that is healthy while the block runs.

    One that runs here already is left running. Otherwise one is started on a leash: when this process ends, however
    it ends, Linux asks the other to stop, and it takes everything down.
    """
    if home.is_running(place):
        say(f"TechDock already runs in {place.root}; it stays up afterwards")
        _wait(place, None, lambda: None)
        yield System(place, None)
        return
    with _started(place, say) as child:
        yield System(place, child)


@contextmanager
def _started(place: Home, say: Say) -> Iterator[subprocess.Popen[bytes]]:
    place.make()
    log = place.log_of(SUPERVISOR)
    with log.open("ab") as output:
        said = output.tell()
        # A session of its own: Ctrl-C reaches us alone, and we end it in good order. A file and not a pipe, so that
        # it can still speak when we are gone.
        child = subprocess.Popen(
            leashed([sys.executable, "-m", "infra", "up"], signal.SIGTERM),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    with log.open("rb") as told:
        told.seek(said)
        echo = _Echo(told, say)
        try:
            _wait(place, child, echo)
            yield child
        finally:
            _stop(child)
            echo()


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Ends it in good order; whoever presses Ctrl-C again waits all the same, for it does not take long."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child.terminate()
        child.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def _wait(place: Home, child: subprocess.Popen[bytes] | None, echo: Callable[[], None]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not _is_ready(place, child):
        echo()
        if (child is not None and child.poll() is not None) or (child is None and not home.is_running(place)):
            echo()
            raise Unavailable(f"TechDock did not come up (log: {place.log_of(SUPERVISOR)})")
        if time.monotonic() > deadline:
            raise Unavailable(f"TechDock is not up after {_PATIENCE / 60:.0f} minutes: see `techdock status`")
        time.sleep(_PAUSE)
    echo()


def _is_ready(place: Home, child: subprocess.Popen[bytes] | None) -> bool:
    record = runfiles.read(place.run / f"{SUPERVISOR}.json")
    return record is not None and record.state == "ready" and (child is None or record.pid == child.pid)


class _Echo:
    """Passes on what the supervisor says, line by line."""

    def __init__(self, told: BinaryIO, say: Say) -> None:
        self._told = told
        self._say = say
        self._rest = b""

    def __call__(self) -> None:
        *lines, self._rest = (self._rest + self._told.read()).split(b"\n")
        for line in lines:
            self._say(line.decode(errors="replace"))
