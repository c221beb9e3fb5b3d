"""Starts our own jobs without importing anything again: ``python -m infra.forkserver DESCRIPTOR PACKAGE…``.

    supervisor ──starts──▶ fork server ──forks──▶ a process that ends at once ──forks──▶ job
         └───────────────────────────────── adopts the orphan ────────────────────────────┘

So a job is the supervisor's child like any other, with its pid, its leash and its exit code, and goes on when the
fork server ends. A process with threads cannot be forked safely: what is loaded here may not start one, nor make a
client, an event loop or anything else that two processes must not share. Packages say what in their ``preloaded``.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from infra.leash import die_with_parent

#: What is said where there is nothing else to say.
READY = "ready"
#: Where the arguments of a process lie in its memory: fields of ``/proc/self/stat`` behind the name.
_ARGUMENTS = slice(45, 47)


@dataclass(frozen=True, slots=True)
class Job:
    """What ``argv`` would start, ``python -m MODULE …``, in this whole environment; ``log`` takes what it says."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: Path


def main(descriptor: str, *packages: str) -> None:
    """Forks a process for each job that comes through the connection, until that is closed.

    Says ``READY`` once all is loaded, then for each job its pid; the job begins when that is answered.
    """
    supervisor = os.getppid()
    connection = Connection(int(descriptor))
    # The collector would look at everything again and again, and in each job make a copy of what it looks at.
    gc.disable()
    _preload(packages)
    gc.freeze()
    connection.send(READY)
    job = _forked(connection, supervisor)
    if job is None:
        return
    gc.enable()
    _dress(job)
    runpy.run_module(job.argv[2], run_name="__main__", alter_sys=True)


def _preload(packages: Sequence[str]) -> None:
    for package in packages:
        try:
            if importlib.util.find_spec(f"{package}.preloaded") is not None:
                importlib.import_module(f"{package}.preloaded").load()
        except Exception:  # noqa: BLE001 - whatever it is
            # The job that needs what is broken tells it too: with its own exit code, and in its own log.
            traceback.print_exc()


def _forked(connection: Connection, supervisor: int) -> Job | None:
    """In each job's process the job, once its supervisor knows it; ``None`` in our own at the end."""
    while True:
        try:
            job: Job = connection.recv()
        except EOFError:
            return None
        ours, its = Pipe()
        if _fork():
            its.close()
            # The process in between is gone: the job has its parent.
            ours.send(READY)
            try:
                ours.recv()
            except EOFError:
                # It died before it was known: the supervisor does without us.
                return None
            ours.close()
        else:
            ours.close()
            its.recv()
            _introduce(connection, supervisor)
            its.send(READY)
            its.close()
            return job


def _fork() -> bool:
    """Forks an orphan; false in that."""
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return True
    if os.fork():
        os._exit(0)
    return False


def _introduce(connection: Connection, supervisor: int) -> None:
    """Takes the leash, and tells the supervisor whom it has adopted; ends where it is another that has."""
    die_with_parent(signal.SIGKILL)
    if os.getppid() != supervisor:
        # Also where the supervisor went before the leash was on.
        os._exit(1)
    connection.send(os.getpid())
    connection.recv()
    connection.close()


def _dress(job: Job) -> None:
    """Makes this process look as if Python had been started with the arguments of ``job``."""
    os.setsid()
    log = os.open(job.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for output in (1, 2):
        os.dup2(log, output)
    os.close(log)
    os.environ.clear()
    os.environ.update(job.env)
    sys.orig_argv[:] = job.argv
    sys.argv[:] = job.argv[2:]
    _show(job.argv)


def _show(argv: Sequence[str]) -> None:
    """Lets ``ps`` and ``/proc`` show these arguments, as far as there is room for them in place of our own."""
    fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
    start, end = map(int, fields[_ARGUMENTS])
    line = b"\0".join(map(os.fsencode, argv))[: end - start - 1]
    ctypes.memmove(start, line.ljust(end - start, b"\0"), end - start)


if __name__ == "__main__":
    from infra import forkserver

    forkserver.main(*sys.argv[1:])
