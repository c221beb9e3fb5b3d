"""Seconds of ``techdock verify --drain`` in a market that stands; beside reading all its topics once."""

from __future__ import annotations

import time

from rich.console import Console

from infra.reading import committed_records, topic_names
from tests.bench.reports import Result, Row, Size
from tests.bench.standing import stand
from tests.bench.system import fresh


def measured(size: Size, console: Console) -> Result:
    """Seconds, and whether everything agreed."""
    with fresh() as system:
        console.print(f"up in {system.up():.1f} s")
        bootstrap = system.endpoints.bootstrap
        market, loading = stand(bootstrap, size.standing)
        console.print(f"{size.standing:,} records ({market.about}) stand after {loading:.1f} s")
        began = time.monotonic()
        ours = [name for name in topic_names(bootstrap) if name.startswith("techdock.")]
        records = sum(1 for _ in committed_records(bootstrap, ours))
        reading = time.monotonic() - began
        seconds, report = system.verify()
    content = {
        "standing": size.standing,
        "texts": market.about,
        "seconds": round(seconds, 2),
        "ok": report["ok"],
        "checked": report["checked"],
        "reading": {"seconds": round(reading, 2), "records": records},
        "ratio": {"to_reading": round(seconds / reading, 2)},
    }
    rows = [
        Row("verify --drain", f"{seconds:.1f} s", f"reading × {seconds / reading:.1f}"),
        Row(f"reading all {records:,} records once", f"{reading:.1f} s"),
        Row("everything agrees", "yes" if report["ok"] else "no"),
    ]
    return Result(f"Verifying {size.standing:,} standing records ({market.about})", content, rows)
