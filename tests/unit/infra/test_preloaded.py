"""What our packages load before a fork can be shared by two processes, and is all that their jobs import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from infra import processes
from infra.processes import PROCESSES

#: As the fork server does it: loads, and then says what there is.
DESCRIBES = """
import asyncio, importlib, json, logging, os, signal, sys, threading
before = {number: signal.getsignal(number) for number in signal.valid_signals()}
files = set(os.listdir("/proc/self/fd"))
for package in sys.argv[1:]:
    importlib.import_module(f"{package}.preloaded").load()
print(json.dumps({
    "threads": len(os.listdir("/proc/self/task")),
    "files": sorted(set(os.listdir("/proc/self/fd")) - files),
    "signals": [number for number, how in before.items() if signal.getsignal(number) is not how],
    "handlers": len(logging.getLogger().handlers),
    "children": threading.active_count() - 1,
    "modules": sorted(sys.modules),
    "loop": asyncio.get_event_loop_policy().__class__.__module__,
}))
"""
JOBS = {
    "streams": lambda job: f"streams.{job.replace('-', '_')}",
    "consumers": {"read-model": "consumers.processes", "web": "consumers.web"}.__getitem__,
    "producers": {"gateway": "producers.gateway.server"}.__getitem__,
}


@pytest.fixture(scope="module")
def loaded() -> Any:
    """A process that has loaded what all packages say."""
    said = subprocess.check_output(
        [sys.executable, "-c", DESCRIBES, *processes.packages(PROCESSES)], env={**os.environ, **processes.AT_START}
    )
    return json.loads(said)


def test_nothing_is_loaded_that_two_processes_must_not_share(loaded: Any) -> None:
    assert (loaded["threads"], loaded["children"], loaded["files"]) == (1, 0, [])
    assert (loaded["signals"], loaded["handlers"]) == ([], 0)


def test_the_modules_of_all_jobs_are_loaded_and_none_as_the_program_itself(loaded: Any) -> None:
    jobs = {JOBS[process.package](process.job) for process in PROCESSES}
    assert jobs - set(loaded["modules"]) == set()
    assert [name for name in loaded["modules"] if name.endswith(".__main__")] == []


def test_workers_get_the_event_loop_that_they_have_when_they_run_alone(loaded: Any) -> None:
    assert loaded["loop"].startswith("uvloop")
