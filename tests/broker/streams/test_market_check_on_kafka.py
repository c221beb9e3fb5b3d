"""Two processes that each read a partition of a real broker find what one finds that reads both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from infra import clients
from infra.side_by_side import others
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import DealAdvanced, MoveRefused, NegotiationUpdated, PipelineWindowMeasured, Record, Stage
from streams import market_check
from streams.domain.stages import Offered
from streams.domain.turns import follow
from streams.market_check import Report
from streams.window_laws import recounted
from streams.windows import SOURCES
from tests.broker.streams import alone
from tests.unit.streams.making import ORDINARY_TERMS, achievement, demand, sale

endpoints, bootstrap = alone.endpoints, alone.bootstrap
_TOPICS = (
    topics.NEGOTIATIONS, *SOURCES, topics.HELD_MOVES, topics.REFUSALS, topics.LEDGER, topics.DEAL_CLOCKS,
    topics.PIPELINE_WINDOWS, topics.TASK_STATES, topics.POLICY_HINTS, topics.CLOCK,
)  # fmt: skip
_HOMES = ((topics.DEALS, DealAdvanced), (topics.REFUSALS, MoveRefused))
_NAMES = (("A1", "A3"), ("A2", "A4"))


@dataclass(slots=True)
class _Market:
    """What is said of two achievements in each of two partitions, and what was told of it."""

    moves: list[list[Record]] = field(default_factory=lambda: [[], []])
    told: list[list[Record]] = field(default_factory=lambda: [[], []])
    windows: list[PipelineWindowMeasured] = field(default_factory=list)

    @classmethod
    def right(cls) -> _Market:
        """What a lane and the pipeline tell of four sales."""
        made = cls()
        for partition, names in enumerate(_NAMES):
            for name in names:
                sold = sale(achievement_id=name)
                said = [replace(sold[0], demand_id="D2"), *sold, sold[-1], _over(name)]
                offered = Offered(is_registered=True)
                made.moves[partition] += [achievement(name), *said]
                made.told[partition] += [one for each in said for one in follow(offered, each)]
        made.windows = [*recounted([_DEMAND, *_industries(), *made.told[0], *made.told[1]]).values()]
        return made

    def wrong(self) -> _Market:
        """What nobody should tell after it."""
        refusal = next(one for one in self.told[1] if isinstance(one, MoveRefused))
        sold = next(one for one in self.told[1] if isinstance(one, DealAdvanced) and one.stage is Stage.CONTRACTED)
        # What lies in the second partition, somebody has contracted in the first.
        again = replace(sold, demand_id="D8", terms=ORDINARY_TERMS)
        window = replace(self.windows[0], won=self.windows[0].won + 1)
        return _Market([[], []], [[again], [refusal]], [window])


_DEMAND = demand("D1", district="210202")


def _over(name: str) -> NegotiationUpdated:
    """Somebody who comes too late, and is refused."""
    return replace(sale(achievement_id=name)[0], demand_id="D3", sequence=9)


def _industries() -> Iterator[Record]:
    return (achievement(name, industries=(f"C3{name[1]}", "I65")) for names in _NAMES for name in names)


@pytest.fixture(autouse=True)
def _topics(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create(_TOPICS)


def _say(bootstrap: str, market: _Market) -> None:
    producer = clients.producer(bootstrap)

    def send(topic: topics.Topic, records: Iterable[Record], partition: int) -> None:
        for record in records:
            producer.send(topic.name, codec.encode(record), b"key", partition=partition)

    send(topics.DEMANDS, [_DEMAND], 0)
    send(topics.ACHIEVEMENTS, _industries(), 0)
    send(topics.PIPELINE_WINDOWS, market.windows, 0)
    for partition in range(2):
        send(topics.NEGOTIATIONS, market.moves[partition], partition)
        for topic, kind in _HOMES:
            send(topic, (one for one in market.told[partition] if isinstance(one, kind)), partition)
    producer.flush()
    producer.close()


def _checked(bootstrap: str, *shares: list[int]) -> Report:
    with others(len(shares)) as crew:
        return market_check.begun(bootstrap, crew, shares, patience=0)()


def _apart(bootstrap: str) -> Report:
    """What two processes say, once it is the same as what this one says."""
    apart, alone = _checked(bootstrap, [0], [1]), _checked(bootstrap, [0, 1])
    assert (apart.checked, apart.sold) == (alone.checked, alone.sold)
    assert sorted(map(str, apart.differences)) == sorted(map(str, alone.differences))
    return apart


def test_two_processes_agree_with_one_and_find_what_is_wrong_in_either_partition_and_between_them(
    bootstrap: str,
) -> None:
    market = _Market.right()
    _say(bootstrap, market)
    report = _apart(bootstrap)
    assert report.differences == []
    assert report.checked == {
        "moves": 4 * 8, "deals": 4 * 2, "refusals": 4, "moves_waiting": 0, "clocks_fired": 0, "ledger_postings": 0,
        "pipeline_windows": len(market.windows), "policies": 0, "policy_hints": 0,
    }  # fmt: skip
    assert {ref for ref, _ in report.sold} == {f"dlut/{name}" for names in _NAMES for name in names}
    # So few are not worth a process.
    assert market_check.shares(bootstrap) == [[0, 1]]
    _say(bootstrap, market.wrong())
    found = {str(one["what"]) for one in _checked(bootstrap, [0], [1]).differences}
    assert found >= {"refusal", "pipeline window", "sold twice", "law of deals: partition"}
    _say_bytes(bootstrap, b"no record")
    with pytest.raises(Unreadable, match="neither Avro"):
        _checked(bootstrap, [0], [1])


def _say_bytes(bootstrap: str, data: bytes) -> None:
    producer = clients.producer(bootstrap)
    producer.send(topics.DEALS.name, data, b"key", partition=1)
    producer.flush()
    producer.close()
