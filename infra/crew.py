"""The children of one supervisor, and how it waits for anything: always ready to be asked to stop."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from infra.children import Child, Command, ended, stop, tail
from infra.forking import ForkServer
from infra.home import Home
from infra.terminal import Steps
from schemas.errors import Misconfigured, Unavailable

_T = TypeVar("_T")
_PAUSE = 0.05
#: What our own processes exit with when they are misconfigured: trying again will not help.
_MISCONFIGURED = 2


class Stopping(BaseException):
    """Someone asked us to stop while we were starting; not an error, so nothing that catches errors sees it."""


class StopRequest:
    """Set by a signal and looked at by whoever waits; a plain flag, because handlers must not take locks."""

    def __init__(self) -> None:
        self.made = False

    def watch(self) -> None:
        """From now on Ctrl-C, SIGTERM and SIGHUP ask us to stop. Call it in the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            # Otherwise someone used nohup and means it.
            signal.signal(signal.SIGHUP, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        self.made = True

    def check(self) -> None:
        """Raises ``Stopping`` once we were asked."""
        if self.made:
            raise Stopping


class Background(Generic[_T]):
    """Something that prepares the ground in a thread which nobody waits for when we stop.

    It must not start children that outlive it: their leash is the thread.
    """

    def __init__(self, work: Callable[[], _T]) -> None:
        self._work = work
        self._result: list[_T] = []
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as problem:  # noqa: BLE001 - it is raised again where someone waits for the result
            self._problem = problem

    def result(self, request: StopRequest) -> _T:
        """What came of it, or what went wrong."""
        while self._thread.is_alive():
            request.check()
            self._thread.join(_PAUSE)
        if self._problem is not None:
            raise self._problem
        return self._result[0]


@dataclass(slots=True)
class Crew:
    """The children in the order they were started: the last are stopped first."""

    home: Home
    request: StopRequest
    steps: Steps
    patience: float = 120.0
    ranks: list[list[Child]] = field(default_factory=list)
    _server: ForkServer | None = None

    def fork(self, packages: Sequence[str], env: Mapping[str, str]) -> None:
        """From now on our own jobs are forked from a process that has loaded what these packages need."""
        # Elsewhere than on Linux an orphan cannot be adopted, and a fork may crash in the system's own libraries.
        if sys.platform == "linux":
            self._server = ForkServer(packages, env, self.home.log_of("forkserver"), self.request.check)

    def fork_no_more(self) -> None:
        """What is started from now on is started anew."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def start(self, command: Command, healthy: Callable[[], bool], rank: int) -> Child:
        """Starts a child, unless we were asked to stop. Children of a higher rank depend on those of a lower."""
        self.request.check()
        child = Child(command, self.home, healthy)
        # Known before it starts, so that it is stopped whatever happens next.
        self._rank(rank).append(child)
        child.start(self._server)
        return child

    def look_after(self) -> None:
        """Notes who is ready, starts again what died, and says so."""
        for child in (child for rank in self.ranks for child in rank):
            news = child.look_after(time.monotonic())
            if news is not None:
                self.steps.say(news)

    def wait_until_ready(self, *ranks: int, deaths_allowed: bool) -> None:
        """Waits for the children of these ranks.

        Raises ``Unavailable`` when one dies where that is not allowed, dies again and again, or takes too long;
        ``Misconfigured`` when one says that it is.
        """
        deadline = time.monotonic() + self.patience
        children = [child for rank in ranks for child in self._rank(rank)]
        while any(child.state != "ready" for child in children):
            self.request.check()
            self.look_after()
            for child in children:
                _give_up_on(child, deaths_allowed)
            if time.monotonic() > deadline:
                late = ", ".join(
                    f"{child.command.name} (log: {child.log})" for child in children if child.state != "ready"
                )
                raise Unavailable(f"not ready after {self.patience:.0f} s: {late}")
            time.sleep(_PAUSE)

    def run_to_its_end(self, command: Command, meanwhile: Callable[[], None]) -> None:
        """Runs a command that ends by itself while ``meanwhile`` is done; raises ``Unavailable`` where it fails."""
        rank = len(self.ranks)
        child = self.start(command, lambda: False, rank)
        meanwhile()
        deadline = time.monotonic() + self.patience
        while (code := child.exit_code()) is None:
            self.request.check()
            if time.monotonic() > deadline:
                raise Unavailable(f"{command.name} is not done after {self.patience:.0f} s (log: {child.log})")
            time.sleep(_PAUSE)
        if code != 0:
            raise Unavailable(f"{command.name} {ended(code)} (log: {child.log})\n{tail(child.log)}")
        stop(self.ranks.pop(rank))

    def stop(self) -> None:
        """Stops everything, those who write before what they write to."""
        self.fork_no_more()
        while self.ranks:
            for name in stop(self.ranks.pop()):
                self.steps.say(f"{name} did not stop in time and was killed (log: {self.home.log_of(name)})")

    def _rank(self, rank: int) -> list[Child]:
        while len(self.ranks) <= rank:
            self.ranks.append([])
        return self.ranks[rank]


def _give_up_on(child: Child, deaths_allowed: bool) -> None:
    if not child.deaths.total:
        return
    log = f"(log: {child.log})\n{tail(child.log)}"
    if not deaths_allowed:
        raise Unavailable(f"{child.command.name} {ended(child.last_code)} while starting {log}")
    if child.last_code == _MISCONFIGURED:
        raise Misconfigured([f"{child.command.name} is misconfigured {log}"])
    if child.deaths.too_many:
        raise Unavailable(f"{child.command.name} dies again and again {log}")
