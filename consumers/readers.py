"""How this package reads Kafka: from positions it names itself, and quick to notice a broker that is away."""

from __future__ import annotations

from typing import Any

from kafka import KafkaConsumer

from infra import clients
from infra.reach import reach

#: Milliseconds between two attempts to reach a broker again, at most.
_LONGEST_PAUSE = 2_000


def reader(bootstrap: str, **overrides: Any) -> KafkaConsumer:
    """A consumer that begins nowhere by itself and makes no topics; raises ``Unavailable`` within two seconds."""
    # Asked first, for the client itself would try for long, and could not be stopped meanwhile.
    reach(bootstrap)
    settings: dict[str, Any] = {
        "auto_offset_reset": "none",
        "allow_auto_create_topics": False,
        "reconnect_backoff_max_ms": _LONGEST_PAUSE,
    }
    return clients.consumer(bootstrap, **{**settings, **overrides})
