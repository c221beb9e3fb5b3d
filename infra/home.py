"""The folder of one TechDock: what lies where in it, who holds it, and how to find what runs in it."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from infra import runfiles
from infra.security import secrets
from infra.settings import Settings
from schemas.errors import Misconfigured

SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Home:
    """The paths inside ``TECHDOCK_HOME``."""

    root: Path

    @property
    def run(self) -> Path:
        """One file for each live process, and what others need to find them."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        """Passwords, keys and certificates; nobody else may look into it."""
        return self.root / "secrets"

    @property
    def vault(self) -> Path:
        """The keys of confidential annexes, wrapped; nobody else may look into it."""
        return self.root / "vault"

    @property
    def endpoints(self) -> Path:
        return self.run / "endpoints.json"

    @property
    def targets(self) -> Path:
        """Prometheus' list of what to scrape (``file_sd`` format)."""
        return self.run / "prometheus-targets.json"

    @property
    def schema_ids(self) -> Path:
        """Under which ids a schema registry knows our schemas; kept, for records in the log name them."""
        return self.root / "schema-ids.json"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    def log_of(self, process: str) -> Path:
        return self.logs / f"{process}.log"

    def make(self) -> None:
        """Makes the folders. Raises ``Misconfigured`` where that is not allowed."""
        try:
            self.run.mkdir(parents=True, exist_ok=True)
            self.logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(
                [f"TECHDOCK_HOME: cannot write to {self.root} ({error.strerror}); name another folder"]
            ) from None


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the running system is reached; ``web_url`` and ``intake_url`` are ``None`` where nobody serves there."""

    bootstrap: str
    database_url: str
    web_url: str | None
    schema_registry_url: str | None = None
    intake_url: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """As in ``endpoints.json``."""
        return asdict(self)


def bootstrap(settings: Settings) -> str:
    """Kafka's address alone, for whoever needs no database: what the environment names, else what runs in this home.

    Raises ``Misconfigured`` when it is neither named nor running.
    """
    return settings.bootstrap or endpoints(settings).bootstrap


def endpoints(settings: Settings) -> Endpoints:
    """Where to reach the broker and the database: what the environment names, else what runs in this home.

    Raises ``Misconfigured`` when nothing runs here and the environment does not name both.
    """
    home = Home(settings.home)
    found = _recorded(home) if is_running(home) else {}
    bootstrap = settings.bootstrap or found.get("bootstrap")
    database_url = settings.database_url or found.get("database_url")
    if bootstrap is None or database_url is None:
        raise Misconfigured(["nothing is running here: start it with `techdock up`"])
    return Endpoints(bootstrap, database_url, found.get("web_url"), registry_url(settings), found.get("intake_url"))


def registry_url(settings: Settings) -> str | None:
    """The schema registry's address: what the environment names, else what runs in this home; ``None`` without one."""
    if settings.schema_registry_url is not None:
        return settings.schema_registry_url
    home = Home(settings.home)
    return _recorded(home).get("schema_registry_url") if is_running(home) else None


def is_running(home: Home) -> bool:
    """Whether a supervisor of this home is alive, ready or not."""
    record = runfiles.read(home.run / f"{SUPERVISOR}.json")
    return record is not None and runfiles.is_alive(record)


def publish(path: Path, content: object) -> None:
    """Writes JSON so that a reader sees all of it or the one before, never half."""
    # For the user alone: an address of a database may hold a password.
    secrets.write(path, json.dumps(content, indent=1))


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Holds the home for one supervisor; the kernel lets go of it however the process ends.

    Raises ``Misconfigured`` when another one holds it.
    """
    home.make()
    with (home.run / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misconfigured(
                [f"TechDock already runs in {home.root}: stop it with `techdock down`, or name another TECHDOCK_HOME"]
            ) from None
        yield


def is_held(home: Home) -> bool:
    """Whether a supervisor still holds this home, be it only for its last steps."""
    try:
        with held(home):
            return False
    except Misconfigured:
        return True


def _recorded(home: Home) -> Mapping[str, str | None]:
    try:
        content: Mapping[str, str | None] = json.loads(home.endpoints.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return content
