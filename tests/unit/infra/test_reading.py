"""Through which clients a broker is asked."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaException

from infra import reading

HERE = "127.0.0.1:9092"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    """The clients that were made."""
    clients: list[Client] = []

    def client(settings: dict[str, object]) -> Client:
        clients.append(Client(str(settings["bootstrap.servers"])))
        return clients[-1]

    monkeypatch.setattr(reading, "AdminClient", client)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return clients


class Client:
    """One that knows a single topic; after a ``restart`` of its broker it finds nobody any more."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.restart = False

    def list_topics(self, timeout: float) -> SimpleNamespace:  # noqa: ARG002 - as the real one is called
        if self.restart:
            raise KafkaException("outdated")
        return SimpleNamespace(topics={"facts": SimpleNamespace(partitions={0: None})})


def test_each_question_has_a_client_of_its_own(made: list[Client]) -> None:
    assert reading.topic_names(HERE) == ["facts"]
    assert reading.places(HERE, ["facts"]) == [("facts", 0)]
    assert len(made) == 2


def test_questions_that_are_asked_together_share_one_for_each_cluster(made: list[Client]) -> None:
    with reading.one_client():
        reading.topic_names(HERE)
        with reading.one_client():
            reading.places(HERE, ["facts"])
        reading.topic_names("elsewhere:9092")
        reading.topic_names(HERE)
    assert [one.bootstrap for one in made] == [HERE, "elsewhere:9092"]
    reading.topic_names(HERE)
    assert len(made) == 3


def test_a_shared_client_that_holds_on_to_what_was_is_replaced(made: list[Client]) -> None:
    with reading.one_client():
        reading.topic_names(HERE)
        made[0].restart = True
        assert reading.topic_names(HERE) == ["facts"]
        reading.topic_names(HERE)
    assert len(made) == 2
