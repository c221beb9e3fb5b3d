"""What TechDock's processes say of themselves on their ``/metrics``, added up over all of them."""

from __future__ import annotations

import http.client
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

_READY = "techdock_process_ready"
_STOPPED = "techdock_lane_stopped"
_WAITING = "techdock_lane_waiting"


@dataclass(frozen=True, slots=True)
class Observed:
    """One process as it described itself.

    ``stopped`` names the lanes that stand at a record, ``waiting`` those that wait for something that is away.
    """

    ready: bool
    stopped: tuple[str, ...]
    counts: dict[str, float]
    waiting: tuple[str, ...] = ()


def observe(port: int) -> Observed | None:
    """What the process that serves metrics on ``port`` of 127.0.0.1 says; ``None`` where none answers in a second."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1.0)
    try:
        connection.request("GET", "/metrics", headers={"Accept": "text/plain"})
        text = connection.getresponse().read().decode()
        return described(text_string_to_metric_families(text))
    except (OSError, http.client.HTTPException, ValueError):
        # ValueError: not metrics at all, so not one of ours.
        return None
    finally:
        connection.close()


def described(families: Iterable[Metric]) -> Observed:
    """The parts of ``/metrics`` that a person asks for first."""
    ready = False
    lanes: dict[str, list[str]] = {_STOPPED: [], _WAITING: []}
    counts: dict[str, float] = {}
    for family in families:
        for sample in family.samples:
            if sample.name == _READY:
                ready = sample.value == 1
            elif sample.name in lanes:
                lanes[sample.name] += [sample.labels.get("lane", "")] if sample.value == 1 else []
            elif sample.name.startswith("techdock_") and not sample.name.endswith(("_bucket", "_created", "_sum")):
                counts[sample.name] = counts.get(sample.name, 0.0) + sample.value
    return Observed(ready, tuple(lanes[_STOPPED]), counts, tuple(lanes[_WAITING]))


def total(observations: Iterable[Observed]) -> dict[str, float]:
    """The counts of several processes, added up by name."""
    added: dict[str, float] = {}
    for observed in observations:
        for name, value in observed.counts.items():
            added[name] = added.get(name, 0.0) + value
    return dict(sorted(added.items()))
