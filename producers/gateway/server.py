"""The process of the intake: listens, comes to know who may come in, and ends in good order."""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from types import FrameType
from typing import Any, cast

import uvicorn
import uvloop
from fastapi import FastAPI

from infra import metrics, reading
from infra.reach import reach
from infra.security.certificates import of_intake
from infra.settings import Settings
from infra.vault.vault import Vault
from producers.annexes.archive import Archive
from producers.annexes.shelf import KafkaShelf
from producers.gateway.api import app
from producers.gateway.bodies import Limits
from producers.gateway.connections import Crowd, Guarded, Patience
from producers.gateway.counter import Counter
from producers.gateway.desk import Gateway
from producers.gateway.door import Door
from producers.gateway.files import Files
from producers.gateway.follower import Follower
from producers.gateway.inboxes import Inboxes
from producers.gateway.ledgers import Ledgers
from schemas import topics
from schemas.errors import Misconfigured, Unavailable

log = logging.getLogger(__name__)

#: Seconds that a TLS handshake may take, and until it must be known who may come in.
_HANDSHAKE, _PATIENCE = 5.0, 30.0
#: Seconds within which the key of an erased annex is destroyed, where no command does so at once.
_ERASE_EVERY = 20.0


class _Loop(uvloop.Loop):
    """Gives a client that does not finish its handshake less than the minute that it would get."""

    async def create_server(self, *args: Any, **more: Any) -> Any:
        if more.get("ssl") is not None:
            more.setdefault("ssl_handshake_timeout", _HANDSHAKE)
        return await super().create_server(*args, **more)


class Intake:
    """The parts of a running intake; they live as long as the application does."""

    def __init__(self, bootstrap: str, limits: Limits, vault: Vault) -> None:
        self._bootstrap = bootstrap
        self._limits = limits
        self._vault = vault
        self._gateway: Gateway | None = None
        self._ledgers: Ledgers | None = None
        self.server: uvicorn.Server | None = None
        #: What it died of.
        self.failure: BaseException | None = None

    def gateway(self) -> Gateway:
        """What the routes ask; it is there while the application lives."""
        assert self._gateway is not None
        return self._gateway

    def stopping(self) -> None:
        """Nobody is kept waiting any more."""
        if self._ledgers is not None:
            self._ledgers.close()

    @asynccontextmanager
    async def life(self, _app: FastAPI) -> AsyncIterator[None]:
        """Begins to listen to Kafka, and ends it."""
        follower = Follower(self._bootstrap, topics.INSTITUTIONS.name, self._fail)
        inboxes = Inboxes(self._bootstrap, self._fail)
        self._ledgers = Ledgers(follower)
        door = Door(_now, time.monotonic)
        follower.follow(topics.INSTITUTIONS.name, door.hear)
        counter = Counter(self._bootstrap, inboxes, self._ledgers, _now, time.monotonic)
        files = Files(self._bootstrap)
        archive = Archive(KafkaShelf(self._bootstrap), self._vault, _now)
        self._gateway = Gateway(door, counter, files, archive, lambda: follower.is_current, self._limits)
        follower.start()
        inboxes.start()
        try:
            await self._opened(door)
            metrics.PROCESS_READY.set(1)
            erasing = asyncio.create_task(self._erase(archive))
            yield
            erasing.cancel()
        finally:
            files.close()
            await asyncio.to_thread(inboxes.stop)
            await asyncio.to_thread(follower.stop)

    async def _opened(self, door: Door) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not door.is_open and self.failure is None:
            if time.monotonic() > deadline:
                raise Unavailable(f"{topics.INSTITUTIONS.name} could not be read")
            await asyncio.sleep(0.02)

    async def _erase(self, archive: Archive) -> None:
        """Destroys the keys of what is erased, whichever way the erasure came in."""
        while True:
            try:
                await asyncio.to_thread(archive.standing)
            except Unavailable as error:
                log.warning("erasures are not heard of: %s", error)
            except Misconfigured as error:
                self._fail(error)
            await asyncio.sleep(_ERASE_EVERY)

    def _fail(self, error: BaseException) -> None:
        self.failure = self.failure or error
        if self.server is not None:
            self.server.should_exit = True


class _Server(uvicorn.Server):
    """Lets those who wait go on as soon as we are asked to stop."""

    def __init__(self, config: uvicorn.Config, intake: Intake) -> None:
        super().__init__(config)
        self._intake = intake
        intake.server = self

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._intake.stopping()
        super().handle_exit(sig, frame)


def serve(settings: Settings) -> None:
    """Serves until SIGTERM or Ctrl-C.

    Raises ``Misconfigured`` where it cannot listen as it is told to, and ``Unavailable`` where no Kafka answers.
    """
    bootstrap = settings.bootstrap
    if bootstrap is None:
        raise Misconfigured(["TECHDOCK_BOOTSTRAP is not set: give Kafka's address"])
    secured = _secured(settings, bootstrap)
    listening = _listen(settings.intake_host, settings.intake_port)
    reach(bootstrap)
    if not reading.places(bootstrap, [topics.INSTITUTIONS.name]):
        raise Unavailable(f"{topics.INSTITUTIONS.name} is not there: `techdock topics apply` makes it")
    _more_files()
    metrics.serve(settings.metrics_port)
    scheme = "https" if secured else "http"
    log.info("listening on %s://%s:%d", scheme, settings.intake_host, listening.getsockname()[1])
    # uvicorn sends itself the signal again when it is done; that must not look like a death.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    run(Intake(bootstrap, Limits(), Vault.of(settings)), listening, Patience(), secured)


def run(intake: Intake, listening: socket.socket, patience: Patience, secured: dict[str, str]) -> None:
    """Serves on a socket that listens already, until it is asked to stop. Raises what it died of."""
    server = server_of(intake, patience, secured)
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(server.serve(sockets=[listening]))
    if intake.failure is not None:
        raise intake.failure


def server_of(intake: Intake, patience: Patience, secured: dict[str, str]) -> uvicorn.Server:
    """The server around an intake; its sockets are given when it serves."""
    guarded = cast(type[asyncio.Protocol], partial(Guarded, Crowd(patience)))
    config = uvicorn.Config(
        app(intake.gateway, intake.life), http=guarded, ws="none", lifespan="on", log_config=None, log_level="warning",
        access_log=False, proxy_headers=False, server_header=False, timeout_graceful_shutdown=3,
        timeout_keep_alive=int(patience.idle_seconds), **secured,  # type: ignore[arg-type]
    )  # fmt: skip
    return _Server(config, intake)


def _secured(settings: Settings, bootstrap: str) -> dict[str, str]:
    """uvicorn's own words for the certificate; empty for plain HTTP on this machine alone."""
    files = of_intake(settings, bootstrap)
    if files is None:
        if not ip_address(settings.intake_host).is_loopback:
            named = "name TECHDOCK_INTAKE_CERTIFICATE and TECHDOCK_INTAKE_KEY, or listen on 127.0.0.1"
            raise Misconfigured(
                [f"TECHDOCK_INTAKE_HOST {settings.intake_host}: beyond this machine only HTTPS; {named}"]
            )
        log.warning("plain HTTP, for this machine alone: there is no TECHDOCK_INTAKE_CERTIFICATE")
        return {}
    certificate, key = files
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        repair = "give the PEM files of a certificate and of its own key"
        raise Misconfigured([f"TECHDOCK_INTAKE_CERTIFICATE, TECHDOCK_INTAKE_KEY: {error}; {repair}"]) from error
    return {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        why = "another process has it" if error.errno == errno.EADDRINUSE else str(error.strerror)
        raise Misconfigured([f"TECHDOCK_INTAKE_HOST {host}, TECHDOCK_INTAKE_PORT {port}: {why}"]) from error


def _more_files() -> None:
    """As many open sockets as we may have: connections are counted by us, not by what is left."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _now() -> datetime:
    return datetime.now(UTC)
