"""What processes say of themselves is read and added up."""

from __future__ import annotations

import socket

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from infra.observed import observe, total


def registry(events: int, stopped: bool, waiting: bool) -> CollectorRegistry:
    made = CollectorRegistry()
    Gauge("techdock_process_ready", "-", registry=made).set(1)
    counter = Counter("techdock_events_in", "-", ["topic"], registry=made)
    counter.labels("a").inc(events)
    counter.labels("b").inc(1)
    Gauge("techdock_lane_stopped", "-", ["lane"], registry=made).labels("matching").set(int(stopped))
    Gauge("techdock_lane_waiting", "-", ["lane"], registry=made).labels("admission").set(int(waiting))
    Histogram("techdock_lane_batch_seconds", "-", registry=made).observe(0.1)
    Counter("python_gc", "-", registry=made).inc()
    return made


def test_counts_are_added_over_labels_and_processes_and_lanes_that_stand_or_wait_are_named() -> None:
    seen = []
    for made in (registry(2, stopped=False, waiting=True), registry(5, stopped=True, waiting=False)):
        server, thread = start_http_server(0, "127.0.0.1", made)
        observed = observe(server.server_port)
        server.shutdown()
        server.server_close()
        thread.join()
        assert observed is not None
        assert observed.ready
        seen.append(observed)
    assert [observed.stopped for observed in seen] == [(), ("matching",)]
    assert [observed.waiting for observed in seen] == [("admission",), ()]
    assert total(seen) == {"techdock_events_in_total": 9.0, "techdock_lane_batch_seconds_count": 2.0}


def test_a_process_that_does_not_answer_is_not_there() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        assert observe(unheard.getsockname()[1]) is None
