"""A season is counted from the topics, closed once with the positions it follows from, and counted again by anybody."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra import clients
from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.errors import Misconfigured
from schemas.records import Move, Record
from streams import recognition
from streams.domain.seasons import Season
from tests.broker.streams import alone
from tests.broker.streams.commands import techdock
from tests.unit.streams.making import achievement
from tests.unit.streams.recognising import OFFICE, OWNER, advanced, matched, receipt_of_move

endpoints, bootstrap = alone.endpoints, alone.bootstrap

#: Each test has a year of its own.
_years: Iterator[int] = iter(range(2001, 2020))


@pytest.fixture(autouse=True)
def _topics(bootstrap: str) -> None:
    kinds = [topics.ACHIEVEMENTS, topics.DEALS, topics.MATCHES, topics.RECOGNITIONS, topics.receipts(OFFICE)]
    with KafkaCluster(bootstrap) as cluster:
        cluster.create(kinds)


@pytest.fixture
def season() -> Season:
    """A season of this test's own that is long over."""
    return Season(next(_years), 1)


def _say(bootstrap: str, topic: topics.Topic, records: Iterable[Record], season: Season) -> None:
    """They arrive in the middle of a season."""
    arrived = int(datetime(season.year, 2, 1, tzinfo=UTC).timestamp() * 1000)
    producer = clients.producer(bootstrap)
    for record in records:
        producer.send(topic.name, codec.encode(record), b"key", partition=0, timestamp_ms=arrived)
    producer.flush()
    producer.close()


def _sold(bootstrap: str, season: Season) -> str:
    """A match became a deal, and an office spoke in it; the achievement's id, which is of this test alone."""
    name = f"A{uuid.uuid4().hex[:8]}"
    contact = advanced(Move.CONTACT, 1, achievement_id=name)
    _say(bootstrap, topics.ACHIEVEMENTS, [achievement(name)], season)
    _say(bootstrap, topics.MATCHES, [matched(name)], season)
    _say(bootstrap, topics.DEALS, [contact, advanced(Move.CONTRACT, 2, achievement_id=name)], season)
    _say(bootstrap, topics.receipts(OFFICE), [receipt_of_move(contact, OFFICE, OWNER)], season)
    return name


def _wrong(bootstrap: str, season: Season) -> list[object]:
    _, wrong = recognition.differences(bootstrap)
    return [one for one in wrong if one["season"] == season.name]


def test_a_season_is_counted_from_what_arrived_in_it(bootstrap: str, season: Season) -> None:
    name = _sold(bootstrap, season)
    counted = recognition.count(bootstrap, season)
    told = [(one.party, str(one.role), str(one.deed.kind)) for one in counted.credit]
    assert sorted(told) == [
        ("dlut", "OWNER", "closed"), ("dlut", "OWNER", "matched"), ("dlut", "OWNER", "mined"),
        ("neusoft", "ENTERPRISE", "closed"), ("neusoft", "ENTERPRISE", "matched"),
        ("office", "INTERMEDIARY", "matched"),
    ]  # fmt: skip
    assert f"dlut/{name}" in {one.deed.subject for one in counted.credit}
    assert recognition.count(bootstrap, season.following).credit == ()


def test_a_closed_season_stays_as_it_was_closed(bootstrap: str, season: Season) -> None:
    name = _sold(bootstrap, season)
    made = recognition.close(bootstrap, season, "li", datetime.now(UTC))
    assert made.closing is not None
    _sold(bootstrap, season)
    _say(bootstrap, topics.DEALS, [advanced(Move.RESCIND, 3, achievement_id=name)], season)
    again = recognition.count(bootstrap, season)
    assert (again.closing, again.credit) == (made.closing, made.credit)
    assert _wrong(bootstrap, season) == []
    # What came too late for it counts in the next one.
    assert len(recognition.count(bootstrap, season.following).credit) == len(made.credit)


def test_a_season_is_closed_once_and_not_before_it_is_over(bootstrap: str, season: Season) -> None:
    with pytest.raises(Misconfigured, match="close it after that"):
        recognition.close(bootstrap, season, "li", datetime(season.year, 3, 31, 15, 59, tzinfo=UTC))
    made = recognition.close(bootstrap, season, "li", datetime.now(UTC))
    with pytest.raises(Misconfigured, match="was closed by li"):
        recognition.close(bootstrap, season, "wang", datetime.now(UTC))
    # Two who close at the same moment: the first in the log counts.
    assert made.closing is not None
    recognition.publish(bootstrap, replace(made.closing, closed_by="wang", entries=()))
    assert recognition.closings(bootstrap)[season] == made.closing


def test_credit_that_does_not_follow_from_its_positions_is_found(bootstrap: str, season: Season) -> None:
    _sold(bootstrap, season)
    counted = recognition.count(bootstrap, season)
    closing = recognition.close(bootstrap, season.following, "li", datetime.now(UTC)).closing
    assert closing is not None
    recognition.publish(bootstrap, replace(closing, season=season.name, positions=counted.positions))
    assert len(_wrong(bootstrap, season)) == 1
    unknown = replace(closing, season=season.following.following.name, rules_version="2099-9")
    recognition.publish(bootstrap, unknown)
    assert _wrong(bootstrap, season.following.following) == [
        {"what": "recognition", "season": unknown.season, "unknown_rules": "2099-9"}
    ]


def _answered(endpoints: Endpoints, home: Path, *arguments: str) -> dict[str, Any]:
    done = techdock(endpoints, home, "recognition", *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_organiser_looks_at_a_season_and_closes_it(endpoints: Endpoints, tmp_path: Path, season: Season) -> None:
    name = _sold(endpoints.bootstrap, season)
    still = _answered(endpoints, tmp_path, "--season", season.name)
    assert (still["closed_at"], still["entries"][0]["points"]) == (None, 7)
    assert [one["event"]["topic"] for one in still["deeds"] if one["subject"] == f"dlut/{name}"] == [
        topics.ACHIEVEMENTS.name
    ]
    closed = _answered(endpoints, tmp_path, "--season", season.name, "--close", "--by", "li")
    assert (closed["closed_by"], closed["entries"], closed["deeds"]) == ("li", still["entries"], still["deeds"])
    assert _answered(endpoints, tmp_path, "--season", season.name) == closed
    again = techdock(endpoints, tmp_path, "recognition", "--season", season.name, "--close")
    assert (again.returncode, again.stdout) == (2, "")
    assert "was closed by li" in again.stderr
    shown = techdock(endpoints, tmp_path, "recognition", "--season", season.name).stdout
    assert "1  dlut  owner  7 points" in shown
    assert "1 mined × 1 + 1 matched × 1 + 1 closed × 5" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--season", "2026"), "--season 2026: name a year and its quarter"),
        (("--season", "2026-Q1", "--by", "li"), "together with --close"),
        (("--season", "2199-Q1", "--close"), "close it after that"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    endpoints: Endpoints, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:  # fmt: skip
    done = techdock(endpoints, tmp_path, "recognition", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())
