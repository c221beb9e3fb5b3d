"""The catalogue and a real cluster agree after one apply."""

from __future__ import annotations

import uuid
from dataclasses import replace

from infra import topics
from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas.topics import CATALOGUE, inbox


def test_the_catalogue_is_applied_once_and_then_nothing_is_left_to_do(endpoints: Endpoints) -> None:
    with KafkaCluster(endpoints.bootstrap) as cluster:
        topics.apply(cluster, topics.plan(cluster, CATALOGUE))
        planned = topics.plan(cluster, CATALOGUE)
        assert planned.is_done
        assert {topic.name for topic in CATALOGUE} <= set(planned.unchanged)


def test_a_changed_setting_is_set_and_a_stray_deleted_when_asked_for(endpoints: Endpoints) -> None:
    mine = inbox(f"t-{uuid.uuid4().hex[:8]}")
    stray = replace(mine, name=f"techdock.stray-{uuid.uuid4().hex[:8]}.v1")
    with KafkaCluster(endpoints.bootstrap) as cluster:
        cluster.create([replace(mine, config={"retention.ms": "5"}), stray])
        planned = topics.plan(cluster, CATALOGUE)
        assert mine.name in {change.name for change in planned.change}
        assert stray.name in planned.strays
        topics.apply(cluster, replace(planned, strays=(stray.name,)), delete=True)
        assert dict(cluster.topics()[mine.name].config) == dict(mine.config)
        assert stray.name not in topics.plan(cluster, CATALOGUE).strays
        cluster.delete([mine.name])
