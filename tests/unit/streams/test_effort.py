"""What matching costs is in metrics by partition, and by demand in a word for those who ask."""

from __future__ import annotations

from prometheus_client import REGISTRY

from schemas import topics
from streams.domain.effort import Cost, Effort, Search
from streams.effort import EffortLog
from streams.matching import MatchingShard
from tests.unit.streams.making import MODEL, achievement, demand, entered


def _counted(name: str, lane: int) -> float:
    return REGISTRY.get_sample_value(f"techdock_{name}", {"partition": str(lane)}) or 0.0


def test_the_effort_of_a_lane_is_added_to_its_partition_and_searches_are_remembered_by_their_demand() -> None:
    log = EffortLog(lambda: 60.0)
    before = _counted("postings_read_total", 91)
    searches = [Search(0.2, "d/1", Cost(5, 0, 1)), Search(0.3, "d/2", Cost(7, 2, 3))]
    log.count(91, Effort(searches, offers=4, postings=20, gated=3, scored=9), 6)
    assert _counted("postings_read_total", 91) - before == 20
    assert [_counted(f"pairs_{what}_total", 91) for what in ("gated", "scored")] == [3, 9]
    assert _counted("offers_total", 91) == 4
    assert _counted("entries_changed_total", 91) == 6
    assert _counted("search_seconds_count", 91) == 2
    assert log.slowest() == [
        {"demand": "d/2", "seconds": 0.3, "postings": 7, "gated": 2, "scored": 3},
        {"demand": "d/1", "seconds": 0.2, "postings": 5, "gated": 0, "scored": 1},
    ]


def test_a_batch_of_facts_is_counted_when_it_is_settled_and_what_is_restored_is_not() -> None:
    log = EffortLog()
    shard = MatchingShard(92, MODEL, log=log)
    for number in range(3):
        shard.load(entered(achievement(f"A{number}"), topics.ACHIEVEMENTS.name))
    shard.load(entered(demand("D1"), topics.DEMAND_COPIES.name))
    shard.restored()
    assert [_counted(name, 92) for name in ("offers_total", "entries_changed_total")] == [0, 0]
    shard.decide(entered(achievement("A9"), topics.ACHIEVEMENTS.name))
    shard.decide(entered(demand("D2"), topics.DEMAND_COPIES.name))
    assert _counted("offers_total", 92) == 0
    assert len(list(shard.settle())) == 2
    assert [_counted(name, 92) for name in ("offers_total", "entries_changed_total")] == [1, 5]
    assert [search["demand"] for search in log.slowest()] == ["district-210202/D2"]
