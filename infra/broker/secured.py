"""What a secure broker has besides: TLS everywhere, passwords for clients, and no right that was not given.

Clients prove themselves by SCRAM. Brokers and controllers prove themselves to one another by their certificate, so that
no password of theirs exists, and a cluster can start before it has read who its users are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from infra.broker import layout
from infra.broker.layout import Node
from infra.security import access, secrets
from infra.security.authority import BROKER
from infra.security.certificates import Certificates
from schemas.errors import Misconfigured

_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


def properties(node: Node, cluster: Sequence[Node], folder: Path) -> Mapping[str, str]:
    """The settings of one node whose home keeps its secrets in ``folder``."""
    certificates = Certificates(folder)
    here = f"127.0.0.1:{node.port}"
    between = f"127.0.0.1:{node.internal_port}"
    return {
        **layout.properties(node, cluster),
        "listeners": f"CLIENTS://{here},INTERNAL://{between},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": f"CLIENTS://{here},INTERNAL://{between}",
        "listener.security.protocol.map": f"CLIENTS:{access.PROTOCOL},INTERNAL:SSL,CONTROLLER:SSL",
        "inter.broker.listener.name": "INTERNAL",
        "listener.name.clients.sasl.enabled.mechanisms": access.MECHANISM,
        f"listener.name.clients.{access.MECHANISM.lower()}.sasl.jaas.config": _SCRAM,
        "listener.name.internal.ssl.client.auth": "required",
        "listener.name.controller.ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates.broker),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(certificates.bundle),
        "ssl.enabled.protocols": "TLSv1.3,TLSv1.2",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        # Whoever may give rights has them all in effect, so the operator is told among those who do.
        "super.users": f"User:CN={BROKER};User:{access.OPERATOR}",
    }


def ready(folder: Path, bootstrap: str) -> None:
    """Certificates and the operator's password, as far as there are none; the address that the operator speaks to."""
    certificates, now = Certificates(folder), datetime.now(UTC)
    if not certificates.are_made:
        certificates.make((), now)
    elif certificates.shown()[0].is_due(now) or not certificates.intake.exists():
        certificates.rotate((), now)
    if not access.password_file(folder, access.OPERATOR).exists():
        secrets.write(access.password_file(folder, access.OPERATOR), secrets.new_password())
    secrets.write(folder / access.CLUSTER, json.dumps({"bootstrap": bootstrap}))


def first_user(folder: Path) -> Path:
    """A file of arguments for Kafka's storage tool, so that the operator is known from the first moment.

    A file, because whoever is on the machine sees the arguments of every process. Delete it when it was read.
    """
    password = secrets.read(access.password_file(folder, access.OPERATOR))
    path = folder / ".first-user"
    secrets.write(path, f'--add-scram\n{access.MECHANISM}=[name="{access.OPERATOR}",password="{password}"]\n')
    return path


def checked(made: bool | None, wanted: bool, root: Path) -> bool:
    """Whether the cluster of a home is secure. ``made``: what it was made as; ``None`` before it is made.

    Raises ``Misconfigured`` where a plain one is wanted secure: it knows no users, and what it holds anybody may have
    written.
    """
    if wanted and made is False:
        raise Misconfigured(
            [f"{root} was made without --secure: name another TECHDOCK_HOME, and let everybody send again"]
        )
    return wanted if made is None else made
