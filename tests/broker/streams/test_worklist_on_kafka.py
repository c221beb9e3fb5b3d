"""A district office reads its worklist from the topics."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from infra import clients
from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.records import EndCause, Move, Record, Stage
from tests.broker.streams import alone
from tests.broker.streams.commands import techdock
from tests.unit.streams.making import demand
from tests.unit.streams.recognising import ENTERPRISE, advanced, matched, parted

endpoints = alone.endpoints


def _say(bootstrap: str, topic: topics.Topic, records: Iterable[Record]) -> None:
    producer = clients.producer(bootstrap)
    for record in records:
        producer.send(topic.name, codec.encode(record), b"key", partition=0)
    producer.flush()
    producer.close()


def test_an_office_sees_what_matches_its_demands_and_what_was_declined(endpoints: Endpoints, tmp_path: Path) -> None:
    with KafkaCluster(endpoints.bootstrap) as cluster:
        cluster.create([topics.DEMANDS, topics.MATCHES, topics.DEALS])
    posted = [
        demand("D1", institution_id=ENTERPRISE, district="210204"),
        demand("D2", institution_id=ENTERPRISE, district="210211"),
    ]
    declined = replace(advanced(Move.END, 2), stage=Stage.ENDED, end_cause=EndCause.PARTY, reason="too dear")
    _say(endpoints.bootstrap, topics.DEMANDS, posted)
    _say(
        endpoints.bootstrap,
        topics.MATCHES,
        [matched("A1"), matched("A2"), matched("A3"), parted("A3"), matched("A1", "D2")],
    )
    _say(endpoints.bootstrap, topics.DEALS, [declined])
    done = techdock(endpoints, tmp_path, "worklist", "--district", "210204", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert [(one["achievement"], one["demand"], one["answer"], one["reason"]) for one in json.loads(done.stdout)] == [
        ("dlut/A2", f"{ENTERPRISE}/D1", "none yet", ""), ("dlut/A1", f"{ENTERPRISE}/D1", "declined", "too dear"),
    ]  # fmt: skip
    shown = techdock(endpoints, tmp_path, "worklist", "--district", "2102").stdout
    assert "2 demands of 2102, 3 live matches: 2 none yet, 1 declined" in shown


def test_a_district_that_is_none_is_refused(endpoints: Endpoints, tmp_path: Path) -> None:
    done = techdock(endpoints, tmp_path, "worklist", "--district", "21020")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--district 21020: give a GB/T 2260 code" in done.stderr
