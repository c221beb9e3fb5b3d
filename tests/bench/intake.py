"""From a request to the intake until its answer says that Kafka has it, at a steady rate of single submissions.

Beside it, with the same client and the same bodies in the same run: an endpoint of FastAPI that answers at once; and a
bare producer with acks=all, without HTTP. Time runs from the moment when a request was due, so that one that has to
wait for another's answer counts its wait.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from rich.console import Console

from infra import reading
from producers import admittance, tokens
from producers.institution_log import say
from producers.institutions import Description, new_key
from schemas import codec, shapes, topics
from schemas.errors import Unavailable
from schemas.records import InstitutionKind
from tests.bench import quantiles
from tests.bench.reports import Result, Row, Size
from tests.bench.submissions import achievement, texts
from tests.bench.system import System, fresh
from tests.bench.wire import Wire

_INSTITUTION, _TOPIC = "bench-http", "bench.intake"
_PEER = Path(__file__).with_name("peers") / "bare_endpoint.py"
#: Requests before anything is measured: they open connections.
_WARMING = 50
#: The issue's goal for the 99th percentile, in seconds.
_GOAL = 0.1

Ask = Callable[[bytes], Awaitable[None]]


def measured(size: Size, console: Console) -> Result:
    """Quantiles in seconds of all three, at ``size.requests`` a second for ``size.seconds``."""
    bodies = _bodies(size.requests * size.seconds + _WARMING)
    with fresh() as system:
        console.print(f"up in {system.up():.1f} s")
        token = _token(system.endpoints.bootstrap)
        url = system.endpoints.intake_url
        if url is None:
            raise Unavailable("the intake does not run")
        _until_known(url, token)
        with _endpoint() as peer:
            found = {"endpoint": asyncio.run(_over_http(peer, token, bodies, size))}
        found["producer"] = asyncio.run(_produced(system, bodies, size))
        found["intake"] = asyncio.run(_over_http(url, token, bodies, size))
        written = _written(system)
    if written != len(bodies):
        raise Unavailable(f"{len(bodies):,} were answered with 202, and {written:,} are in the inbox")
    told = {name: quantiles.of_values(seconds) for name, seconds in found.items()}
    content: dict[str, Any] = {
        "requests_per_second": size.requests,
        "seconds": size.seconds,
        "in_kafka": written,
        **{f"{name}_seconds": {each: round(value, 5) for each, value in one.items()} for name, one in told.items()},
        "ratio": {
            peer: {each: round(told["intake"][each] / value, 2) for each, value in told[peer].items()}
            for peer in ("endpoint", "producer")
        },
    }
    return Result(f"HTTPS intake, {size.requests} requests/s for {size.seconds} s", content, _rows(told, content))


def _rows(told: dict[str, dict[str, float]], content: dict[str, Any]) -> list[Row]:
    rows = [
        Row(
            f"{name} until 202", f"{value * 1000:.1f} ms",
            ", ".join(f"bare {peer} × {ratio[name]:.1f}" for peer, ratio in content["ratio"].items()),
        )
        for name, value in told["intake"].items()
    ]  # fmt: skip
    p99 = told["intake"]["p99"]
    return [
        *rows,
        Row("p99 against the goal", f"{p99 * 1000:.1f} ms", f"goal 100 ms: × {p99 / _GOAL:.2f}"),
        Row("in Kafka", f"{content['in_kafka']:,}"),
    ]


def _bodies(count: int) -> list[bytes]:
    chance, drawn = random.Random(0), itertools.cycle(texts(0, 2_000).offers)
    return [_body(achievement(chance, number, next(drawn), _INSTITUTION)) for number in range(count)]


def _body(record: Any) -> bytes:
    values = {"record": type(record).__name__, **codec.plain(record)}
    return json.dumps(values, ensure_ascii=False, default=shapes.spelled).encode()


def _token(bootstrap: str) -> str:
    now, token = datetime.now(UTC), new_key()
    described = Description(_INSTITUTION, None, "Bench", InstitutionKind.INSTITUTE, None)
    admittance.admit_described(bootstrap, described, now)
    say(bootstrap, tokens.issue(tokens.Grant(_INSTITUTION, tokens.SCOPES, "", None), "bench", token, now))
    return token


def _until_known(url: str, token: str) -> None:
    """The token is heard of within a moment."""
    deadline = time.monotonic() + 30
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        while client.get("/v1/receipts").status_code != 200:
            if time.monotonic() > deadline:
                raise Unavailable("the intake does not know the token")
            time.sleep(0.1)


@contextmanager
def _endpoint() -> Iterator[str]:
    """The bare endpoint's address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(_PEER), str(port)], stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise Unavailable("the bare endpoint does not start") from None
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


async def _over_http(url: str, token: str, bodies: list[bytes], size: Size) -> list[float]:
    wire = Wire(url, "/v1/submissions", {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})

    async def ask(body: bytes) -> None:
        status, told = await wire.post(body)
        if status != 202:
            raise Unavailable(f"{url} answered {status}: {told[:300].decode()}")

    try:
        return await _paced(ask, bodies, size)
    finally:
        await wire.close()


async def _produced(system: System, bodies: list[bytes], size: Size) -> list[float]:
    producer = Producer({
        "bootstrap.servers": system.endpoints.bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 2,
    })  # fmt: skip
    admin = AdminClient({"bootstrap.servers": system.endpoints.bootstrap})
    admin.create_topics([NewTopic(_TOPIC, 1)])[_TOPIC].result(30)
    loop, done = asyncio.get_running_loop(), threading.Event()

    def poll() -> None:
        while not done.is_set():
            producer.poll(0.05)

    polling = threading.Thread(target=poll)
    polling.start()

    async def ask(body: bytes) -> None:
        answered: asyncio.Future[None] = loop.create_future()

        def delivered(error: Any, _message: Any) -> None:
            loop.call_soon_threadsafe(_answer, answered, error)

        producer.produce(_TOPIC, body, on_delivery=delivered)
        await answered

    try:
        return await _paced(ask, bodies, size)
    finally:
        done.set()
        polling.join()


def _answer(answered: asyncio.Future[None], error: Any) -> None:
    if error is None:
        answered.set_result(None)
    else:
        answered.set_exception(Unavailable(f"the bare producer failed: {error}"))


async def _paced(ask: Ask, bodies: list[bytes], size: Size) -> list[float]:
    """Seconds from when each request was due until it was answered, without those that warm up."""
    for body in bodies[:_WARMING]:
        await ask(body)
    began = asyncio.get_running_loop().time() + 0.2
    return await asyncio.gather(
        *(_due(ask, body, began + number / size.requests) for number, body in enumerate(bodies[_WARMING:]))
    )


async def _due(ask: Ask, body: bytes, moment: float) -> float:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(0.0, moment - loop.time()))
    await ask(body)
    return loop.time() - moment


def _written(system: System) -> int:
    """Records in the inbox."""
    return sum(reading.ends(system.endpoints.bootstrap, [(topics.inbox(_INSTITUTION).name, 0)]).values())
