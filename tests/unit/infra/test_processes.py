"""The table of processes becomes commands that a supervisor can run."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from infra import processes
from infra.home import Endpoints, Home
from infra.processes import INTAKE, PROCESSES, WEB

ENDPOINTS = Endpoints("kafka:9092", "postgresql+psycopg://db", None)


def test_workers_are_numbered_where_a_processor_scales() -> None:
    assert processes.names(PROCESSES, 2) == (
        "admission-1",
        "admission-2",
        "matching-1",
        "matching-2",
        "ranking-1",
        "ranking-2",
        "deals-1",
        "deals-2",
        "life-cycle-1",
        "life-cycle-2",
        "policies-1",
        "policies-2",
        "duplicates",
        "pipeline",
        "read-model",
        "web",
        "gateway",
    )


def test_each_process_knows_its_name_its_ports_and_where_everything_is() -> None:
    names = processes.names(PROCESSES, 1)
    ports = {name: 100 + number for number, name in enumerate((*names, WEB, INTAKE))}
    commands = processes.commands(PROCESSES, 1, Home(Path("/home")), ENDPOINTS, ports)
    *_, web, gateway = commands
    assert web.argv == (sys.executable, "-m", "consumers", "web")
    assert web.env == {
        "TECHDOCK_HOME": "/home",
        "TECHDOCK_BOOTSTRAP": "kafka:9092",
        "TECHDOCK_DATABASE_URL": "postgresql+psycopg://db",
        "TECHDOCK_SCHEMA_REGISTRY_URL": "",
        "MALLOC_ARENA_MAX": "2",
        "OPENBLAS_NUM_THREADS": "1",
        "TECHDOCK_PROCESS_NAME": "web",
        "TECHDOCK_METRICS_PORT": str(ports["web"]),
        "TECHDOCK_WEB_PORT": str(ports[WEB]),
        "TECHDOCK_INTAKE_PORT": "0",
    }
    assert gateway.argv == (sys.executable, "-m", "producers", "gateway")
    assert gateway.env["TECHDOCK_INTAKE_PORT"] == str(ports[INTAKE])
    assert [command.env["TECHDOCK_WEB_PORT"] for command in commands] == ["0"] * 9 + [str(ports[WEB]), "0"]


def test_every_process_knows_the_schema_registry() -> None:
    endpoints = replace(ENDPOINTS, schema_registry_url="http://registry")
    ports = dict.fromkeys((*processes.names(PROCESSES, 1), WEB, INTAKE), 9100)
    commands = processes.commands(PROCESSES, 1, Home(Path("/home")), endpoints, ports)
    assert {command.env["TECHDOCK_SCHEMA_REGISTRY_URL"] for command in commands} == {"http://registry"}


def test_prometheus_is_told_every_target() -> None:
    ports = dict.fromkeys((*processes.names(PROCESSES, 1), WEB, INTAKE), 9100)
    targets = processes.prometheus_targets(processes.commands(PROCESSES, 1, Home(Path("/home")), ENDPOINTS, ports))
    assert targets[0] == {"targets": ["127.0.0.1:9100"], "labels": {"process": "admission-1"}}
    assert len(targets) == 11
