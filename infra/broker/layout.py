"""The nodes of the embedded broker and the settings each runs with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Node:
    """One Kafka process, broker and controller in one."""

    number: int
    port: int
    controller_port: int
    folder: Path
    #: Where brokers speak to one another; only a secure node has a listener for that.
    internal_port: int = 0

    @property
    def name(self) -> str:
        return f"broker-{self.number}"

    @property
    def is_secure(self) -> bool:
        return self.internal_port > 0


def port_names(nodes: int, secure: bool = False) -> tuple[str, ...]:
    """The names under which the nodes' ports are kept."""
    kinds = ("broker", "controller", "internal") if secure else ("broker", "controller")
    return tuple(f"{kind}-{number}" for number in range(1, nodes + 1) for kind in kinds)


def nodes(count: int, ports: Mapping[str, int], folder: Path) -> tuple[Node, ...]:
    """The nodes, each with a folder of its own below ``folder``."""
    return tuple(
        Node(
            number,
            ports[f"broker-{number}"],
            ports[f"controller-{number}"],
            folder / f"broker-{number}",
            ports.get(f"internal-{number}", 0),
        )
        for number in range(1, count + 1)
    )


def bootstrap(cluster: Sequence[Node]) -> str:
    """The address for clients."""
    return ",".join(f"127.0.0.1:{node.port}" for node in cluster)


def properties(node: Node, cluster: Sequence[Node]) -> Mapping[str, str]:
    """The settings of one node."""
    copies = str(len(cluster))
    in_sync = str(max(1, len(cluster) - 1))
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.number),
        "controller.quorum.voters": ",".join(f"{peer.number}@127.0.0.1:{peer.controller_port}" for peer in cluster),
        "listeners": f"CLIENTS://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": f"CLIENTS://127.0.0.1:{node.port}",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENTS",
        "log.dirs": str(node.folder / "data"),
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        **_COMMON,
    }


_COMMON: Mapping[str, str] = {
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(2 * 1024 * 1024),
    "replica.fetch.max.bytes": str(2 * 1024 * 1024),
    # Facts stay for ever; topics that may forget say so in the catalogue.
    "log.retention.ms": "-1",
    # A system that was off for a month must go on where it stopped.
    "offsets.retention.minutes": str(60 * 24 * 365),
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # A killed worker's transaction ends at its own timeout, not at the next of the rare default rounds.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "500",
    # Small for a small machine: partitions of internal topics, preallocated indexes, the cleaner's buffer.
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.num.partitions": "8",
    "share.coordinator.state.topic.num.partitions": "1",
    "log.segment.bytes": str(128 * 1024 * 1024),
    "log.index.size.max.bytes": str(2 * 1024 * 1024),
    "log.cleaner.dedupe.buffer.size": str(32 * 1024 * 1024),
    "num.network.threads": "2",
    "num.io.threads": "4",
    # A node that was killed may come back once its old registration is over: the default lets it wait for 9 s.
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "500",
}


def as_text(settings: Mapping[str, str]) -> str:
    """Java properties."""
    return "".join(f"{key}={value}\n" for key, value in settings.items())
