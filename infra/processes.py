"""TechDock's own processes as data: what runs beside the broker and the database."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.children import Command
from infra.home import Endpoints, Home
from infra.security import access


@dataclass(frozen=True, slots=True)
class Process:
    """A kind of process: the package that carries it, its job there, and whether it comes as N workers."""

    package: str
    job: str
    scales: bool = False
    serves_web: bool = False
    takes_in: bool = False
    #: Its consumer group, where it ends with a dot the beginning of its name; and whether it writes in transactions,
    #: whose ids begin with the name of the group.
    group: str | None = None
    is_lane: bool = False
    #: Reads whole topics by itself when it starts, beside its group.
    reads_alone: bool = False


PROCESSES: tuple[Process, ...] = (
    Process("streams", "admission", scales=True, group="techdock.admission", is_lane=True),
    Process("streams", "matching", scales=True, group="techdock.matching", is_lane=True),
    Process("streams", "ranking", scales=True, group="techdock.ranking", is_lane=True),
    Process("streams", "deals", scales=True, group="techdock.deals", is_lane=True),
    Process("streams", "life-cycle", scales=True, group="techdock.life-cycle", is_lane=True),
    Process("streams", "policies", scales=True, group="techdock.policies", is_lane=True),
    Process("streams", "duplicates", group="techdock.duplicates", is_lane=True),
    Process("streams", "pipeline", group="techdock-pipeline.", reads_alone=True),
    Process("consumers", "read-model", group="techdock.read-model"),
    Process("consumers", "web", serves_web=True),
    Process("producers", "gateway", takes_in=True),
)

#: Brings the read model's tables to the newest shape; ends by itself.
MIGRATION = (sys.executable, "-m", "consumers", "migrate")
#: Lets matching begin with the scoring model that ships, where none is published yet; ends by itself.
FIRST_MODEL = (sys.executable, "-m", "infra", "model", "publish", "--if-none")
#: What acts when a process starts, and not later. glibc gives each thread an arena of its own; with librdkafka's
#: threads that doubles what a process holds. Nothing of ours multiplies matrices; OpenBLAS has a thread for it, and a
#: process with threads cannot be forked.
AT_START: Mapping[str, str] = {"MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1"}
#: The name under which the console's port is kept.
WEB = "web-console"
#: The same of the intake over HTTPS.
INTAKE = "intake"


def names(table: Sequence[Process], workers: int) -> tuple[str, ...]:
    """The names of all workers: ``admission-1``, ``admission-2``, …, ``pipeline``."""
    return tuple(name for name, _ in _workers(table, workers))


def packages(table: Sequence[Process]) -> tuple[str, ...]:
    """The packages that carry them."""
    return tuple(dict.fromkeys(process.package for process in table))


def commands(
    table: Sequence[Process], workers: int, home: Home, endpoints: Endpoints, ports: Mapping[str, int]
) -> tuple[Command, ...]:
    """One command for each worker; ``ports`` holds a metrics port for each name, and ``WEB`` and ``INTAKE``."""
    is_secure = access.login(endpoints.bootstrap) is not None
    return tuple(
        Command(
            name,
            (sys.executable, "-m", process.package, process.job),
            env={
                **environment(home, endpoints),
                **(access.environment(home.secrets, f"{access.OURS}{process.job}") if is_secure else {}),
                "TECHDOCK_PROCESS_NAME": name,
                "TECHDOCK_METRICS_PORT": str(ports[name]),
                "TECHDOCK_WEB_PORT": str(ports[WEB]) if process.serves_web else "0",
                "TECHDOCK_INTAKE_PORT": str(ports[INTAKE]) if process.takes_in else "0",
            },
            metrics_port=ports[name],
        )
        for name, process in _workers(table, workers)
    )


def environment(home: Home, endpoints: Endpoints) -> Mapping[str, str]:
    """What every child of ours must know."""
    return {
        "TECHDOCK_HOME": str(home.root),
        "TECHDOCK_BOOTSTRAP": endpoints.bootstrap,
        "TECHDOCK_DATABASE_URL": endpoints.database_url,
        # Empty where there is none: what the supervisor was started with must not tell otherwise.
        "TECHDOCK_SCHEMA_REGISTRY_URL": endpoints.schema_registry_url or "",
        **AT_START,
    }


def prometheus_targets(commands: Sequence[Command]) -> list[dict[str, object]]:
    """The processes in Prometheus' ``file_sd`` format."""
    return [
        {"targets": [f"127.0.0.1:{command.metrics_port}"], "labels": {"process": command.name}}
        for command in commands
        if command.metrics_port
    ]


def _workers(table: Sequence[Process], workers: int) -> list[tuple[str, Process]]:
    named: list[tuple[str, Process]] = []
    for process in table:
        if process.scales:
            named += [(f"{process.job}-{number}", process) for number in range(1, workers + 1)]
        else:
            named.append((process.job, process))
    return named
