"""What there is to watch: our metrics, and the names of the samples that Prometheus reads of them."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram

from infra import metrics

FOLDER = Path(metrics.__file__).with_name("prometheus")
RUNBOOK = Path(metrics.__file__).parents[1] / "docs" / "runbook.md"

FAMILIES = [each for each in vars(metrics).values() if isinstance(each, Counter | Gauge | Histogram)]
_SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
SAMPLES = {metric._name + suffix for metric in FAMILIES for suffix in _SUFFIXES[metric._type]}
#: The names of labels of each sample; a histogram's buckets have their bound beside.
LABELS = {
    metric._name + suffix: {*metric._labelnames, *(("le",) if suffix == "_bucket" else ())}
    for metric in FAMILIES
    for suffix in _SUFFIXES[metric._type]
}
