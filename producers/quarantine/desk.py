"""Where acts are written: each with the replay it tells of, both or neither, and by one person at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from confluent_kafka import KafkaException, Producer

from infra import reading
from infra.broker.embedded import is_healthy
from producers.quarantine.asides import Address, Aside, Quarantine
from producers.quarantine.deciding import Objection, Replay, Word, replay
from schemas import codec, framing, topics
from schemas.cloudevents import Stamp
from schemas.errors import Misconfigured, Unavailable
from schemas.records import QuarantineActed
from schemas.salvage import Salvage, salvaged

#: Whoever opens a desk fences the former one out before looking at what was done.
_DESK = "techdock.quarantine"
_STAMP = Stamp("quarantine")
_PATIENCE = 30.0
#: Short, so that nobody who reads an inbox is held up long by a desk that was killed.
_TRANSACTION_TIMEOUT_MS = 10_000
#: Most replays in one transaction.
_AT_ONCE = 500


class Desk:
    """Writes acts about records in quarantine. What was done by others is known: see ``quarantine``.

    Making one raises ``Misconfigured`` where a topic is missing, ``Unavailable`` where no broker answers.
    """

    def __init__(self, bootstrap: str, schema_by_id: codec.SchemaById | None = None) -> None:
        if not is_healthy(bootstrap):
            raise Unavailable(f"no Kafka broker answers at {bootstrap}; is it running? (`techdock status`)")
        self._bootstrap = bootstrap
        self._schema_by_id = schema_by_id
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "transactional.id": _DESK,
                "transaction.timeout.ms": _TRANSACTION_TIMEOUT_MS,
                "message.max.bytes": topics.MODEL_BYTES,
                "partitioner": "murmur2_random",
                "log_level": 4,
            }
        )
        try:
            self._producer.init_transactions(_PATIENCE)
        except KafkaException as error:
            raise Unavailable(f"transactions cannot start: {error}") from error
        # Only now: whatever a former desk had begun is decided, and it writes nothing any more.
        self.quarantine = Quarantine(bootstrap)

    def salvage(self, aside: Aside) -> Salvage:
        """What can be read of a record as it stands: as it was repaired, else as it came. Raises ``Unavailable``."""
        return readable(aside, self._schema_by_id)

    def write(self, act: QuarantineActed | Replay) -> None:
        """One act, with what it sends. Raises ``Unavailable`` where it did not come through."""
        self._commit([act])

    def replay(self, asides: Iterable[Aside], word: Word) -> Iterator[tuple[Aside, Replay | Objection]]:
        """Sends all that can be sent to their inboxes, in their order; what became of each, once that is certain.

        Raises ``Unavailable``: then the next desk knows which of those that were not told of were sent.
        """
        waiting = iter(asides)
        while some := list(islice(waiting, _AT_ONCE)):
            decided = [(aside, replay(aside, self.salvage(aside), word)) for aside in some]
            going = [one for _, one in decided if isinstance(one, Replay)]
            self._check_inboxes({one.topic for one in going})
            if going:
                self._commit(going)
            yield from decided

    def _check_inboxes(self, wanted: set[str]) -> None:
        there = {topic for topic, _ in reading.places(self._bootstrap, sorted(wanted))} if wanted else set()
        if wanted - there:
            gone = ", ".join(sorted(wanted - there))
            raise Misconfigured(
                [f"there is no topic {gone} any more: admit the institution again, or drop its records"]
            )

    def _commit(self, things: Sequence[QuarantineActed | Replay]) -> None:
        try:
            self._producer.begin_transaction()
            for thing in things:
                act = thing.act if isinstance(thing, Replay) else thing
                if isinstance(thing, Replay):
                    self._producer.produce(thing.topic, thing.value, thing.key, headers=list(thing.headers))
                key = str(Address(act.quarantine_partition, act.quarantine_offset)).encode()
                data, at = codec.encode(act), int(act.acted_at.timestamp() * 1000)
                value = framing.adopted().written(topics.QUARANTINE_ACTS.name, data)
                self._producer.produce(topics.QUARANTINE_ACTS.name, value, key, headers=_STAMP.of(data, at))
                self._producer.poll(0)
            self._producer.commit_transaction(_PATIENCE)
        except (KafkaException, BufferError) as error:
            raise Unavailable(
                f"this may not have been done ({error}): does somebody else work on quarantine? Try again, nothing is "
                "done twice"
            ) from error


def readable(aside: Aside, schema_by_id: codec.SchemaById | None) -> Salvage:
    """What can be read of a record as it was repaired, else as it came. Raises ``Unavailable``."""
    return salvaged(aside.value if aside.repaired is None else aside.repaired, aside.hint, schema_by_id)
