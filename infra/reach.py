"""Whether Kafka answers, and to us: asked before a client is made that would try for long."""

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from infra.security import access
from schemas.errors import Misconfigured, Unavailable

_PATIENCE = 2.0


def brokers(bootstrap: str) -> tuple[int, frozenset[int]]:
    """How many brokers answer a real request within two seconds; where none does, the codes of what went wrong."""
    wrong: set[int] = set()
    admin = AdminClient(
        {
            **access.librdkafka(bootstrap),
            # While a broker starts, refused connections are no news.
            "log_level": 0,
            "reconnect.backoff.max.ms": 100,
            "error_cb": lambda error: wrong.add(error.code()),
        }
    )
    try:
        return len(admin.list_topics(timeout=_PATIENCE).brokers), frozenset()
    except KafkaException:
        admin.poll(0)
        return 0, frozenset(wrong)


def reach(bootstrap: str) -> None:
    """Returns where a broker answers.

    Raises ``Unavailable`` where none does, and ``Misconfigured`` where one does not believe who we are.
    """
    answering, wrong = brokers(bootstrap)
    if answering:
        return
    known = access.login(bootstrap)
    if known is not None and KafkaError._AUTHENTICATION in wrong:
        raise Misconfigured(
            [
                f"Kafka at {bootstrap} does not know {known.username} with this password: see {access.USERNAME} and "
                f"{access.PASSWORD_FILE}, or ask its operator for a new one"
            ]
        )
    if KafkaError._SSL in wrong:
        raise Unavailable(
            f"Kafka at {bootstrap} shows a certificate that we do not trust: name the file of its authorities with "
            f"{access.AUTHORITIES}"
        )
    raise Unavailable(f"no Kafka broker answers at {bootstrap}; is it running? (`techdock status`)")
