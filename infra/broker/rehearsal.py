"""Runs a broker once so that Java learns how Kafka starts: all later ones start in half the time."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from infra.broker import aot, embedded
from infra.home import Home
from infra.leash import leashed
from infra.terminal import Steps
from schemas.errors import Unavailable

_TOPIC = "rehearsal"
_LOOK_EVERY = 0.1
#: Seconds for a start, for a stop in which the cache is written, and for one answer of the broker.
_STARTING, _STOPPING, _ANSWER = 60.0, 180.0, 10.0


def rehearse(folder: Path, steps: Steps) -> Path:
    """The cache; runs a broker once for it where there is none. Processes that want it at once wait for the first.

    Raises ``Unavailable`` where the broker does not start, or ends without a cache.
    """
    wanted = aot.cache(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".rehearsal").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not wanted.exists():
            with tempfile.TemporaryDirectory(prefix="techdock-") as place:
                _run(Home(Path(place)), folder, wanted, steps)
    return wanted


def _run(home: Home, folder: Path, wanted: Path, steps: Steps) -> None:
    cluster = embedded.alone(home, folder, steps)
    draft = wanted.with_suffix(f".{os.getpid()}")
    (command,) = embedded.commands(cluster, aot.learning(draft))
    log = home.log_of(command.name)
    with steps.step("letting Java learn how Kafka starts"), log.open("wb") as output:
        argv = leashed(command.argv, signal.SIGKILL)
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            _wait(process, cluster.bootstrap)
            _transact(cluster.bootstrap)
            process.terminate()
            process.wait(_STOPPING)
        finally:
            process.kill()
            process.wait()
        if not draft.exists():
            said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise Unavailable(f"Java kept nothing of what it learned of Kafka:\n{said}")
        draft.replace(wanted)


def _wait(process: subprocess.Popen[bytes], bootstrap: str) -> None:
    deadline = time.monotonic() + _STARTING
    while not embedded.is_healthy(bootstrap):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"the broker at {bootstrap} does not start to learn from")
        time.sleep(_LOOK_EVERY)


def _transact(bootstrap: str) -> None:
    """What every broker of ours does from its first second: a topic, a transaction, a group that reads it."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics([NewTopic(_TOPIC, 2, 1)]).values():
        made.result(_ANSWER)
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": _TOPIC})
    producer.init_transactions(_ANSWER)
    producer.begin_transaction()
    producer.produce(_TOPIC, b"value", key=b"key")
    producer.commit_transaction(_ANSWER)
    settings = {"bootstrap.servers": bootstrap, "group.id": _TOPIC, "auto.offset.reset": "earliest"}
    consumer = Consumer(settings)
    consumer.subscribe([_TOPIC])
    consumer.poll(_ANSWER)
    consumer.close()
