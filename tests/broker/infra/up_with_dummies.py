"""``techdock up`` with dummy workers in place of our own, for tests to kill."""

from __future__ import annotations

import os
import sys

from rich.console import Console

from infra.crew import StopRequest
from infra.processes import Process
from infra.settings import Settings
from infra.supervisor import Options, supervise
from infra.terminal import PlainSteps

if __name__ == "__main__":
    request = StopRequest()
    request.watch()
    table = (Process("dummy_worker", "admission", scales=True), Process("dummy_worker", "web", serves_web=True))
    ends = (sys.executable, "-c", "pass")
    options = Options(workers=2, table=table, migration=ends, first_model=ends)
    supervise(Settings.from_env(os.environ), options, PlainSteps(Console()), request)
