"""The records in quarantine as they lie on Kafka, each with all that was done about it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from confluent_kafka import Message

from infra import reading
from infra.headers import headers_of
from schemas import codec, topics
from schemas.errors import Misconfigured
from schemas.quarantine import REPLAY_OF, History, told
from schemas.records import QuarantineActed, QuarantineAction

_ADDRESS = re.compile(rf"(?:{re.escape(topics.QUARANTINE.name)}/)?(?:([0-9]{{1,9}})/)?([0-9]{{1,18}})")
_STATES = {
    QuarantineAction.REPAIRED: "repaired",
    QuarantineAction.REPLAYED: "replayed",
    QuarantineAction.DROPPED: "dropped",
}


class Address(NamedTuple):
    """Where in the quarantine topic a record lies: its id."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}/{self.offset}"

    @property
    def full(self) -> str:
        """With the topic, as events and headers name it."""
        return f"{topics.QUARANTINE.name}/{self}"


def address(text: str) -> Address:
    """The address in ``17``, ``0/17`` or ``techdock.quarantine.v1/0/17``; raises ``Misconfigured``."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        raise Misconfigured(
            [f"{text!r} is no id of a record in quarantine: give it as the list does, for example 0/17"]
        )
    return Address(int(found[1] or 0), int(found[2]))


@dataclass(frozen=True, slots=True)
class Aside:
    """A record that was set aside. ``timestamp`` is its arrival, in milliseconds since 1970 (UTC).

    ``headers`` are those that it came with; ``history`` is ``None`` where nobody says why it is here.
    """

    at: Address
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, Any]]
    history: History | None
    acts: tuple[QuarantineActed, ...] = ()

    @property
    def state(self) -> str:
        """open, repaired, replayed or dropped. Open and repaired ones still wait for somebody."""
        return _STATES.get(self.acts[-1].action, "open") if self.acts else "open"

    @property
    def is_open(self) -> bool:
        return self.state in {"open", "repaired"}

    @property
    def institution_id(self) -> str | None:
        """Whose inbox it came through; ``None`` where it came from somewhere else."""
        topic = "" if self.history is None else self.history.topic
        return topics.institution_of(topic) if re.match(topics.INBOXES, topic) else None

    @property
    def repaired(self) -> bytes | None:
        """The submission as it was last repaired."""
        return next((act.repaired for act in reversed(self.acts) if act.repaired is not None), None)

    @property
    def replay_of(self) -> str | None:
        """The full address in quarantine that it was replayed from, before it failed again."""
        return next((_text(value) for name, value in self.headers if name == REPLAY_OF), None)

    @property
    def hint(self) -> str | None:
        """The record that its sender's CloudEvents header calls it, for example ``DemandPosted``."""
        said = next((_text(value) for name, value in self.headers if name == "ce_type"), "")
        found = re.fullmatch(r"techdock\.([A-Za-z]+)\.v[0-9]+", said)
        return found[1] if found else None


class Quarantine:
    """The topic and its acts, as they are when this is made. Raises ``Unavailable``, ``Misconfigured``."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        names = [topics.QUARANTINE.name, topics.QUARANTINE_ACTS.name]
        found = reading.places(bootstrap, names)
        missing = [name for name in names if not any(topic == name for topic, _ in found)]
        if missing:
            raise Misconfigured([f"there is no topic {name}: make it with `techdock topics apply`" for name in missing])
        self._ends = reading.ends(bootstrap, [place for place in found if place[0] == topics.QUARANTINE.name])
        self._acts = _acts(bootstrap)

    def all(self) -> Iterator[Aside]:
        """Every record, in the order in which they came."""
        for message in reading.records(self._bootstrap, {place: (0, end) for place, end in self._ends.items()}):
            yield self._aside(message)

    def one(self, at: Address) -> Aside | None:
        """The record of that id, if there is one."""
        place = (topics.QUARANTINE.name, at.partition)
        if at.offset >= self._ends.get(place, 0):
            return None
        found = reading.records(self._bootstrap, {place: (at.offset, at.offset + 1)})
        return next((self._aside(message) for message in found), None)

    def _aside(self, message: Message) -> Aside:
        at = Address(message.partition(), message.offset())
        history, headers = told(headers_of(message))
        acts = tuple(self._acts.get(at, ()))
        return Aside(at, message.timestamp()[1], message.key(), message.value(), headers, history, acts)


def _acts(bootstrap: str) -> Mapping[Address, list[QuarantineActed]]:
    found: defaultdict[Address, list[QuarantineActed]] = defaultdict(list)
    for message in reading.committed_records(bootstrap, [topics.QUARANTINE_ACTS.name]):
        act = codec.decode(message.value())
        if isinstance(act, QuarantineActed):
            found[Address(act.quarantine_partition, act.quarantine_offset)].append(act)
    return found


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value or "")
