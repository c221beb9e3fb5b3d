"""A secure broker and the clients of strangers: none of ours, only what an institution would set in its own."""

from __future__ import annotations

import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from rich.console import Console

from infra.home import Home
from infra.security import access, principals, secrets
from infra.security.cluster import KafkaUsers
from infra.settings import Settings
from infra.supervisor import infrastructure
from infra.terminal import PlainSteps
from infra.topics import KafkaCluster
from schemas import topics

#: Milliseconds that a stranger waits for what should come.
PATIENCE = 20_000
#: Seconds that it tries to get in where it met nothing but closed connections, and between two looks at what it met.
_TRIES, _LOOK = 4.0, 0.2
#: What these say is only that nobody was reached; what really went wrong may come after.
_VAGUE = frozenset({"_TRANSPORT", "_ALL_BROKERS_DOWN"})


@dataclass(frozen=True, slots=True)
class Stranger:
    """Whoever has an address, a name and a password, and the file of the authorities."""

    bootstrap: str
    name: str
    password: str
    authorities: Path

    def settings(self, **overrides: Any) -> dict[str, Any]:
        usual = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": self.name,
            "sasl_plain_password": self.password,
            "ssl_cafile": str(self.authorities),
            "bootstrap_timeout_ms": PATIENCE,
        }
        return {**usual, **overrides}

    @contextmanager
    def producer(self, **overrides: Any) -> Iterator[KafkaProducer]:
        made = KafkaProducer(**self.settings(max_block_ms=PATIENCE, **overrides))
        try:
            yield made
        finally:
            made.close(timeout=0)

    def write(self, topic: str, value: bytes = b"mine") -> None:
        # Whoever may not write is told so of the topic, not of the right to write without doubles.
        with self.producer(enable_idempotence=False) as producer:
            producer.send(topic, value).get(PATIENCE / 1000)

    def read(self, topic: str) -> list[bytes]:
        """What the first partition holds, read without joining a group; raises ``KafkaException``."""
        consumer = Consumer({**self.librdkafka(), "group.id": f"{self.name}.reader", "enable.partition.eof": True})
        # Asked first: a client that may not know of a topic waits for half a minute whether it comes.
        if (hidden := consumer.list_topics(topic, timeout=20).topics[topic].error) is not None:
            consumer.close()
            raise KafkaException(hidden)
        consumer.assign([TopicPartition(topic, 0, 0)])
        found: list[bytes] = []
        deadline = time.monotonic() + 30
        try:
            while time.monotonic() < deadline:
                message = consumer.poll(0.5)
                error = None if message is None else message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    return found
                # Whoever reads without a group asks for its coordinator all the same, and may not know.
                if error is not None and error.code() != KafkaError.GROUP_AUTHORIZATION_FAILED:
                    raise KafkaException(error)
                if message is not None and error is None:
                    found.append(message.value())
        finally:
            consumer.close()
        raise AssertionError(f"{topic} was not read to its end within 30 s")

    def join(self, topic: str, group: str) -> None:
        """Takes a seat in a group that reads a topic, and leaves it."""
        consumer = KafkaConsumer(topic, **self.settings(group_id=group, enable_auto_commit=False))
        deadline = time.monotonic() + PATIENCE / 1000
        try:
            while not consumer.assignment():
                assert time.monotonic() < deadline, "no partition was assigned"
                # Long: a join that ends between two polls, this client forgets.
                consumer.poll(4_000)
        finally:
            consumer.close()

    def refusals(self, **overrides: str) -> set[str] | None:
        """The names of the errors that a client meets until it knows what is wrong; ``None`` where it is let in."""
        told: set[str] = set()
        changed = {name.replace("_", "."): value for name, value in overrides.items()}
        client = AdminClient({**self.librdkafka(), **changed, "error_cb": lambda error: told.add(error.name())})
        began = time.monotonic()
        while not (told - _VAGUE or (told and time.monotonic() - began > _TRIES)):
            try:
                client.list_topics(timeout=_LOOK)
            except KafkaException:
                client.poll(0)
            else:
                return None
            assert time.monotonic() - began < PATIENCE / 1000, "neither let in nor turned away"
        return told

    def librdkafka(self) -> dict[str, Any]:
        """The same settings by the names of another library."""
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": self.name,
            "sasl.password": self.password,
            "ssl.ca.location": str(self.authorities),
            "log_level": 0,
        }

    @contextmanager
    def admin(self) -> Iterator[KafkaAdminClient]:
        made = KafkaAdminClient(**self.settings(request_timeout_ms=PATIENCE))
        try:
            yield made
        finally:
            made.close()


@dataclass(frozen=True, slots=True)
class Cluster:
    """A secure broker with the topics of the catalogue and of two institutions."""

    home: Home
    bootstrap: str

    def stranger(self, name: str, password: str) -> Stranger:
        return Stranger(self.bootstrap, name, password, self.home.secrets / access.BUNDLE)

    def worker(self, job: str) -> Stranger:
        """Somebody with the password of one of our processes."""
        name = f"{access.OURS}{job}"
        return self.stranger(name, secrets.read(access.password_file(self.home.secrets, name)))

    def admitted(self, institution: str, rate: int = principals.USUAL_RATE) -> Stranger:
        """An institution with a new password."""
        with KafkaUsers(self.bootstrap) as users:
            return self.stranger(f"institution.{institution}", principals.admit(users, institution, rate))

    def operator(self) -> Stranger:
        return self.worker("operator")


@contextmanager
def secure_cluster(artefacts: Path) -> Iterator[Cluster]:
    """A secure broker of its own, whose operator is this process."""
    with tempfile.TemporaryDirectory(prefix="techdock-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TECHDOCK_HOME", folder)
        settings = Settings(Path(folder), artefacts, database_url="sqlite://", secure=True)
        with infrastructure(settings, PlainSteps(Console(stderr=True))) as endpoints:
            with KafkaCluster(endpoints.bootstrap) as cluster:
                both = (topics.inbox, topics.receipts)
                cluster.create([*topics.CATALOGUE, *(make(name) for name in ("dlut", "neusoft") for make in both)])
            yield Cluster(Home(Path(folder)), endpoints.bootstrap)


def plain_tls() -> ssl.SSLContext:
    """A client that believes any certificate and shows none."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
