"""What is wrong is told, with its cause."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from infra import health, runfiles
from infra.health import WaitingLane
from infra.home import Home
from infra.runfiles import Record

PROCESS = "admission-1"


@pytest.fixture
def waits(place: Home) -> Iterator[Gauge]:
    """Whether the admission of this home waits; it is ready all the same."""
    made = CollectorRegistry()
    Gauge("techdock_process_ready", "-", registry=made).set(1)
    gauge = Gauge("techdock_lane_waiting", "-", ["lane"], registry=made)
    server, thread = start_http_server(0, "127.0.0.1", made)
    began = runfiles.started(os.getpid()) or ""
    runfiles.write(place.run, Record(PROCESS, os.getpid(), began, (), server.server_port, "ready"))
    yield gauge.labels("admission")
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_lane_that_waits_is_not_well_and_its_cause_is_told(place: Home, waits: Gauge) -> None:
    waits.set(0)
    assert health.look(place, {}).ok
    waits.set(1)
    assert health.look(place, {}).waiting_lanes == (WaitingLane(PROCESS, "admission"),)
    word = {"lane": "admission", "cause": "the schema registry does not answer"}
    (place.run / f"{PROCESS}.waiting").write_text(json.dumps(word), encoding="utf-8")
    found = health.look(place, {})
    assert not found.ok
    assert found.as_json()["waiting_lanes"] == [
        {"process": PROCESS, "lane": "admission", "cause": "the schema registry does not answer"}
    ]
