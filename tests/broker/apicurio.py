"""A real schema registry that a test may kill and bring back."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from rich.console import Console

from infra import ports, runfiles
from infra.broker import registry
from infra.children import Child, stop
from infra.home import Home
from infra.terminal import PlainSteps


class Apicurio:
    """Apicurio as ``techdock up --registry`` runs it, its data in a home of its own."""

    def __init__(self, place: Home, artefacts: Path) -> None:
        place.make()
        self.place = place
        kept = ports.chosen(place.ports, (registry.PORT, registry.MANAGEMENT_PORT))
        self._ports = registry.Ports(kept[registry.PORT], kept[registry.MANAGEMENT_PORT])
        self.url = self._ports.url
        self._command = registry.prepare(place, artefacts, self._ports, PlainSteps(Console(stderr=True)))
        self._child = Child(self._command, place, self.is_healthy)

    def is_healthy(self) -> bool:
        return registry.is_healthy(self._ports)

    def start(self) -> None:
        """Returns once it answers."""
        self._child = Child(self._command, self.place, self.is_healthy)
        self._child.start()
        deadline = time.monotonic() + 120
        while not self.is_healthy():
            assert self._child.exit_code() is None, f"it ended: {self._child.log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, "it is not up after two minutes"
            time.sleep(0.1)

    def kill(self) -> None:
        """As a crash does it."""
        record = runfiles.read(self.place.run / f"{registry.NAME}.json")
        assert record is not None
        os.kill(record.pid, signal.SIGKILL)
        stop([self._child])

    def stop(self) -> None:
        stop([self._child])
