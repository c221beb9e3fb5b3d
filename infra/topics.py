"""Makes the cluster's topics what the catalogue says: first a plan that can be read, then the deed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from kafka.admin import ConfigResource
from kafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
)

from infra import clients
from schemas.errors import Misconfigured, Unavailable
from schemas.topics import Topic, inbox, institution_of, receipts

_OURS = "techdock."


@dataclass(frozen=True, slots=True)
class Existing:
    """A topic as the cluster has it; ``config`` holds what was set for this topic alone."""

    partitions: int
    config: Mapping[str, str]


class Cluster(Protocol):
    """What planning and applying need of a Kafka cluster."""

    def topics(self) -> Mapping[str, Existing]:
        """Every topic whose name starts with ``techdock.``."""

    def create(self, topics: Sequence[Topic]) -> None:
        """Makes topics, with the cluster's usual number of copies; one that exists already is fine."""

    def configure(self, name: str, config: Mapping[str, str]) -> None:
        """Sets these settings of one topic and leaves its others."""

    def delete(self, names: Sequence[str]) -> None:
        """Deletes topics with all that is in them."""


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """The settings of one topic that have to be set."""

    name: str
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to happen; ``strays`` are ours by name but known to nobody, deleted only if asked for."""

    create: tuple[Topic, ...]
    change: tuple[ConfigChange, ...]
    unchanged: tuple[str, ...]
    strays: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def is_done(self) -> bool:
        """Whether the cluster is as the catalogue says, strays aside."""
        return not (self.create or self.change or self.refused)


def plan(cluster: Cluster, catalogue: Iterable[Topic]) -> Plan:
    """What it takes to bring the cluster to the catalogue; changes nothing.

    Institutions' inboxes and receipts are known by their names: those that exist are kept to their own contract.
    """
    existing = cluster.topics()
    wanted = {topic.name: topic for topic in catalogue}
    wanted.update({name: topic for name in existing if (topic := _of_an_institution(name)) is not None})
    both = [(topic, existing[name]) for name, topic in sorted(wanted.items()) if name in existing]
    changes = [ConfigChange(topic.name, changes) for topic, has in both if (changes := _changes(topic, has))]
    changed = {change.name for change in changes}
    return Plan(
        create=tuple(topic for name, topic in sorted(wanted.items()) if name not in existing),
        change=tuple(changes),
        unchanged=tuple(topic.name for topic, _ in both if topic.name not in changed),
        strays=tuple(sorted(name for name in existing if name not in wanted)),
        refused=tuple(
            f"{topic.name} has {has.partitions} partitions, the catalogue says {topic.partitions}: keys would move "
            "to other partitions and lose their order; make a new version of the topic instead"
            for topic, has in both
            if has.partitions != topic.partitions
        ),
    )


def apply(cluster: Cluster, planned: Plan, delete: bool = False) -> None:
    """Carries a plan out; strays go only with ``delete``.

    Raises ``Misconfigured``, before anything is done, when the plan holds something refused.
    """
    if planned.refused:
        raise Misconfigured(planned.refused)
    if planned.create:
        cluster.create(planned.create)
    for change in planned.change:
        cluster.configure(change.name, change.config)
    if delete and planned.strays:
        cluster.delete(planned.strays)


def described(planned: Plan) -> list[str]:
    """The plan, one line for each topic that is not as it should be, and a sum."""
    lines = [f"create     {topic.name} ({topic.partitions} partitions)" for topic in planned.create]
    lines += [f"configure  {change.name}: {_settings(change.config)}" for change in planned.change]
    lines += [f"refused    {sentence}" for sentence in planned.refused]
    lines += [f"stray      {name} (deleted only with --delete)" for name in planned.strays]
    return [*lines, f"unchanged  {len(planned.unchanged)} topics"]


def _settings(config: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(config.items()))


def _changes(topic: Topic, has: Existing) -> Mapping[str, str]:
    """What the catalogue says and the cluster does not; settings the catalogue is silent about are the operator's."""
    return {key: value for key, value in topic.config.items() if has.config.get(key) != value}


def _of_an_institution(name: str) -> Topic | None:
    institution = institution_of(name)
    if institution is None:
        return None
    return inbox(institution) if name.startswith(f"{_OURS}inbox.") else receipts(institution)


class KafkaCluster:
    """A real cluster, spoken to with kafka-python; its methods raise ``Unavailable`` where Kafka says no."""

    def __init__(self, bootstrap: str) -> None:
        self._admin = clients.admin(bootstrap)

    def __enter__(self) -> KafkaCluster:
        return self

    def __exit__(self, *reason: object) -> None:
        self._admin.close()

    def topics(self) -> Mapping[str, Existing]:
        with _translated("topics cannot be listed"):
            found = [topic for topic in self._admin.describe_topics() if topic["name"].startswith(_OURS)]
            if not found:
                return {}
            asked = [ConfigResource("TOPIC", topic["name"]) for topic in found]
            settings = self._admin.describe_configs(asked)["topic"]
        return {topic["name"]: Existing(len(topic["partitions"]), _own(settings[topic["name"]])) for topic in found}

    def create(self, topics: Sequence[Topic]) -> None:
        with _translated("topics cannot be made"):
            for topic in topics:
                layout = {"num_partitions": topic.partitions, "replication_factor": -1, "configs": dict(topic.config)}
                # One by one: a topic that someone else was quicker to make, with the same contract, is as good.
                with suppress(TopicAlreadyExistsError):
                    self._admin.create_topics({topic.name: layout})
            self._admin.wait_for_topics([topic.name for topic in topics])

    def configure(self, name: str, config: Mapping[str, str]) -> None:
        with _translated(f"{name} cannot be configured"):
            answer = self._admin.alter_configs([ConfigResource("TOPIC", name, dict(config))])["topic"][name]
        if answer != "OK":
            raise Misconfigured([f"{name}: {answer}"])

    def delete(self, names: Sequence[str]) -> None:
        with _translated("topics cannot be deleted"):
            self._admin.delete_topics(list(names))


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except (TopicAuthorizationFailedError, ClusterAuthorizationFailedError) as error:
        raise Misconfigured([f"{what}: on a secure broker that is for its operator to do"]) from error
    except KafkaError as error:
        raise Unavailable(f"{what}: {error}") from error


def _own(described: Mapping[str, Mapping[str, object]]) -> Mapping[str, str]:
    """The settings made for a topic itself, without those it has from the broker."""
    return {
        key: str(entry["value"]) for key, entry in described.items() if entry["config_source"] == "DYNAMIC_TOPIC_CONFIG"
    }
