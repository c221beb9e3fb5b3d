"""Has running brokers take up new certificates, without a restart and without a client that would notice."""

from __future__ import annotations

import socket
import ssl
import time

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from infra.security import access
from infra.security.certificates import Certificates
from schemas.errors import Unavailable

_PATIENCE = 15.0
#: A broker's network threads take a certificate up one after the other, and share connections out in turn, those of
#: others too: so many that are shown the new one leave none that shows the former.
_IN_A_ROW = 12


def take_up(bootstrap: str, certificates: Certificates) -> int:
    """Brokers that show their new certificate, and trust the authorities of now in whoever comes to them.

    What they show and trust where they go themselves, they read when they start, so that an authority is only replaced
    with starts in between. Raises ``Unavailable`` where one does not take it up.
    """
    admin = AdminClient({**access.librdkafka(bootstrap), "log_level": 0})
    # A broker reads a file anew when it is told its name again and the file has changed.
    told = {
        f"listener.name.{listener}.ssl.{store}.location": str(path)
        for listener in ("clients", "internal", "controller")
        for store, path in (("keystore", certificates.broker), ("truststore", certificates.bundle))
    }
    entries = [ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in told.items()]
    try:
        brokers = admin.list_topics(timeout=_PATIENCE).brokers
        for number, broker in sorted(brokers.items()):
            # One after the other: a certificate that one refuses does not reach the next.
            resource = ConfigResource(ResourceType.BROKER, str(number), incremental_configs=entries)
            admin.incremental_alter_configs([resource], request_timeout=_PATIENCE)[resource].result()
            _wait_for((broker.host, broker.port), certificates)
    except KafkaException as error:
        raise Unavailable(
            f"the brokers did not take the certificate up ({error.args[0].str()}): they do at their next start"
        ) from error
    return len(brokers)


def _wait_for(address: tuple[str, int], certificates: Certificates) -> None:
    """Returns once the broker at ``address`` shows the certificate: it takes it up some time after it said so."""
    wanted = certificates.broker_der
    context = ssl.create_default_context(cafile=certificates.bundle)
    deadline = time.monotonic() + _PATIENCE
    in_a_row = 0
    while in_a_row < _IN_A_ROW:
        try:
            in_a_row = in_a_row + 1 if _shown(address, context) == wanted else 0
            why = "it shows another certificate"
        except OSError as error:
            in_a_row, why = 0, str(error)
        if in_a_row:
            continue
        if time.monotonic() > deadline:
            raise Unavailable(
                f"the broker at {address[0]}:{address[1]} did not take the certificate up ({why}): it does at its next "
                "start (`techdock down`, `techdock up`)"
            )
        time.sleep(0.1)


def _shown(address: tuple[str, int], context: ssl.SSLContext) -> bytes | None:
    """The certificate that a new connection is shown. Raises ``OSError`` where there is none, or none to trust."""
    with (
        socket.create_connection(address, _PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=address[0]) as speaking,
    ):
        return speaking.getpeercert(binary_form=True)
