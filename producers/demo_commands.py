"""What the demo has other commands of TechDock do, while it goes on showing what happens."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from infra.leash import leashed
from schemas.errors import Unavailable

#: Industries that the city of the story wants most (GB/T 4754): chemicals, ships and vehicles, software.
_KEY_INDUSTRIES = ("C26", "C37", "I65")
_SPOTLIGHT = 50
Tick = Callable[[], None]


def verified(tick: Tick) -> Mapping[str, Any]:
    """What ``techdock verify --drain --json`` answers; raises ``Unavailable`` when it answers nothing."""
    report: Mapping[str, Any] = json.loads(_answer(tick, {0, 1}, "verify", "--drain", "--json")[1])
    return report


def announced(session: str, tick: Tick) -> int:
    """How many achievements are announced in a session: chosen now, unless a list is published; see ``verified``."""
    code, told = _answer(tick, {0, 2}, "spotlight", "--session", session, "--show", "--json")
    if code:
        industries = [word for code in _KEY_INDUSTRIES for word in ("--industry", code)]
        _, told = _answer(
            tick, {0}, "spotlight", "--session", session, "--count", str(_SPOTLIGHT), *industries, "--by", "the demo",
            "--json",
        )  # fmt: skip
    return len(json.loads(told)["entries"])


def _answer(tick: Tick, good: set[int], *words: str) -> tuple[int, bytes]:
    """The exit code of a command, and what it prints; ``tick`` is called meanwhile."""
    command = leashed([sys.executable, "-m", "infra", *words], signal.SIGTERM)
    running = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        answer, complaint = _ended(running, tick)
    finally:
        if running.poll() is None:
            running.terminate()
            running.wait()
    if running.returncode not in good:
        said = complaint.decode(errors="replace").strip()
        raise Unavailable(f"`techdock {words[0]}` ended with {running.returncode}: {said}")
    return running.returncode, answer


def _ended(process: subprocess.Popen[bytes], tick: Tick) -> tuple[bytes, bytes]:
    while True:
        try:
            return process.communicate(timeout=0.5)
        except subprocess.TimeoutExpired:
            tick()
