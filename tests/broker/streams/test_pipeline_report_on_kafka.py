"""``techdock pipeline`` recounts deals from the log of a real broker."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from infra import clients
from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.records import DealAdvanced, Move, Record, SpotlightChosen, SpotlightEntry, SpotlightOrder, Stage
from tests.broker.streams import alone
from tests.broker.streams.commands import techdock
from tests.unit.streams.advances import advance, worth
from tests.unit.streams.making import DAY, EXCLUSIVE_TERMS, NOW, achievement, demand, tech_contract

endpoints, bootstrap = alone.endpoints, alone.bootstrap


@pytest.fixture(autouse=True)
def _topics(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create([topics.ACHIEVEMENTS, topics.DEMANDS, topics.DEALS, topics.SPOTLIGHTS])


def _say(bootstrap: str, topic: topics.Topic, *records: Record) -> None:
    producer = clients.producer(bootstrap)
    for record in records:
        producer.send(topic.name, codec.encode(record), b"key", partition=0)
    producer.flush()
    producer.close()


def _run(endpoints: Endpoints, home: Path, *arguments: str) -> CompletedProcess[str]:
    return techdock(endpoints, home, "pipeline", *arguments)


def _figures(endpoints: Endpoints, home: Path, *arguments: str) -> dict[str, Any]:
    done = _run(endpoints, home, *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return {group["group"]: group for group in json.loads(done.stdout)}


def test_deals_are_counted_by_what_the_register_says_of_them(endpoints: Endpoints, tmp_path: Path) -> None:
    owner, industry = f"p{uuid.uuid4().hex[:8]}", "A0412"
    deal_id = uuid.uuid4()

    def advance(move: Move, stage: Stage, day: int) -> DealAdvanced:
        return DealAdvanced(
            deal_id, owner, "A1", owner, "D1", move, owner, day + 1, stage, None, EXCLUSIVE_TERMS, 1, "",
            NOW + day * DAY, uuid.uuid4(), False, None, None, None, None, None, 0, None, None, None, None, 0, None,
        )  # fmt: skip

    _say(endpoints.bootstrap, topics.ACHIEVEMENTS, achievement(institution_id=owner, industries=(industry,)))
    _say(endpoints.bootstrap, topics.DEMANDS, demand(institution_id=owner, district="990101"))
    _say(endpoints.bootstrap, topics.DEALS, advance(Move.CONTACT, Stage.CONTACTED, 0))
    _say(endpoints.bootstrap, topics.DEALS, advance(Move.START_TALKS, Stage.IN_TALKS, 3))
    for by, name in (("institution", owner), ("enterprise", owner), ("industry", industry), ("district", "990101")):
        group = _figures(endpoints, tmp_path, "--by", by)[name]
        talks = next(one for one in group["stages"] if one["stage"] == "IN_TALKS")
        contacted = next(one for one in group["stages"] if one["stage"] == "CONTACTED")
        assert (group["deals"], talks["stands"], talks["amount_cny"]) == (1, 1, "100.00")
        assert (contacted["seconds_p50"], contacted["conversion"]) == (3 * 86_400, 1.0)
    assert owner in _figures(endpoints, tmp_path, "--by", "institution", "--since", "2026-03-01")
    assert owner not in _figures(endpoints, tmp_path, "--by", "institution", "--since", "2026-03-02")
    assert "went on" in _run(endpoints, tmp_path).stdout


def test_what_happened_in_a_week_or_a_month_is_told_by_what_deals_have_in_common(
    endpoints: Endpoints, tmp_path: Path
) -> None:  # fmt: skip
    owner = f"p{uuid.uuid4().hex[:8]}"
    terms, signed = worth("7.00", "EUR"), tech_contract()
    entry = SpotlightEntry(1, owner, "A1", 1, "pump", 9, 9, 1, None, 1, 1, 1, SpotlightOrder.POINTS)
    session = f"s-{owner}"
    _say(bootstrap := endpoints.bootstrap, topics.SPOTLIGHTS,
         SpotlightChosen(session, NOW - DAY, "li", 50, 10, (), (), (entry,), ()))  # fmt: skip
    deal = f"D-{owner}"
    whose = {"achievement_institution_id": owner}
    _say(
        bootstrap, topics.DEALS,
        advance(deal, 1, Stage.TERMS_AGREED, 0, terms=terms, **whose),
        advance(deal, 2, Stage.CONTRACTED, 3, terms=terms, **whose),
        advance(deal, 3, Stage.REGISTERED, 4, terms=terms, contract=signed, **whose),
    )  # fmt: skip
    for by, name in (("institution", owner), ("session", session)):
        told = json.loads(_run(endpoints, tmp_path, "--by", by, "--per", "week", "--json").stdout)
        assert [(one["begins_on"], one["won"]) for one in told if one["group"] == name] == [
            ("2026-02-23", 0), ("2026-03-02", 1),
        ]  # fmt: skip
    (march,) = [one for one in json.loads(
        _run(endpoints, tmp_path, "--by", "institution", "--per", "month", "--json").stdout
    ) if one["group"] == owner]  # fmt: skip
    assert march["stages"][0] == {
        "stage": "TERMS_AGREED", "entered": 1, "amounts": {"EUR": "7.00"}, "left": 1,
        "seconds_p50": 3 * 86_400.0, "seconds_p90": 3 * 86_400.0,
    }  # fmt: skip
    brokered = _run(endpoints, tmp_path, "--by", "broker", "--per", "week", "--since", "2026-03-04").stdout
    assert "2026-W10, from 2026-03-02, broker-1" in brokered
    assert "2026-W09" not in brokered


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("--by", "moon"), "--by moon"), (("--since", "spring"), "2026-03-01"), (("--per", "hour"), "week, month")],
)
def test_what_cannot_be_asked_is_refused(
    arguments: tuple[str, ...], word: str, endpoints: Endpoints, tmp_path: Path
) -> None:  # fmt: skip
    done = _run(endpoints, tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert word in done.stderr
