"""Quantiles of measured values, and of a Prometheus histogram between two looks at it."""

from __future__ import annotations

import http.client
import math
from collections.abc import Mapping, Sequence

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

QUANTILES: Mapping[str, float] = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


def of_values(values: Sequence[float]) -> dict[str, float]:
    """The least values that the given share does not exceed."""
    ordered = sorted(values)
    return {name: ordered[max(0, math.ceil(share * len(ordered)) - 1)] for name, share in QUANTILES.items()}


def of_buckets(buckets: Mapping[float, float]) -> dict[str, float]:
    """Quantiles of cumulative counts by upper bound; within a bucket values are taken to lie evenly.

    Beyond the last finite bound nothing is known but that bound.
    """
    bounds = sorted(buckets)
    total = buckets[bounds[-1]]
    found: dict[str, float] = {}
    for name, share in QUANTILES.items():
        place = next(index for index, bound in enumerate(bounds) if buckets[bound] >= share * total)
        lower = bounds[place - 1] if place else 0.0
        below = buckets[lower] if place else 0.0
        inside = buckets[bounds[place]] - below
        part = (share * total - below) / inside if inside else 0.0
        found[name] = lower if math.isinf(bounds[place]) else lower + (bounds[place] - lower) * part
    return found


def buckets_of(metrics_port: int, histogram: str) -> dict[float, float]:
    """Cumulative counts by upper bound, as the process on this port of 127.0.0.1 tells them."""
    return {
        float(each.labels["le"]): each.value for each in _samples(metrics_port) if each.name == f"{histogram}_bucket"
    }


def sum_of(metrics_port: int, histogram: str) -> float:
    """The sum of all values of a histogram, whatever its labels, as the process on this port tells it."""
    return math.fsum(each.value for each in _samples(metrics_port) if each.name == f"{histogram}_sum")


def _samples(metrics_port: int) -> list[Sample]:
    connection = http.client.HTTPConnection("127.0.0.1", metrics_port, timeout=5.0)
    connection.request("GET", "/metrics", headers={"Accept": "text/plain"})
    text = connection.getresponse().read().decode()
    connection.close()
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def between(before: Mapping[float, float], after: Mapping[float, float]) -> dict[float, float]:
    """What was counted between two looks."""
    return {bound: count - before.get(bound, 0.0) for bound, count in after.items()}
