"""What each principal may do, as it follows from the catalogue of topics: this and nothing else.

A worker may read and write what the catalogue says of its job, in its own group and transactions. An institution may
write to its inbox, read its receipts, and have groups and transactions whose names begin with its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from infra.processes import PROCESSES, Process
from infra.security.access import OURS
from schemas import topics
from schemas.topics import QUARANTINE, Topic

_INSTITUTION = "institution."
#: Groups that are only named, never joined: readers that take partitions themselves ask where their coordinator is.
_NAMED_ONLY = ("reader-", "hearing-")
#: Stands for any institution in the contract of its topics.
_ANY = "any"


class Kind(StrEnum):
    """What a right is about, by Kafka's names."""

    TOPIC = "TOPIC"
    GROUP = "GROUP"
    TRANSACTIONAL_ID = "TRANSACTIONAL_ID"


class Act(StrEnum):
    """What may be done with it; whoever may read or write may also ask what there is."""

    READ = "READ"
    WRITE = "WRITE"
    DESCRIBE = "DESCRIBE"


@dataclass(frozen=True, order=True, slots=True)
class Right:
    """A principal may do this with all that has this name, or whose name begins with it, from this host or any.

    ``act`` and ``kind`` are Kafka's names; a cluster may hold rights of other kinds than those that we give.
    """

    principal: str
    act: str
    kind: str
    name: str
    is_prefix: bool = False
    host: str = "*"

    def __str__(self) -> str:
        origin = "" if self.host == "*" else f" from {self.host}"
        return f"{self.principal}  {self.act} {self.kind} {self.name}{'*' if self.is_prefix else ''}{origin}"


def process(job: str) -> str:
    """The principal of a kind of process."""
    return f"{OURS}{job}"


def institution(institution_id: str) -> str:
    """The principal of an institution. Raises ``Misconfigured`` where the id is none."""
    topics.inbox(institution_id)
    return f"{_INSTITUTION}{institution_id}"


def institution_of(principal: str) -> str | None:
    """Whose principal this is; ``None`` where it is no institution's."""
    return principal.removeprefix(_INSTITUTION) if principal.startswith(_INSTITUTION) else None


def is_ours(principal: str) -> bool:
    """Whether we say what this principal may do; others are the operator's own business."""
    return principal.startswith((OURS, _INSTITUTION))


def of_processes(catalogue: Iterable[Topic], processes: Sequence[Process] = PROCESSES) -> frozenset[Right]:
    """The rights of all processes over ``catalogue`` and over the topics of every institution."""
    catalogue = tuple(catalogue)
    return frozenset(right for one in processes for right in _of_process(one, catalogue))


def of_institution(institution_id: str) -> frozenset[Right]:
    """The rights of an institution. Raises ``Misconfigured`` where the id is none."""
    name = institution(institution_id)
    own = f"{name}."
    return frozenset(
        {
            Right(name, Act.WRITE, Kind.TOPIC, topics.inbox(institution_id).name),
            Right(name, Act.READ, Kind.TOPIC, topics.receipts(institution_id).name),
            Right(name, Act.READ, Kind.GROUP, own, is_prefix=True),
            Right(name, Act.WRITE, Kind.TRANSACTIONAL_ID, own, is_prefix=True),
        }
    )


def _of_process(one: Process, catalogue: Sequence[Topic]) -> Iterator[Right]:
    name, job = process(one.job), one.job
    for topic, is_prefix in (*((topic, False) for topic in catalogue), *_of_any_institution()):
        # Whoever sets records aside looks there, while it restores, for those that it set aside.
        if job in topic.read_by or (topic is QUARANTINE and job in topic.written_by):
            yield Right(name, Act.READ, Kind.TOPIC, topic.name, is_prefix)
        if job in topic.written_by:
            yield Right(name, Act.WRITE, Kind.TOPIC, topic.name, is_prefix)
    if one.group is not None:
        yield Right(name, Act.READ, Kind.GROUP, one.group, one.group.endswith("."))
    if one.is_lane:
        yield Right(name, Act.WRITE, Kind.TRANSACTIONAL_ID, f"{one.group}.", is_prefix=True)
    if one.is_lane or one.takes_in or one.reads_alone:
        for group in _NAMED_ONLY:
            yield Right(name, Act.DESCRIBE, Kind.GROUP, group, is_prefix=True)


def _of_any_institution() -> Iterator[tuple[Topic, bool]]:
    """The contracts of inboxes and receipts, each with the beginning of the name that all of them have."""
    for topic in (topics.inbox(_ANY), topics.receipts(_ANY)):
        beginning = topic.name.partition(_ANY)[0]
        yield replace(topic, name=beginning), True
