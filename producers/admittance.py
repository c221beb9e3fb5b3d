"""Admits many institutions at once."""

from __future__ import annotations

from collections.abc import Iterable

from infra.topics import KafkaCluster
from schemas import topics


def admit(bootstrap: str, institutions: Iterable[str]) -> int:
    """Makes sure that each institution has its inbox and receipts; how many topics were missing."""
    needed = [topic for slug in institutions for topic in (topics.inbox(slug), topics.receipts(slug))]
    with KafkaCluster(bootstrap) as cluster:
        existing = cluster.topics()
        missing = [topic for topic in needed if topic.name not in existing]
        if missing:
            cluster.create(missing)
    return len(missing)
