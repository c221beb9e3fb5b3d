"""Every lane reads and restores from what the catalogue holds, and lanes that join topics may do so."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from schemas import topics
from streams import admission, deals, duplicates, matching, policies, ranking
from streams.lane import LanePlan, Source, Until, by_partition

PLANS: tuple[Callable[[], LanePlan], ...] = (
    admission.plan, matching.plan, ranking.plan, deals.plan, policies.plan, duplicates.plan,
)  # fmt: skip
_KNOWN = {topic.name: topic for topic in (*topics.CATALOGUE, topics.inbox("dlut"), topics.receipts("dlut"))}


def _inputs(plan: LanePlan) -> list[topics.Topic]:
    return [
        topic
        for name, topic in _KNOWN.items()
        if any(re.fullmatch(one, name) if one.startswith("^") else one == name for one in plan.inputs)
    ]


def _sources(plan: LanePlan) -> list[Source]:
    keys = {plan.shard_of(topic.name, p) for topic in _inputs(plan) for p in range(topic.partitions)}
    return [source for key in sorted(keys) for source in plan.sources(key)]


def test_every_kind_of_lane_has_a_name_of_its_own() -> None:
    names = [plan().name for plan in PLANS]
    assert names == ["admission", "matching", "ranking", "deals", "policies", "duplicates"]


@pytest.mark.parametrize("plan", [plan() for plan in PLANS], ids=lambda plan: plan.name)
def test_a_lane_reads_topics_that_say_so(plan: LanePlan) -> None:
    inputs = _inputs(plan)
    assert len(inputs) == len(plan.inputs)
    assert all(plan.name in topic.read_by for topic in inputs)


@pytest.mark.parametrize("plan", [plan() for plan in PLANS], ids=lambda plan: plan.name)
def test_a_lane_is_restored_from_partitions_that_exist(plan: LanePlan) -> None:
    sources = _sources(plan)
    assert sources
    for source in sources:
        topic = _KNOWN[source.topic]
        assert 0 <= source.partition < topic.partitions
        # To the end only of what it writes itself; to its own position only of what it reads.
        assert plan.name in (topic.written_by if source.until is Until.END else topic.read_by)
        assert source.until is Until.END or topic in _inputs(plan)
    places = [(source.topic, source.partition) for source in sources]
    assert len(places) == len(set(places)), "no partition feeds two shards"


@pytest.mark.parametrize("plan", [plan() for plan in PLANS], ids=lambda plan: plan.name)
def test_topics_that_are_joined_have_the_same_number_of_partitions(plan: LanePlan) -> None:
    if plan.shard_of is by_partition:
        assert {topic.partitions for topic in _inputs(plan)} == {topics.PARTITIONS}
        assert {source.partition for source in _sources(plan)} == set(range(topics.PARTITIONS))
    else:
        # What is joined has one partition each; what else comes in is decided record by record.
        joined = {source.topic for source in _sources(plan) if source.topic in plan.inputs}
        assert {_KNOWN[topic].partitions for topic in joined or plan.inputs if topic in _KNOWN} <= {1}
        remembered = {plan.shard_of(topic, 0) for topic in joined}
        assert len(remembered) <= 1


def test_state_that_is_restored_from_the_start_is_never_deleted() -> None:
    for plan in (make() for make in PLANS):
        for source in _sources(plan):
            config = _KNOWN[source.topic].config
            assert (
                source.last is not None or config.get("retention.ms") == "-1" or config["cleanup.policy"] == "compact"
            )


def test_shards_are_made_anew_for_each_key() -> None:
    for plan in (make() for make in PLANS):
        key = plan.shard_of(_inputs(plan)[0].name, 0)
        assert plan.shard(key) is not plan.shard(key)


def test_every_topic_that_is_written_is_read_or_meant_for_people() -> None:
    unread = [topic.name for topic in topics.CATALOGUE if not topic.read_by]
    assert unread == [topics.MODEL_ADOPTIONS.name, topics.PIPELINE.name]
    assert all(topic.written_by for topic in topics.CATALOGUE)
