"""What ran is found again, and nobody else is taken for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra import runfiles
from infra.runfiles import Record

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does not care for SIGTERM."""
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def record_of(process: subprocess.Popen[bytes]) -> Record:
    return Record("stranger", process.pid, runfiles.started(process.pid) or "", ("sleep",), 9100, "ready", 2)


def test_a_record_comes_back_as_it_was(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    runfiles.write(tmp_path, record_of(stranger))
    assert runfiles.read_all(tmp_path) == (record_of(stranger),)
    assert runfiles.is_alive(record_of(stranger))


def test_what_was_left_over_is_ended_even_if_it_is_stubborn(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    runfiles.write(tmp_path, record_of(stranger))
    assert runfiles.clear(tmp_path, grace=0.2) == ("stranger",)
    assert stranger.wait(5) != 0
    assert runfiles.read_all(tmp_path) == ()


def test_another_process_with_the_same_pid_is_left_alone(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    runfiles.write(tmp_path, replace(record_of(stranger), started="1"))
    assert runfiles.clear(tmp_path) == ()
    assert stranger.poll() is None
    assert runfiles.read_all(tmp_path) == ()


def test_we_never_end_ourselves(tmp_path: Path) -> None:
    ourselves = Record("us", os.getpid(), runfiles.started(os.getpid()) or "", ())
    runfiles.write(tmp_path, ourselves)
    assert runfiles.clear(tmp_path) == ()
    assert runfiles.read_all(tmp_path) == (ourselves,)


def test_a_process_that_ended_is_not_alive() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        began = runfiles.started(process.pid)
        process.wait()
    assert not runfiles.is_alive(Record("gone", process.pid, began or "", ()))


@pytest.mark.parametrize("text", ["", "[]", '{"pid": 1}', '{"argv": [], "surprise": 1}'])
def test_a_file_that_is_no_record_is_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "endpoints.json").write_text(text, encoding="utf-8")
    assert runfiles.read_all(tmp_path) == ()
