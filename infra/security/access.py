"""As whom this process speaks to Kafka: asked for whenever a client is made, so that a new password is found at once.

The environment names a principal, the file of its password and the certificates to trust. Where it names none, whoever
can read the secrets of a home is the operator of the cluster that runs there, and of no other.
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.security import secrets
from schemas.errors import Misconfigured

MECHANISM = "SCRAM-SHA-512"
PROTOCOL = "SASL_SSL"
#: The environment's names for a principal, the file of its password, and the file of the authorities to trust.
USERNAME, PASSWORD_FILE, AUTHORITIES = "TECHDOCK_KAFKA_USERNAME", "TECHDOCK_KAFKA_PASSWORD_FILE", "TECHDOCK_KAFKA_CA"
#: What the principals of our own processes begin with.
OURS = "techdock."
#: A client that was just made looks for a broker, mostly finds its own threads not ready, and looks again only half of
#: this later. With librdkafka's 100 most of the time of a short command was that; it still doubles with each failure.
_RECONNECT_MS = 20
#: Who makes topics, principals and rights.
OPERATOR = f"{OURS}operator"
#: In the secrets of a home: the authorities that clients trust, and the address of its own cluster.
BUNDLE, CLUSTER = "ca.pem", "cluster.json"


@dataclass(frozen=True, slots=True)
class Login:
    """A principal and how it proves itself; ``authorities`` is the file of the certificates it trusts.

    Without one, those that the system trusts will do.
    """

    username: str
    password: str
    authorities: Path | None

    def trust(self) -> ssl.SSLContext:
        """What a TLS client of Python checks the broker by. Raises ``Misconfigured``."""
        try:
            return ssl.create_default_context(cafile=self.authorities)
        except (OSError, ssl.SSLError) as error:
            raise Misconfigured(
                [f"{AUTHORITIES}: {self.authorities} holds no certificates that can be read ({error})"]
            ) from error

    def __repr__(self) -> str:
        return f"Login({self.username!r})"


def login(bootstrap: str, env: Mapping[str, str] | None = None) -> Login | None:
    """As whom to speak to the cluster at ``bootstrap``; ``None`` in the plain, where nobody is asked.

    ``env``: the process' own unless given. Raises ``Misconfigured`` with what is missing.
    """
    env = os.environ if env is None else env
    if env.get(USERNAME):
        return _named(env)
    if env.get(PASSWORD_FILE) or (env.get("TECHDOCK_SECURITY") == "sasl_ssl" and env.get("TECHDOCK_BOOTSTRAP")):
        raise Misconfigured([f"{USERNAME} is not set: name the principal, beside {PASSWORD_FILE} and {AUTHORITIES}"])
    return _operator(Path(env.get("TECHDOCK_HOME") or ".techdock").expanduser() / "secrets", bootstrap)


def librdkafka(bootstrap: str) -> dict[str, Any]:
    """The settings by which a client of librdkafka reaches ``bootstrap``. Raises ``Misconfigured``."""
    known = login(bootstrap)
    reached = {"bootstrap.servers": bootstrap, "reconnect.backoff.ms": _RECONNECT_MS}
    if known is None:
        return reached
    settings = {
        **reached,
        "security.protocol": PROTOCOL,
        "sasl.mechanism": MECHANISM,
        "sasl.username": known.username,
        "sasl.password": known.password,
    }
    return settings if known.authorities is None else {**settings, "ssl.ca.location": str(known.authorities)}


def kafka_python(bootstrap: str) -> dict[str, Any]:
    """The same for a client of kafka-python."""
    known = login(bootstrap)
    if known is None:
        return {"bootstrap_servers": bootstrap}
    return {
        "bootstrap_servers": bootstrap,
        "security_protocol": PROTOCOL,
        "sasl_mechanism": MECHANISM,
        "sasl_plain_username": known.username,
        "sasl_plain_password": known.password,
        "ssl_context": known.trust(),
    }


def password_file(folder: Path, principal: str) -> Path:
    """Where the password of a principal of ours lies in the secrets of a home."""
    return folder / f"{principal}.password"


def environment(folder: Path, principal: str) -> Mapping[str, str]:
    """What a child must be told to speak as ``principal``; nothing where this home has no password for it."""
    path = password_file(folder, principal)
    if not path.exists():
        return {}
    told = {USERNAME: principal, PASSWORD_FILE: str(path)}
    return {**told, AUTHORITIES: str(folder / BUNDLE)} if (folder / BUNDLE).exists() else told


def _named(env: Mapping[str, str]) -> Login:
    if not env.get(PASSWORD_FILE):
        raise Misconfigured([f"{PASSWORD_FILE} is not set: name the file that holds the password of {env[USERNAME]}"])
    authorities = env.get(AUTHORITIES)
    password = secrets.read(Path(env[PASSWORD_FILE]).expanduser())
    return Login(env[USERNAME], password, Path(authorities).expanduser() if authorities else None)


def _operator(folder: Path, bootstrap: str) -> Login | None:
    try:
        known = str(json.loads((folder / CLUSTER).read_text(encoding="utf-8"))["bootstrap"])
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise Misconfigured(
            [f"{folder} belongs to somebody else: name your own principal with {USERNAME} and {PASSWORD_FILE}"]
        ) from error
    if not set(bootstrap.split(",")) <= set(known.split(",")):
        # The operator's password is shown to no other cluster.
        return None
    return Login(OPERATOR, secrets.read(password_file(folder, OPERATOR)), folder / BUNDLE)
