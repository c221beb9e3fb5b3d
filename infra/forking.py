"""Our own jobs as forks of one process that has imported everything; see ``infra.forkserver``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Pipe
from pathlib import Path

from infra.forkserver import READY, Job
from infra.leash import adopt_orphans, leashed

_PAUSE = 0.02
#: Seconds until we do without it: that all is imported, and that a process is forked.
_PATIENCE = 60.0


class Forked:
    """A child that we did not start but adopted; as ``subprocess.Popen``, as far as that is needed here."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative where it was killed by a signal; ``None`` while it runs."""
        if self._code is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """The same once it has ended. Raises ``subprocess.TimeoutExpired`` after so many seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(_PAUSE)
        return code

    def send_signal(self, number: int) -> None:
        """Sends it a signal, unless it has ended."""
        # Nobody else reaps it, so that the pid is its own until we have polled it.
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it at once."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The process that forks; without one, or once it failed, its caller starts what it has to start by itself.

    It is on the leash of the thread that made it.
    """

    def __init__(self, packages: Sequence[str], env: Mapping[str, str], log: Path, check: Callable[[], None]) -> None:
        """``env``: what has to be known when a process starts; ``check`` raises where waiting is no longer wanted."""
        self._check = check
        self._is_ready = False
        self._connection, theirs = Pipe()
        command = [sys.executable, "-m", "infra.forkserver", str(theirs.fileno()), *packages]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                leashed(command, signal.SIGKILL),
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=(theirs.fileno(),),
            )
        theirs.close()

    def start(self, job: Job) -> Forked | None:
        """Lets ``job`` be done by a new child of ours; ``None`` where that is not possible."""
        if self._connection.closed or not self._loaded():
            return None
        # Only for now: who else becomes an orphan below us is not ours to bury.
        adopt_orphans(True)
        try:
            pid = self._pid_of(job)
        finally:
            adopt_orphans(False)
        if pid is None:
            self.close()
            return None
        # Where it has died meanwhile, its exit code will tell.
        with suppress(OSError):
            self._connection.send(READY)
        return Forked(pid)

    def _pid_of(self, job: Job) -> int | None:
        """Who waits for our word to begin."""
        with suppress(EOFError, OSError):
            self._connection.send(job)
            if self._connection.poll(_PATIENCE):
                return int(self._connection.recv())
        return None

    def _loaded(self) -> bool:
        deadline = time.monotonic() + _PATIENCE
        while not self._is_ready and time.monotonic() < deadline:
            self._check()
            if self._connection.poll(_PAUSE):
                with suppress(EOFError, OSError):
                    self._is_ready = self._connection.recv() == READY
                break
        if not self._is_ready:
            self.close()
        return self._is_ready

    def close(self) -> None:
        """Ends it; what it has forked goes on."""
        if not self._connection.closed:
            self._connection.close()
            self._process.kill()
            self._process.wait()
