"""Policies on a real broker: workers come and go, and what deals are told is what asking all of all finds."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.records import Record, Stage, TaskMove
from streams import life_cycle, market_check, policies, policy_check, register
from streams.lane import Lane, LanePlan, Seat
from tests.broker.streams import alone, lanes
from tests.broker.streams.admitting import until
from tests.broker.streams.commands import techdock
from tests.unit.streams.domain.policies.cases import deal
from tests.unit.streams.making import achievement, demand, subsidy, tick

endpoints, bootstrap = alone.endpoints, alone.bootstrap
_TOPICS = (
    topics.TASKS, topics.TASK_STATES, topics.TASK_REFUSALS, topics.POLICIES, topics.POLICY_HINTS, topics.DEALS,
    topics.ACHIEVEMENTS, topics.DEMANDS, topics.DEMAND_COPIES, topics.CLOCK, topics.MATCHES, topics.QUARANTINE,
)  # fmt: skip
#: The commands ask what day it is themselves.
TODAY = datetime.now(UTC)
_COPIED = (topics.DEMAND_COPIES, topics.CLOCK)


@pytest.fixture(autouse=True, scope="module")
def _topics(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create(list(_TOPICS))


@contextmanager
def worker(bootstrap: str, name: str, *plans: LanePlan) -> Iterator[None]:
    """A worker of each lane, for as long as the block runs."""
    with ExitStack() as stack:
        for plan in plans:
            seat = Seat(bootstrap, f"{plan.name}-{name}", f"techdock.{plan.name}")
            stack.enter_context(lanes.at_work(Lane(plan, seat), []))
        yield


def _say(bootstrap: str, *told: tuple[topics.Topic, str, Record]) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    for topic, key, record in told:
        for partition in range(topics.PARTITIONS) if topic in _COPIED else (-1,):
            producer.produce(topic.name, codec.encode(record), key.encode(), partition)
    assert producer.flush(30) == 0


def _policy(rule: str, step: TaskMove = TaskMove.OPEN, **changes: Any) -> tuple[topics.Topic, str, Record]:
    return topics.TASKS, "office/P1", subsidy(rule, step, **changes)


def _deals(names: Iterable[int], stage: Stage = Stage.REGISTERED) -> list[tuple[topics.Topic, str, Record]]:
    return [(topics.DEALS, f"dlut/A{one}", deal(stage, achievement_id=f"A{one}")) for one in names]


def _stands(bootstrap: str, deals: int) -> None:
    """So many deals are told something, and it is what follows."""

    def is_so() -> bool:
        checked, differences = policy_check.check(bootstrap)
        return checked["policy_hints"] == deals and differences == []

    until(is_so, 60)
    # Those that each process looks at are different deals.
    apart = [market_check.counted(bootstrap, [partition]).policies for partition in range(topics.PARTITIONS)]
    assert (sum(checked["policy_hints"] for checked, _ in apart), [wrong for _, wrong in apart]) == (deals, [[], []])


def test_workers_come_and_go_and_deals_are_told_once_what_follows(bootstrap: str) -> None:
    facts = (
        [(topics.ACHIEVEMENTS, f"dlut/A{one}", achievement(f"A{one}", maturity=6)) for one in range(40)]
        + [(each, "district-210202/D1", demand(industries=("C26",))) for each in (topics.DEMANDS, topics.DEMAND_COPIES)]
        + [(topics.CLOCK, "", tick(TODAY))]
    )
    rule = "deal.has_contract && achievement.maturity > 5 && 'C26' in demand.industries"
    with worker(bootstrap, "1", life_cycle.plan(), policies.plan()):
        _say(bootstrap, *facts, *_deals(range(20)), _policy(rule))
        _stands(bootstrap, 20)
        with worker(bootstrap, "2", policies.plan()):
            _say(bootstrap, *_deals(range(20, 40)))
            _stands(bootstrap, 40)
    # Nobody is here.
    _say(bootstrap, *_deals(range(5), Stage.ENDED), *_deals(range(5, 8), Stage.CONTRACTED))
    _say(bootstrap, _policy(f"{rule} && deal.technical_amount_fen >= 10000", TaskMove.REVISE))
    with worker(bootstrap, "3", life_cycle.plan(), policies.plan()):
        _stands(bootstrap, 32)
        before = _told(bootstrap)
        with worker(bootstrap, "4", policies.plan()):
            _say(bootstrap, (topics.CLOCK, "", tick(TODAY)))
            _stands(bootstrap, 32)
        assert _told(bootstrap) == before, "what stands is not told again by whoever takes a share over"
        _say(bootstrap, _policy("", TaskMove.CLOSE, policy=None, title="", since=None, reason="over"))
        _stands(bootstrap, 0)
    assert _told(bootstrap) == 40 + 8 + 32
    assert list(register.decoded(bootstrap, topics.QUARANTINE)) == []


def _told(bootstrap: str) -> int:
    return len(list(register.decoded(bootstrap, topics.POLICY_HINTS)))


def test_people_see_what_a_deal_qualifies_for(endpoints: Endpoints, bootstrap: str, tmp_path: Path) -> None:
    def run(*arguments: str, expect: int = 0) -> str:
        done = techdock(endpoints, tmp_path, "policies", *arguments)
        assert done.returncode == expect, done.stderr
        return done.stdout + done.stderr

    one = subsidy("deal.has_contract", subject_id="P2", until=date(2126, 12, 31))
    with worker(bootstrap, "1", life_cycle.plan(), policies.plan()):
        _say(bootstrap, (topics.TASKS, "office/P2", replace(one, submission_id=uuid.uuid4())))
        _say(bootstrap, *_deals([77]), (topics.CLOCK, "", tick(TODAY)))
        until(lambda: sum(one["deals"] for one in json.loads(run("list", "--json"))) > 0, 60)
    name = str(deal(achievement_id="A77").deal_id)
    assert "office/P2  Subsidy: 3 %; in force, 2026-01-01 to 2126-12-31" in run("list")
    assert json.loads(run("of", name, "--json"))["policies"][0]["qualifies"] is True
    assert "until 2126-12-31" in run("of", name, "--all")
    assert "there is no deal 'ffff'" in run("of", "ffff", expect=1)
    assert "it holds" in run("test", name, "--rule", "deal.amount_fen == 10000")
    assert json.loads(run("test", name, "--rule", "deal.paid_fen > 0", "--json"))["holds"] is False
    assert "undeclared reference to 'deal.price'" in run("test", name, "--rule", "deal.price > 1", expect=1)
    assert "deal.technical_amount_fen" in run("names")
    assert {"name", "type", "about"} == set(json.loads(run("names", "--json"))[0])
