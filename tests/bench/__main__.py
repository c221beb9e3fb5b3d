"""Benchmarks: ``python -m tests.bench [NAME]`` runs one, without a name all of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import fields

from rich.console import Console

from tests.bench import admission, deals, intake, latency, reports, restart, scoring, start, verify, withdrawal
from tests.bench.reports import Result, Size

_BENCHES: Mapping[str, Callable[[Size, Console], Result]] = {
    "admission": admission.measured,
    "deals": deals.measured,
    "intake": intake.measured,
    "latency": latency.measured,
    "restart": restart.measured,
    "scoring": scoring.measured,
    "start": start.measured,
    "verify": verify.measured,
    "withdrawal": withdrawal.measured,
}


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser("tests.bench", description="Benchmarks of TechDock; reports go to bench/out/.")
    parser.add_argument("name", nargs="?", choices=_BENCHES, help="only this one")
    for field in fields(Size):
        parser.add_argument(f"--{field.name}", type=int, default=field.default, help="default: %(default)s")
    asked = vars(parser.parse_args())
    name = asked.pop("name")
    size, console = Size(**asked), Console(stderr=True)
    for each in [name] if name else _BENCHES:
        console.rule(each)
        result = _BENCHES[each](size, console)
        path = reports.write(each, size, result)
        reports.show(result, Console())
        console.print(f"written to {path.relative_to(reports.OUT.parents[1])}")


if __name__ == "__main__":
    main()
