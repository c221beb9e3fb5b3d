"""Where a match can be seen: Kafka, SQL and the web; each says whether an achievement still has one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import httpx
from confluent_kafka import Consumer, TopicPartition
from sqlalchemy import Connection, create_engine, select

from consumers.tables import matches
from infra import reading
from infra.home import Endpoints
from schemas import codec, topics
from tests.bench.submissions import LAB

#: Whether the achievement of this id, one of the bench's own, is shown in any match.
Shows = Callable[[str], bool]
#: Seconds and records that one look into Kafka takes at most.
_LOOK, _MOST = 0.005, 1000


class Told:
    """Live matches as the topic tells them: the demands of each achievement."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self.demands: defaultdict[str, set[str]] = defaultdict(set)

    def hear(self) -> int:
        """Take in what has come; how much it was."""
        messages = self._consumer.consume(_MOST, _LOOK)
        for message in messages:
            if message.error() is None:
                name, values = codec.decode_fields(message.value())
                demands = self.demands[values["achievement_id"]]
                (demands.discard if name == "MatchWithdrawn" else demands.add)(values["demand_id"])
        return len(messages)

    def shows(self, achievement_id: str) -> bool:
        """Whether it has a match by all that was told so far."""
        self.hear()
        return bool(self.demands[achievement_id])


@contextmanager
def views(endpoints: Endpoints) -> Iterator[tuple[Told, Mapping[str, Shows]]]:
    """What was told until now, and all views by their names."""
    consumer = Consumer({
        "bootstrap.servers": endpoints.bootstrap, "group.id": "bench.views", "isolation.level": "read_committed",
        "enable.auto.commit": False,
    })  # fmt: skip
    consumer.assign([TopicPartition(*place, 0) for place in reading.places(endpoints.bootstrap, [topics.MATCHES.name])])
    told = Told(consumer)
    engine = create_engine(endpoints.database_url)
    try:
        with (
            engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
            httpx.Client(base_url=endpoints.web_url or "", timeout=30) as client,
        ):
            yield told, {"kafka": told.shows, "sql": _in_sql(connection), "web": _on_the_web(client)}
    finally:
        consumer.close()
        engine.dispose()


def _in_sql(connection: Connection) -> Shows:
    asked = select(1).where(matches.c.achievement_institution_id == LAB).limit(1)

    def shows(achievement_id: str) -> bool:
        return connection.execute(asked.where(matches.c.achievement_id == achievement_id)).first() is not None

    return shows


def _on_the_web(client: httpx.Client) -> Shows:
    def shows(achievement_id: str) -> bool:
        answer = client.get("/v1/matches", params={"achievement": f"{LAB}/{achievement_id}", "limit": 1})
        answer.raise_for_status()
        return bool(answer.json())

    return shows
