"""A broker of its own for tests that kill it, and the records on it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic
from rich.console import Console

from infra.broker import embedded
from infra.home import Home
from infra.terminal import PlainSteps


class Broker:
    """One embedded node that can be killed and started again on the same data."""

    def __init__(self, folder: Path, artefacts: Path) -> None:
        cluster = embedded.alone(Home(folder), artefacts, PlainSteps(Console(stderr=True)))
        (self._command,) = embedded.commands(cluster)
        self._log = folder / "broker.log"
        self.bootstrap = cluster.bootstrap
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command.argv, env={**os.environ, **self._command.env}, stdout=log, stderr=log
            )
        wait_until(lambda: embedded.is_healthy(self.bootstrap), 60, "the broker did not start")

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)

    def topics(self, prefix: str) -> None:
        """The topics of a counting lane, and quarantine."""
        compacted = {"cleanup.policy": "compact"}
        wanted = [NewTopic(f"{prefix}-in", 4, 1), NewTopic(f"{prefix}-out", 4, 1)]
        wanted.append(NewTopic(f"{prefix}-state", 4, 1, config=compacted))
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        if "techdock.quarantine.v1" not in admin.list_topics(timeout=10).topics:
            wanted.append(NewTopic("techdock.quarantine.v1", 1, 1))
        for created in admin.create_topics(wanted).values():
            created.result(30)


def wait_until(outcome: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Return once ``outcome``; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not outcome():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)
