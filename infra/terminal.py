"""What people see while something slow goes on: live bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Step(Protocol):
    """Something slow that is going on."""

    def at(self, done: int, total: int) -> None:
        """How far it is."""


class Steps(Protocol):
    """Where slow things tell how far they are; from any thread."""

    def step(self, title: str) -> AbstractContextManager[Step]:
        """Shows ``title`` while the block runs, and how long it took."""

    def say(self, line: str) -> None:
        """One line of news."""


def steps(console: Console) -> Steps:
    """The way to show steps that suits this console."""
    return LiveSteps(console) if console.is_terminal else PlainSteps(console)


class PlainSteps:
    """One line when a step is done; for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        began = time.monotonic()
        self.say(f"{title} …")
        yield _Quarters(title, self)
        self.say(f"{title}: done in {time.monotonic() - began:.1f} s")

    def say(self, line: str) -> None:
        # soft_wrap: a line stays a line, however narrow the log is taken to be.
        self._console.print(line, soft_wrap=True, markup=False, highlight=False)


class LiveSteps:
    """A bar for each step that is under way."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._open = 0
        self._progress: Progress | None = None

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        began = time.monotonic()
        progress = self._shown()
        task = progress.add_task(title, total=None)
        try:
            yield _Bar(progress, task)
            self.say(f"✓ {title} ({time.monotonic() - began:.1f} s)")
        finally:
            progress.remove_task(task)
            self._hidden()

    def say(self, line: str) -> None:
        self._console.print(line, soft_wrap=True, markup=False, highlight=False)

    def _shown(self) -> Progress:
        with self._lock:
            self._open += 1
            if self._progress is None:
                columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
                self._progress = Progress(*columns, console=self._console, transient=True)
                self._progress.start()
            return self._progress

    def _hidden(self) -> None:
        with self._lock:
            self._open -= 1
            if self._open == 0 and self._progress is not None:
                self._progress.stop()
                self._progress = None


class _Quarters:
    """A line for each quarter: enough to see that it goes on."""

    def __init__(self, title: str, steps: PlainSteps) -> None:
        self._title = title
        self._steps = steps
        self._told = 0

    def at(self, done: int, total: int) -> None:
        quarter = 4 * done // total
        if quarter > self._told:
            self._told = quarter
            self._steps.say(f"{self._title}: {done} of {total}")


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def at(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)
