"""Every metric says what it counts, in base units, under labels from closed sets."""

from __future__ import annotations

import re

import pytest
from prometheus_client import Counter, Gauge, Histogram

from infra import metrics
from schemas import topics
from tests.contract.infra.watched import FAMILIES, SAMPLES

#: Labels whose values come from closed sets: kinds of ours, never ids of anybody's.
CLOSED = {"topic", "partition", "lane", "cause", "result", "stage", "table", "action", "task"}
#: Units that Prometheus takes seconds, bytes and ratios for.
DERIVED_UNITS = re.compile(r"_(ms|millis|milliseconds|micros|minutes|hours|days|kb|mb|kilobytes|megabytes|percent)\b")

each_metric = pytest.mark.parametrize("metric", FAMILIES, ids=lambda metric: metric._name)


def test_there_are_metrics() -> None:
    assert len(FAMILIES) > 10
    assert {"techdock_events_in_total", "techdock_lane_batch_seconds_bucket", "techdock_lag_records"} <= SAMPLES


@each_metric
def test_a_metric_says_what_it_counts(metric: Counter | Gauge | Histogram) -> None:
    assert len(metric._documentation.split()) >= 3
    assert metric._documentation.endswith(".")


@each_metric
def test_a_metric_is_named_as_ours_and_counts_in_base_units(metric: Counter | Gauge | Histogram) -> None:
    assert re.fullmatch(r"techdock_[a-z]+(_[a-z]+)*", metric._name)
    assert not DERIVED_UNITS.search(metric._name)
    if isinstance(metric, Histogram):
        assert metric._name.endswith(("_seconds", "_bytes"))


@each_metric
def test_labels_are_closed(metric: Counter | Gauge | Histogram) -> None:
    assert set(metric._labelnames) <= CLOSED


def test_institutions_do_not_become_labels() -> None:
    labels = {metrics.topic_label(make(slug).name) for make in (topics.inbox, topics.receipts) for slug in ("a", "b")}

    assert labels == {"inbox", "receipts"}
    assert metrics.topic_label(topics.MATCHES.name) == topics.MATCHES.name
