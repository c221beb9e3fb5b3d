"""The processes of this package from start to end: what each needs, how it waits, how it is stopped."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine

from consumers import database, migrations
from consumers.intake import Intake
from consumers.read_model import Clock, ReadModel, sources
from consumers.store import Store
from infra import metrics
from infra.settings import Settings
from schemas.errors import Misconfigured, Unavailable

log = logging.getLogger(__name__)

#: Seconds that one reading waits for records: how long a stop may be overlooked.
_PATIENCE = 0.25
#: Seconds between two looks at what the gauges show.
_MEASURED_EVERY = 2.0


class StopFlag:
    """Set by SIGTERM and Ctrl-C, looked at by whoever waits; a plain flag, because handlers must not take locks."""

    def __init__(self) -> None:
        self.up = False

    def watch(self) -> None:
        """From now on the signals raise the flag. Call it in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._raise)

    def wait(self, seconds: float) -> bool:
        """Waits, though not once the flag is up; returns whether it is."""
        deadline = time.monotonic() + seconds
        while not self.up and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))
        return self.up

    def _raise(self, _number: int, _frame: object) -> None:
        self.up = True


def migrate(settings: Settings) -> None:
    """Brings the database to the newest version."""
    engine = database.engine(database_url(settings))
    log.info("the read model's tables are at version %s", migrations.migrate(engine))
    engine.dispose()


def rebuild(settings: Settings) -> None:
    """Empties the tables and the positions; a read model that runs, or the next one, fills them from the topics."""
    engine = database.engine(database_url(settings))
    check_version(engine)
    Store(engine).clear()
    engine.dispose()
    log.info("the tables are empty; the read model fills them again")


def read_model(settings: Settings) -> None:
    """Runs the read model until SIGTERM or Ctrl-C."""
    address = bootstrap(settings)
    engine = database.engine(database_url(settings))
    stop = StopFlag()
    stop.watch()
    metrics.serve(settings.metrics_port)
    ready = False
    while not stop.up and not ready:
        ready = _worked(lambda: check_version(engine), stop)
    while not stop.up:
        _worked(lambda: _read(address, Store(engine), stop), stop)
    engine.dispose()


def check_version(engine: Engine) -> None:
    """Raises ``Misconfigured`` where the tables are not those of this release."""
    present, needed = migrations.present(engine), migrations.newest()
    if present != needed:
        at = f"the tables are at version {present or 'none'}, this release needs {needed}"
        raise Misconfigured([f"{at}: run `python -m consumers migrate`"])


def bootstrap(settings: Settings) -> str:
    """The broker's address; raises ``Misconfigured`` where none is given."""
    if settings.bootstrap is None:
        raise Misconfigured(["TECHDOCK_BOOTSTRAP is not set: give the address of a Kafka broker, or use `techdock up`"])
    return settings.bootstrap


def database_url(settings: Settings) -> str:
    """The database's URL; raises ``Misconfigured`` where none is given."""
    if settings.database_url is None:
        raise Misconfigured(
            ["TECHDOCK_DATABASE_URL is not set: give a database such as postgresql://user@host/techdock, "
             "or use `techdock up`"]
        )  # fmt: skip
    return settings.database_url


def _read(address: str, store: Store, stop: StopFlag) -> None:
    reading = sources()
    intake = Intake(address, reading)
    try:
        model = ReadModel(intake, store, Clock(lambda: datetime.now(UTC), stop.wait), reading.quarantine)
        measure_at = 0.0
        while not stop.up:
            # What is away comes back: the same again, as the same member of the group.
            _worked(lambda: model.step(_PATIENCE), stop)
            if time.monotonic() >= measure_at:
                _worked(model.look_back, stop)
                _worked(model.measure, stop)
                measure_at = time.monotonic() + _MEASURED_EVERY
    finally:
        intake.close()


def _worked(work: Callable[[], None], stop: StopFlag) -> bool:
    """Whether ``work`` was done; where something is away, after a pause."""
    try:
        work()
    except Unavailable as error:
        log.warning("%s; again in %.1f s", error, error.retry_after)
        stop.wait(error.retry_after)
        return False
    return True
