"""The plan says what differs, and nothing is done that cannot be undone unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from infra import topics
from infra.topics import Existing
from schemas.errors import Misconfigured
from schemas.topics import CATALOGUE, Topic, inbox, receipts


class FakeCluster:
    """A cluster in a dictionary."""

    def __init__(self, *existing: Topic) -> None:
        self.held = {topic.name: Existing(topic.partitions, dict(topic.config)) for topic in existing}

    def topics(self) -> Mapping[str, Existing]:
        return dict(self.held)

    def create(self, topics: Sequence[Topic]) -> None:
        for topic in topics:
            self.held[topic.name] = Existing(topic.partitions, dict(topic.config))

    def configure(self, name: str, config: Mapping[str, str]) -> None:
        self.held[name] = Existing(self.held[name].partitions, {**self.held[name].config, **config})

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            del self.held[name]


def topic(name: str, partitions: int = 4, **config: str) -> Topic:
    return Topic(
        name, "for a test", (), "none", (), (), partitions, {k.replace("_", "."): v for k, v in config.items()}
    )


def test_an_empty_cluster_gets_the_whole_catalogue_and_then_rests() -> None:
    cluster = FakeCluster()
    planned = topics.plan(cluster, CATALOGUE)
    assert {wanted.name for wanted in planned.create} == {wanted.name for wanted in CATALOGUE}
    assert not planned.is_done
    topics.apply(cluster, planned)
    again = topics.plan(cluster, CATALOGUE)
    assert again.is_done
    assert len(again.unchanged) == len(CATALOGUE)


def test_a_setting_that_differs_is_set_and_the_operators_own_are_left() -> None:
    cluster = FakeCluster(topic("techdock.a.v1", retention_ms="1", segment_bytes="5"))
    planned = topics.plan(cluster, [topic("techdock.a.v1", retention_ms="-1")])
    assert topics.described(planned) == ["configure  techdock.a.v1: retention.ms=-1", "unchanged  0 topics"]
    topics.apply(cluster, planned)
    assert cluster.held["techdock.a.v1"].config == {"retention.ms": "-1", "segment.bytes": "5"}


@pytest.mark.parametrize("partitions", [2, 8])
def test_partitions_of_a_topic_neither_grow_nor_shrink(partitions: int) -> None:
    cluster = FakeCluster(topic("techdock.a.v1", partitions))
    planned = topics.plan(cluster, [topic("techdock.a.v1"), topic("techdock.b.v1")])
    with pytest.raises(Misconfigured, match=rf"techdock.a.v1 has {partitions} partitions, the catalogue says 4: keys"):
        topics.apply(cluster, planned)
    assert "techdock.b.v1" not in cluster.held


def test_strays_go_only_when_asked_for() -> None:
    cluster = FakeCluster(topic("techdock.old.v1"))
    planned = topics.plan(cluster, [])
    assert planned.strays == ("techdock.old.v1",)
    assert planned.is_done
    topics.apply(cluster, planned)
    assert "techdock.old.v1" in cluster.held
    topics.apply(cluster, planned, delete=True)
    assert cluster.held == {}


def test_topics_of_institutions_are_known_and_kept_to_their_contract() -> None:
    lax = topic(receipts("dlut").name, 1, cleanup_policy="compact")
    cluster = FakeCluster(inbox("dlut"), lax)
    planned = topics.plan(cluster, [])
    assert planned.strays == ()
    assert planned.unchanged == (inbox("dlut").name,)
    assert [change.name for change in planned.change] == [receipts("dlut").name]
