"""A supervisor of dummies, for tests to kill: ``python supervising.py HOME NAME=CODE…``.

A dummy ``NAME=-m MODULE`` is forked.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rich.console import Console

from infra.children import Command
from infra.crew import Crew, Stopping, StopRequest
from infra.home import Home, held
from infra.terminal import steps


def main(root: str, *dummies: str) -> None:
    request = StopRequest()
    request.watch()
    place = Home(Path(root))
    with held(place):
        crew = Crew(place, request, steps(Console()))
        try:
            if any("=-m " in dummy for dummy in dummies):
                crew.fork(["shop"], {})
            for rank, dummy in enumerate(dummies):
                name, _, code = dummy.partition("=")
                argv = code.split() if code.startswith("-m ") else ["-c", code]
                crew.start(Command(name, (sys.executable, *argv), grace=1.0), lambda: True, rank)
            while True:
                request.check()
                crew.look_after()
                time.sleep(0.02)
        except Stopping:
            crew.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
