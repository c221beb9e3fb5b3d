"""A worker that does nothing but say it is ready: ``python -m dummy_worker JOB``."""

from __future__ import annotations

import os
import threading

from prometheus_client import Gauge, start_http_server

if __name__ == "__main__":
    Gauge("techdock_process_ready", "1 once this process does its work.").set(1)
    start_http_server(int(os.environ["TECHDOCK_METRICS_PORT"]), "127.0.0.1")
    threading.Event().wait()
