"""Has running brokers take up new certificates, without a restart and without a client that would notice."""

from __future__ import annotations

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


def take_up(bootstrap: str, certificates: Certificates) -> int:
    """Brokers that read their certificate and the authorities they trust anew; all of them do. Raises ``Unavailable``.

    Only for clients and among brokers: controllers read theirs when they start.
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
        brokers = sorted(admin.list_topics(timeout=_PATIENCE).brokers)
        for number in brokers:
            # One after the other: a certificate that one refuses does not reach the next.
            resource = ConfigResource(ResourceType.BROKER, str(number), incremental_configs=entries)
            admin.incremental_alter_configs([resource], request_timeout=_PATIENCE)[resource].result()
    except KafkaException as error:
        raise Unavailable(
            f"the brokers did not take the certificate up ({error.args[0].str()}): they do at their next start"
        ) from error
    return len(brokers)
