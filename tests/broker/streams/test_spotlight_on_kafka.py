"""A list is published with the positions it follows from, and whoever reads the topics comes to the same one."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from infra import clients
from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.records import DealAdvanced, MatchProposed, Move, Record, Stage
from streams import register, spotlight
from streams.domain.spotlight import Rule
from tests.broker.streams import alone
from tests.broker.streams.commands import techdock
from tests.unit.streams.making import EXCLUSIVE_TERMS, NOW, achievement, no_achievement

_RULE = Rule(1_000, 1_000, ("C37",))

endpoints, bootstrap = alone.endpoints, alone.bootstrap


@pytest.fixture(autouse=True)
def _topics(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create([topics.ACHIEVEMENTS, topics.DEALS, topics.MATCHES, topics.SPOTLIGHTS])


@pytest.fixture
def owner() -> str:
    """An institution of this test's own: others write to these topics too."""
    return f"s{uuid.uuid4().hex[:8]}"


def _say(bootstrap: str, topic: topics.Topic, records: Iterable[Record]) -> None:
    producer = clients.producer(bootstrap)
    for record in records:
        producer.send(topic.name, codec.encode(record), b"key", partition=0)
    producer.flush()
    producer.close()


def _registered(bootstrap: str, owner: str, *names: str) -> None:
    _say(bootstrap, topics.ACHIEVEMENTS, [achievement(name, institution_id=owner, maturity=8) for name in names])


def _chosen(bootstrap: str, owner: str) -> list[tuple[str, int]]:
    made = spotlight.choose(bootstrap, owner, _RULE, "li", datetime.now(UTC))
    return [(one.achievement_id, one.demands) for one in made.entries if one.achievement_institution_id == owner]


def _wrong(bootstrap: str, owner: str, sold: spotlight.Sold | None = None) -> list[Any]:
    found = spotlight.differences(bootstrap, spotlight.published(bootstrap), sold)
    return [one for one in found if one["session"] == owner]


def _match(owner: str, name: str, demand: str) -> MatchProposed:
    return MatchProposed(
        uuid.uuid4(), "district-210202", demand, 1, owner, name, 1, "", "", (), 8, None, None, 0.5, "tiny", (), NOW
    )


def test_withdrawn_and_sold_ones_are_not_chosen_and_interest_is_counted(bootstrap: str, owner: str) -> None:
    _registered(bootstrap, owner, "A1", "A2", "A3", "A4")
    _say(bootstrap, topics.ACHIEVEMENTS, [no_achievement("A2", institution_id=owner)])
    sold = DealAdvanced(
        uuid.uuid4(), owner, "A3", "district-210202", "D1", Move.CONTRACT, owner, 4, Stage.CONTRACTED, None,
        EXCLUSIVE_TERMS, 1, "", NOW, uuid.uuid4(), False, None, None, None, None, None, 0, None, None,
        None, None, 0, None,
    )  # fmt: skip
    _say(bootstrap, topics.DEALS, [sold])
    _say(bootstrap, topics.MATCHES, [_match(owner, "A4", one) for one in ("D1", "D2", "D1")])
    assert _chosen(bootstrap, owner) == [("A4", 2), ("A1", 0)]


def test_what_came_after_its_positions_does_not_change_a_list(bootstrap: str, owner: str) -> None:
    _registered(bootstrap, owner, "A1")
    made = spotlight.choose(bootstrap, owner, _RULE, "li", datetime.now(UTC))
    spotlight.publish(bootstrap, made)
    _registered(bootstrap, owner, "A2")
    assert spotlight.published(bootstrap)[owner] == made
    assert _wrong(bootstrap, owner) == []


def test_a_list_is_counted_again_by_what_was_sold_before_its_positions(bootstrap: str, owner: str) -> None:
    _registered(bootstrap, owner, "A1", "A2")
    made = spotlight.choose(bootstrap, owner, _RULE, "li", datetime.now(UTC))
    spotlight.publish(bootstrap, made)
    (end,) = [one.position for one in made.positions if (one.topic, one.partition) == (topics.DEALS.name, 0)]
    # Deals are not read for it, but those that other tests sold are sold.
    others = {(one.achievement_ref, place): 0 for _, place, one in register.decoded(bootstrap, topics.DEALS)}
    assert _wrong(bootstrap, owner, {**others, (f"{owner}/A1", 0): end}) == []
    (told,) = _wrong(bootstrap, owner, {**others, (f"{owner}/A1", 0): end - 1})
    assert len(told["expected"]) == len(told["found"]) - 1


def test_a_list_that_does_not_follow_from_its_positions_is_found(bootstrap: str, owner: str) -> None:
    _registered(bootstrap, owner, "A1", "A2")
    made = spotlight.choose(bootstrap, owner, _RULE, "li", datetime.now(UTC))
    spotlight.publish(bootstrap, replace(made, entries=made.entries[1:]))
    assert len(_wrong(bootstrap, owner)) == 1
    # The last list of a session counts.
    spotlight.publish(bootstrap, made)
    assert _wrong(bootstrap, owner) == []


def _run(endpoints: Endpoints, home: Path, *arguments: str) -> CompletedProcess[str]:
    return techdock(endpoints, home, "spotlight", *arguments)


def _answered(endpoints: Endpoints, home: Path, *arguments: str) -> dict[str, Any]:
    done = _run(endpoints, home, *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_list_whose_log_was_made_anew_is_told_and_not_waited_for(bootstrap: str, owner: str) -> None:
    _registered(bootstrap, owner, "A1")
    made = spotlight.choose(bootstrap, owner, _RULE, "li", datetime.now(UTC))
    beyond = tuple(replace(one, position=one.position + 1_000) for one in made.positions)
    spotlight.publish(bootstrap, replace(made, positions=beyond))
    (told,) = _wrong(bootstrap, owner)
    assert told["log_is_gone"] == sorted({one.topic for one in beyond})


def test_an_organiser_tries_a_list_publishes_it_and_may_replace_it(
    endpoints: Endpoints, tmp_path: Path, owner: str
) -> None:  # fmt: skip
    _registered(endpoints.bootstrap, owner, "A1")
    asked = ("--session", owner, "--count", "3", "--quota", "1", "--industry", "C37", "--by", "li")
    tried = _answered(endpoints, tmp_path, *asked, "--dry-run")
    assert _run(endpoints, tmp_path, "--session", owner, "--show").returncode == 2
    made = _answered(endpoints, tmp_path, *asked)
    assert (made["entries"], made["chosen_by"], made["key_industries"]) == (tried["entries"], "li", ["C37"])
    assert _answered(endpoints, tmp_path, "--session", owner, "--show") == made
    again = _run(endpoints, tmp_path, *asked)
    assert (again.returncode, "--replace" in again.stderr) == (2, True)
    assert _answered(endpoints, tmp_path, *asked, "--replace")["entries"] == made["entries"]
    assert "Spotlight" in _run(endpoints, tmp_path, "--session", owner, "--show").stdout


def test_a_code_that_is_none_is_refused(endpoints: Endpoints, tmp_path: Path) -> None:
    done = _run(endpoints, tmp_path, "--session", "s", "--industry", "Q99999")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--industry Q99999" in done.stderr
