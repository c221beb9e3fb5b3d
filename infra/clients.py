"""Kafka clients for administration and the edges, with the settings that our guarantees rest on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaConnectionError, KafkaTimeoutError

from infra.reach import reach
from infra.security import access
from schemas.errors import Unavailable

#: Largest record we send: texts of 1 MB must arrive, to be refused with a receipt.
MAX_RECORD_BYTES = 2 * 1024 * 1024


def admin(bootstrap: str) -> KafkaAdminClient:
    """A client for topics, groups and offsets; raises ``Unavailable`` where no broker answers."""
    return _connected(KafkaAdminClient, bootstrap, {"client_id": "techdock-admin", "request_timeout_ms": 15_000})


def producer(bootstrap: str, **overrides: Any) -> KafkaProducer:
    """An idempotent producer that counts a record as sent once every replica in sync has it.

    Raises ``Unavailable`` where no broker answers.
    """
    settings: dict[str, Any] = {
        "acks": "all",
        "enable_idempotence": True,
        "linger_ms": 5,
        "batch_size": 256 * 1024,
        "max_request_size": MAX_RECORD_BYTES,
    }
    return _connected(KafkaProducer, bootstrap, {**settings, **overrides})


def consumer(bootstrap: str, **overrides: Any) -> KafkaConsumer:
    """A consumer that sees committed records only and commits nothing by itself.

    Raises ``Unavailable`` where no broker answers.
    """
    settings: dict[str, Any] = {
        "isolation_level": "read_committed",
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "session_timeout_ms": 8_000,
        "heartbeat_interval_ms": 2_000,
        "max_partition_fetch_bytes": 4 * 1024 * 1024,
    }
    return _connected(KafkaConsumer, bootstrap, {**settings, **overrides})


def _connected(kind: Callable[..., Any], bootstrap: str, settings: dict[str, Any]) -> Any:
    try:
        return kind(**access.kafka_python(bootstrap), bootstrap_timeout_ms=10_000, **settings)
    except (KafkaConnectionError, KafkaTimeoutError) as error:
        # kafka-python does not tell why it came to nothing.
        reach(bootstrap)
        raise Unavailable(f"no Kafka broker answers at {bootstrap}; is it running? (`techdock status`)") from error
