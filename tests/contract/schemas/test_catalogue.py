"""The catalogue of topics agrees with itself, with the processes there are, and with what the lanes do."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from infra.processes import PROCESSES
from schemas import topics
from schemas.records import RECORDS
from schemas.topics import Topic
from streams import deals, duplicates, matching, policies, ranking
from streams.lane import LanePlan

JOBS = {process.job for process in PROCESSES}
#: Commands of ``techdock`` that write to topics themselves.
COMMANDS = {
    "model", "quarantine", "institution", "delegation", "token", "import", "relay", "load", "demo", "spotlight",
    "recognition", "annex", "merge", "distinct",
}  # fmt: skip
#: Lanes that join topics by partition. Admission is none: each inbox stands alone.
JOINING = (matching.plan(), ranking.plan(), deals.plan(), policies.plan())
#: One that sketches by partition and lets all sketches meet in the one partition of their topic.
MEETING = duplicates.plan()
#: Topics of which only the last record of a key counts.
COMPACTED = {"techdock.ranking-state.v1", "techdock.pipeline-windows.v1", "techdock.weighed-texts.v1"}

each_topic = pytest.mark.parametrize("topic", topics.CATALOGUE, ids=lambda topic: topic.name)
each_lane = pytest.mark.parametrize("plan", JOINING, ids=lambda plan: plan.name)


def _touched(plan: LanePlan) -> set[str]:
    keys = {plan.shard_of(topic, 0) for topic in plan.inputs}
    return {*plan.inputs, *(source.topic for key in keys for source in plan.sources(key))}


def test_names_are_unique() -> None:
    assert [name for name, times in Counter(topic.name for topic in topics.CATALOGUE).items() if times > 1] == []


@each_topic
def test_a_topic_is_named_after_what_it_carries(topic: Topic) -> None:
    assert re.fullmatch(r"techdock\.[a-z]+(?:-[a-z]+)*\.v1", topic.name)


@each_topic
def test_a_topic_says_what_it_is_about_and_how_it_is_keyed(topic: Topic) -> None:
    assert topic.about.endswith(".")
    assert topic.key
    # Quarantine carries bytes that are nobody's record.
    assert topic.records or topic is topics.QUARANTINE
    assert set(topic.records) <= set(RECORDS)


@each_topic
def test_whoever_writes_or_reads_a_topic_exists(topic: Topic) -> None:
    assert topic.written_by
    assert set(topic.written_by) <= JOBS | COMMANDS
    assert set(topic.read_by) <= JOBS


@each_topic
def test_only_state_is_compacted(topic: Topic) -> None:
    assert ("compact" in topic.config["cleanup.policy"]) == (topic.name in COMPACTED)


@each_topic
def test_facts_and_decisions_are_kept_for_ever(topic: Topic) -> None:
    passing = {topics.CLOCK.name, topics.PIPELINE.name, *COMPACTED}

    assert (topic.config.get("retention.ms") == "-1") == (topic.name not in passing)


def test_an_institutions_topics_are_kept_for_ever_and_whole() -> None:
    for topic in (topics.inbox("dlut"), topics.receipts("dlut")):
        assert topic.config["retention.ms"] == "-1"
        assert topic.config["cleanup.policy"] == "delete"
        assert {*topic.written_by, *topic.read_by} <= {*JOBS, "dlut"}


@each_lane
def test_topics_that_a_lane_joins_share_their_number_of_partitions(plan: LanePlan) -> None:
    partitions = {topic.partitions for topic in topics.CATALOGUE if topic.name in _touched(plan)}

    assert partitions == {topics.PARTITIONS}


def test_where_all_meet_there_is_one_partition() -> None:
    by_partition = {topics.ACHIEVEMENTS.name}
    meeting = [topic for topic in topics.CATALOGUE if topic.name in set(MEETING.inputs) - by_partition]

    assert {topic.partitions for topic in meeting} == {1}
    assert {MEETING.shard_of(topic.name, 0) for topic in meeting} == {"meeting"}


@pytest.mark.parametrize("plan", [*JOINING, MEETING], ids=lambda plan: plan.name)
def test_the_catalogue_tells_what_a_lane_reads(plan: LanePlan) -> None:
    assert _touched(plan) == {topic.name for topic in topics.CATALOGUE if plan.name in topic.read_by}


@pytest.mark.parametrize("plan", [*JOINING, MEETING], ids=lambda plan: plan.name)
def test_what_a_lane_cannot_decide_has_a_place(plan: LanePlan) -> None:
    assert plan.name in topics.QUARANTINE.written_by
