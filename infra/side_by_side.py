"""Functions that run in processes of their own, side by side, for Python counts on one processor at a time.

They start anew and inherit nothing but the environment and how records are framed: clients of Kafka have threads, and
a fork would take none of them along.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from infra.leash import die_with_parent
from schemas import framing
from schemas.errors import Unavailable
from schemas.framing import Framing

#: Records below which a process of its own takes longer to start than it saves.
_WORTH_A_PROCESS = 40_000
_P = ParamSpec("_P")
_T = TypeVar("_T")


def worth(records: int, most: int) -> int:
    """How many processes, ``most`` at most, are of use to go through so many records: one for each processor."""
    if records < _WORTH_A_PROCESS:
        return 1
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(processors, most))


class Others:
    """The processes; without any, what they are asked is answered by this one, at once."""

    def __init__(self, pool: ProcessPoolExecutor | None) -> None:
        self._pool = pool

    def ask(self, what: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> Callable[[], _T]:
        """Let one of them run ``what``, a function of a module; what comes back waits for the answer.

        It raises what ``what`` raised, and ``Unavailable`` where the process ended without an answer.
        """
        if self._pool is None:
            answer = what(*arguments, **named)
            return lambda: answer
        future = self._pool.submit(what, *arguments, **named)

        def wait() -> _T:
            try:
                return future.result()
            except BrokenProcessPool as error:
                raise Unavailable(
                    f"a process that ran {what.__name__} ended before it answered: see whether memory ran out, then "
                    "run this again"
                ) from error

        return wait


@contextmanager
def others(many: int) -> Iterator[Others]:
    """So many processes; below two there is none, for that would save nothing. What nobody waits for is not begun."""
    if many < 2:
        yield Others(None)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(many, context, _begin, (framing.adopted(),))
    try:
        yield Others(pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(adopted: Framing) -> None:
    die_with_parent(signal.SIGKILL)
    framing.adopt(adopted)
