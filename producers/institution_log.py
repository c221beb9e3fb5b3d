"""The topic of institutions: read whole, and written by one writer at a time, so that each event is legal."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Producer

from infra import reading
from infra.broker.embedded import is_healthy
from infra.topics import KafkaCluster
from producers.institutions import Decision
from schemas import codec, framing, topics
from schemas.cloudevents import Stamp
from schemas.errors import Unavailable
from schemas.institutions import Institutions
from schemas.records import DelegationGranted, DelegationRevoked, InstitutionEvent

#: One writer at a time: whoever opens another one fences the former out before it may look or write.
_STAMP = Stamp("institutions")
_WRITER = "techdock.institutions"
_PATIENCE = 30.0
#: How often a writer that was fenced out by another one looks and writes again.
_TRIES = 20
_FENCED = frozenset(
    {KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED, KafkaError._STATE}
)


def institutions(bootstrap: str) -> Institutions:
    """All institutions and delegations as they stand now. Raises ``Unavailable``."""
    if not is_healthy(bootstrap):
        raise Unavailable(f"no Kafka broker answers at {bootstrap}; is it running? (`techdock status`)")
    found = Institutions()
    for message in reading.committed_records(bootstrap, [topics.INSTITUTIONS.name]):
        found.take(codec.decode(message.value()), message.offset() + 1)
    return found


def say(bootstrap: str, decide: Decision) -> Sequence[InstitutionEvent]:
    """Write what follows from how institutions stand, all of it or nothing; what was written.

    When this returns, every reader of committed records sees it. Raises what ``decide`` raises, and ``Unavailable``.
    """
    if not reading.places(bootstrap, [topics.INSTITUTIONS.name]):
        with KafkaCluster(bootstrap) as cluster:
            cluster.create([topics.INSTITUTIONS])
    for tried in range(1, _TRIES + 1):
        try:
            events = _say_alone(bootstrap, decide)
        except KafkaException as error:
            if error.args[0].code() not in _FENCED or tried == _TRIES:
                raise Unavailable(
                    f"this may not have been written about institutions ({error}): `techdock institution list` says "
                    "how they stand; the same again does no harm"
                ) from error
            time.sleep(random.uniform(0, 0.2 * tried))
            continue
        if events:
            # A transaction is decided before it is visible; reading to the end waits for that.
            institutions(bootstrap)
        return events
    raise AssertionError("the last try returns or raises")


def _say_alone(bootstrap: str, decide: Decision) -> Sequence[InstitutionEvent]:
    writer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "transactional.id": _WRITER,
            "transaction.timeout.ms": int(_PATIENCE * 1000),
            "log_level": 2,
        }
    )
    writer.init_transactions(_PATIENCE)
    # Only now: what a former writer had begun is decided.
    events = decide(institutions(bootstrap))
    if events:
        writer.begin_transaction()
        for event in events:
            data, now = codec.encode(event), int(time.time() * 1000)
            headers = _STAMP.of(data, now)
            value = framing.adopted().written(topics.INSTITUTIONS.name, data)
            writer.produce(topics.INSTITUTIONS.name, value, _key(event).encode(), timestamp=now, headers=headers)
        writer.commit_transaction(_PATIENCE)
    return events


def _key(event: InstitutionEvent) -> str:
    return (
        event.from_institution_id if isinstance(event, DelegationGranted | DelegationRevoked) else event.institution_id
    )
