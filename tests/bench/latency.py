"""From publishing to a match in SQL, at a steady rate, in a market that stands; and the memory of it all.

Told twice: by the read model's own histogram, over all matches, and by watching SQL from outside for a sample of
submissions, with one clock for both ends. The peer is one bare hop through the same broker, producer to consumer.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from rich.console import Console
from sqlalchemy import create_engine, select

from consumers.tables import matches
from producers.publisher import Publisher
from schemas.errors import Unavailable
from tests.bench import memory, quantiles
from tests.bench.reports import Result, Row, Size
from tests.bench.standing import Market, stand
from tests.bench.submissions import LAB, OFFICE
from tests.bench.system import System, fresh

_HISTOGRAM = "techdock_submission_to_match_seconds"
#: Of so many submissions two are demands and two are sampled: an achievement and a demand that must have a match.
_ROUND = 10
_LOOK_EVERY = 0.02
#: Seconds after the last submission until a sampled one counts as unseen.
_PATIENCE = 10.0
_HOPS = 300


@dataclass(slots=True)
class Seen:
    """Sampled submissions: when each was sent, and how long it took until its match was seen."""

    waiting: dict[tuple[str, str], float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


def measured(size: Size, console: Console) -> Result:
    """Quantiles in seconds, and megabytes."""
    with fresh() as system:
        console.print(f"up in {system.up():.1f} s")
        market, loading = stand(system.endpoints.bootstrap, size.standing)
        console.print(f"{size.standing:,} records ({market.about}) stand after {loading:.1f} s")
        hop = quantiles.of_values(_hops(system.endpoints.bootstrap, size.rate))
        port = system.process("read-model").metrics_port
        before = quantiles.buckets_of(port, _HISTOGRAM)
        seen, published = _published(system, market, size)
        counted = quantiles.between(before, quantiles.buckets_of(port, _HISTOGRAM))
        held = memory.held(system)
    if not seen.seconds or not counted.get(math.inf):
        raise Unavailable("no match was seen at all")
    told = quantiles.of_buckets(counted)
    watched = quantiles.of_values(seen.seconds)
    content: dict[str, Any] = {
        "texts": market.about,
        "standing": size.standing,
        "standing_seconds": round(loading, 2),
        "published_per_second": round(published, 1),
        "histogram_seconds": {**told, "matches": round(counted[math.inf]), "quantiles": "interpolated in buckets"},
        "watched_seconds": {
            **watched, "sampled": len(seen.seconds), "unseen": len(seen.waiting), "looked_every": _LOOK_EVERY,
        },
        "hop_seconds": hop,
        "ratio": {"to_hop": {name: watched[name] / hop[name] for name in watched}},
        "memory": {"kind": held.kind, "unit": "MB (10^6 bytes)", "total": held.total, "processes": held.by_process},
    }  # fmt: skip
    return Result(_title(size, market), _rounded(content), _rows(content))


def _title(size: Size, market: Market) -> str:
    return f"Publish to match in SQL, {size.rate} events/s over {size.standing:,} standing records ({market.about})"


def _rows(content: dict[str, Any]) -> list[Row]:
    told, watched, held = content["histogram_seconds"], content["watched_seconds"], content["memory"]
    return [
        Row("published", f"{content['published_per_second']:.1f}/s"),
        *(
            Row(f"{name} watched in SQL", f"{watched[name] * 1000:.0f} ms", f"bare hop × {ratio:.0f}")
            for name, ratio in content["ratio"]["to_hop"].items()
        ),
        Row("p99 against the goal", f"{watched['p99']:.3f} s", f"goal 1 s: × {watched['p99']:.2f}"),
        *(Row(f"{name} by the histogram", f"{told[name] * 1000:.0f} ms") for name in quantiles.QUANTILES),
        Row("sampled, of these unseen", f"{watched['sampled'] + watched['unseen']}, {watched['unseen']}"),
        *(Row(f"{held['kind']} {name}", f"{value:.0f} MB") for name, value in held["processes"].items()),
        Row(f"{held['kind']} of all", f"{held['total']:.0f} MB", f"goal 2,000 MB: × {held['total'] / 2000:.2f}"),
    ]  # fmt: skip


def _rounded(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _rounded(value) for name, value in content.items()}
    return round(content, 4) if isinstance(content, float) else content


def _published(system: System, market: Market, size: Size) -> tuple[Seen, float]:
    """Publish at a steady rate while SQL is watched; the sample, and the rate that was reached."""
    seen, done = Seen(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(system.endpoints.database_url, seen, done))
    watcher.start()
    try:
        with Publisher(system.endpoints.bootstrap) as publisher:
            began = time.perf_counter()
            for number in range(size.rate * size.seconds):
                _sleep_until(began + number / size.rate)
                _send(publisher, market, number, seen)
            seconds = time.perf_counter() - began
    finally:
        done.set()
        watcher.join()
    return seen, size.rate * size.seconds / seconds


def _send(publisher: Publisher, market: Market, number: int, seen: Seen) -> None:
    match number % _ROUND:
        case 0:
            answer = market.answer()
            seen.waiting[LAB, answer.achievement_id] = time.perf_counter()
            publisher.send(answer)
        case 5:
            question = market.question()
            seen.waiting[OFFICE, question.demand_id] = time.perf_counter()
            publisher.send(question)
        case 2:
            publisher.send(market.demand())
        case _:
            publisher.send(market.achievement())


def _watch(database_url: str, seen: Seen, done: threading.Event) -> None:
    """Look for the matches of what waits, until the sample is complete or patience is at its end."""
    engine = create_engine(database_url)
    deadline = math.inf
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while time.perf_counter() < deadline and not (done.is_set() and not seen.waiting):
            _sleep_until(time.perf_counter() + _LOOK_EVERY)
            for name in _found(connection, list(seen.waiting)):
                seen.seconds.append(time.perf_counter() - seen.waiting.pop(name))
            if done.is_set() and math.isinf(deadline):
                deadline = time.perf_counter() + _PATIENCE
    engine.dispose()


def _found(connection: Any, waiting: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of ``waiting`` that have a match."""
    found: set[tuple[str, str]] = set()
    for institution, owner, subject in (
        (LAB, matches.c.achievement_institution_id, matches.c.achievement_id),
        (OFFICE, matches.c.demand_institution_id, matches.c.demand_id),
    ):
        names = [name for whose, name in waiting if whose == institution]
        if names:
            asked = select(subject).where(owner == institution, subject.in_(names)).distinct()
            found |= {(institution, name) for name in connection.execute(asked).scalars()}
    return found


def _hops(bootstrap: str, rate: int) -> list[float]:
    """Seconds from produce to consume of 1 kB, nothing else, one record at a time."""
    topic = "bench.hop"
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 5})
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "isolation.level": "read_committed"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    value, seconds = random.Random(0).randbytes(1000), []
    for _ in range(_HOPS):
        began = time.perf_counter()
        producer.produce(topic, value)
        _until(lambda: _is_record(consumer.poll(1.0)))
        seconds.append(time.perf_counter() - began)
        _sleep_until(began + 1 / rate)
    producer.flush(10)
    consumer.close()
    # The first ones open connections.
    return seconds[_HOPS // 10 :]


def _is_record(message: Any) -> bool:
    return message is not None and message.error() is None


def _until(outcome: Callable[[], bool], patience: float = 30.0) -> None:
    deadline = time.perf_counter() + patience
    while not outcome():
        if time.perf_counter() > deadline:
            raise Unavailable("a record did not come back from the broker")


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.perf_counter()))
