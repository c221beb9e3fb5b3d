"""What the environment says about this machine, read once by whoever starts a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from schemas.errors import Misconfigured

#: How what others read is written; without a word in Confluent's wire format where a registry is named.
WIRE_FORMATS = ("single-object", "confluent")
_DATABASES = ("postgresql+psycopg://", "postgresql://", "sqlite://")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this process lives and whom it talks to; ``0`` for a port means none (metrics) or any free one."""

    home: Path
    artefacts: Path
    bootstrap: str | None = None
    database_url: str | None = None
    process_name: str = "techdock"
    metrics_port: int = 0
    web_port: int = 0
    broker_port: int = 0
    schema_registry_url: str | None = None
    wire_format: str | None = None
    #: Whether the broker that runs here asks who its clients are.
    secure: bool = False
    intake_host: str = "127.0.0.1"
    intake_port: int = 0
    #: PEM files; without both of them the intake speaks plain HTTP, and on this machine alone.
    intake_certificate: Path | None = None
    intake_key: Path | None = None
    #: The file of the key that wraps the keys of annexes; beside them in the home unless given.
    vault_master: Path | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """The settings in ``env`` (variables ``TECHDOCK_…``); empty means unset.

        Raises ``Misconfigured`` with every illegal value at once.
        """
        problems: list[str] = []
        home = Path(env.get("TECHDOCK_HOME") or ".techdock").expanduser().absolute()
        settings = cls(
            home=home,
            artefacts=Path(env.get("TECHDOCK_ARTEFACTS") or home / "artefacts").expanduser().absolute(),
            bootstrap=_bootstrap(env.get("TECHDOCK_BOOTSTRAP") or None, problems),
            database_url=_database_url(env.get("TECHDOCK_DATABASE_URL") or None, problems),
            process_name=env.get("TECHDOCK_PROCESS_NAME") or "techdock",
            metrics_port=_port("TECHDOCK_METRICS_PORT", env, problems),
            web_port=_port("TECHDOCK_WEB_PORT", env, problems),
            broker_port=_port("TECHDOCK_BROKER_PORT", env, problems),
            schema_registry_url=_registry(env.get("TECHDOCK_SCHEMA_REGISTRY_URL") or None, problems),
            wire_format=_wire_format(env.get("TECHDOCK_WIRE_FORMAT") or None, problems),
            secure=_secure(env.get("TECHDOCK_SECURITY") or "plaintext", problems),
            intake_host=_address("TECHDOCK_INTAKE_HOST", env, problems),
            intake_port=_port("TECHDOCK_INTAKE_PORT", env, problems),
            intake_certificate=_file("TECHDOCK_INTAKE_CERTIFICATE", env, problems),
            intake_key=_file("TECHDOCK_INTAKE_KEY", env, problems),
            vault_master=_path(env.get("TECHDOCK_VAULT_MASTER") or None),
        )
        if (settings.intake_certificate is None) != (settings.intake_key is None):
            problems.append("TECHDOCK_INTAKE_CERTIFICATE and TECHDOCK_INTAKE_KEY go together: name both or none")
        if home.exists() and not home.is_dir():
            problems.append(f"TECHDOCK_HOME: {home} is a file; name a folder")
        if problems:
            raise Misconfigured(problems)
        return settings


def _port(name: str, env: Mapping[str, str], problems: list[str]) -> int:
    text = env.get(name) or "0"
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    problems.append(f"{name}: {text!r} is not a port; give a number from 0 to 65535")
    return 0


def _address(name: str, env: Mapping[str, str], problems: list[str]) -> str:
    text = env.get(name) or "127.0.0.1"
    try:
        return str(ip_address(text))
    except ValueError:
        problems.append(
            f"{name}: {text!r} is no IP address; give the one to listen on, for example 127.0.0.1 or 0.0.0.0"
        )
    return "127.0.0.1"


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text).expanduser().absolute()


def _file(name: str, env: Mapping[str, str], problems: list[str]) -> Path | None:
    if not env.get(name):
        return None
    path = Path(env[name]).expanduser().absolute()
    if not path.is_file():
        problems.append(f"{name}: there is no file {path}")
    return path


def _bootstrap(text: str | None, problems: list[str]) -> str | None:
    for address in text.split(",") if text else ():
        host, _, port = address.strip().rpartition(":")
        if not host or not (port.isascii() and port.isdigit() and 0 < int(port) <= 65535):
            problems.append(f"TECHDOCK_BOOTSTRAP: {address.strip()!r} is not host:port, for example 127.0.0.1:9092")
    return text


def _registry(text: str | None, problems: list[str]) -> str | None:
    if text is not None and not text.startswith(("http://", "https://")):
        problems.append("TECHDOCK_SCHEMA_REGISTRY_URL: give an address that starts with http:// or https://")
    return text


def _wire_format(text: str | None, problems: list[str]) -> str | None:
    if text is not None and text not in WIRE_FORMATS:
        problems.append(f"TECHDOCK_WIRE_FORMAT: {text!r} is none; give {' or '.join(WIRE_FORMATS)}, or leave it out")
    return text


def _secure(text: str, problems: list[str]) -> bool:
    if text not in {"plaintext", "sasl_ssl"}:
        problems.append(f"TECHDOCK_SECURITY: {text!r} is not known; give sasl_ssl, or plaintext")
    return text == "sasl_ssl"


def _database_url(text: str | None, problems: list[str]) -> str | None:
    if text is None or text.startswith(_DATABASES):
        # One spelling of the driver, so that nobody needs psycopg2.
        return text.replace("postgresql://", "postgresql+psycopg://", 1) if text else None
    # The URL itself is not repeated: it may hold a password.
    problems.append("TECHDOCK_DATABASE_URL: give a SQLAlchemy URL such as postgresql+psycopg://user@host/techdock")
    return None
