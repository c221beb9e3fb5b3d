"""``techdock trace`` reads the line of a deal from the log of a real broker."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from infra import clients
from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.records import DealAdvanced, Move, Record, Stage
from tests.broker.streams import alone
from tests.broker.streams.commands import techdock
from tests.unit.streams.making import NOW, achievement, demand

_TOPICS = (
    topics.ACHIEVEMENTS, topics.DEMANDS, topics.SPOTLIGHTS, topics.MATCHES, topics.DEALS, topics.REFUSALS,
)  # fmt: skip

endpoints, bootstrap = alone.endpoints, alone.bootstrap


@pytest.fixture(autouse=True)
def _topics(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create(_TOPICS)


def _say(bootstrap: str, topic: topics.Topic, record: Record) -> None:
    producer = clients.producer(bootstrap)
    producer.send(topic.name, codec.encode(record), b"key", partition=0).get(30)
    producer.close()


def _trace(endpoints: Endpoints, home: Path, *arguments: str) -> CompletedProcess[str]:
    return techdock(endpoints, home, "trace", *arguments)


def test_a_deal_is_told_from_its_registration_on(endpoints: Endpoints, tmp_path: Path) -> None:
    owner = f"t{uuid.uuid4().hex[:8]}"
    deal = DealAdvanced(
        uuid.uuid4(), owner, "A1", owner, "D1", Move.CONTACT, owner, 1, Stage.CONTACTED, None, None, 0, "", NOW,
        uuid.uuid4(), False, None, None, None, None, None, 0, None, None, None, None, 0, None,
    )  # fmt: skip
    _say(endpoints.bootstrap, topics.ACHIEVEMENTS, achievement(institution_id=owner))
    _say(endpoints.bootstrap, topics.DEMANDS, demand(institution_id=owner))
    _say(endpoints.bootstrap, topics.DEALS, deal)
    done = _trace(endpoints, tmp_path, str(deal.deal_id)[:12], "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["deal"], told["stage"]) == (str(deal.deal_id), "CONTACTED")
    milestones = [(step["milestone"], step["event"]["topic"]) for step in told["steps"]]
    assert milestones == [
        ("achievement registered", topics.ACHIEVEMENTS.name), ("demand posted", topics.DEMANDS.name),
        ("requested", topics.DEALS.name),
    ]  # fmt: skip
    shown = _trace(endpoints, tmp_path, str(deal.deal_id)).stdout
    assert "CONTACT: CONTACTED  by" in shown
    assert "not yet" in shown


def test_an_unknown_deal_is_exit_code_1(endpoints: Endpoints, tmp_path: Path) -> None:
    done = _trace(endpoints, tmp_path, "nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no deal 'nowhere'" in done.stderr
