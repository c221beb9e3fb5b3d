"""Opens the door: an inbox and receipts for an institution, and an event that says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from infra import reading
from infra.security import access, rights
from infra.topics import KafkaCluster
from producers.institution_log import institutions, say
from producers.institutions import Decision, Description, admit, admit_senders, introduction
from schemas import topics
from schemas.records import InstitutionAdmitted


def admit_unknown(bootstrap: str, ids: Iterable[str], now: datetime) -> Sequence[str]:
    """Admits those of ``ids`` that are not known yet, as whoever sends something may; which ones these were.

    Raises ``Misconfigured`` where one is suspended or was removed, and ``Unavailable``.
    """
    wanted = sorted(set(ids))
    known = access.login(bootstrap)
    if known is not None and [rights.institution_of(known.username)] == wanted:
        # Whoever signs in as the institution itself was admitted by an operator, and may not look around.
        return ()
    _make_topics(bootstrap, wanted)
    decide = admit_senders(wanted, now)
    # Mostly all are known: then nobody has to be fenced out.
    if not decide(institutions(bootstrap)):
        return ()
    said = say(bootstrap, decide)
    return [event.institution_id for event in said if isinstance(event, InstitutionAdmitted)]


def introduce(bootstrap: str, described: Sequence[Description], now: datetime) -> int:
    """Admits and describes those of whom no operator has said anything yet; how many these were.

    Raises ``Misconfigured`` where one is suspended or was removed, and ``Unavailable``.
    """
    _make_topics(bootstrap, [one.institution_id for one in described])
    decide = introduction(described, now)
    # Mostly all are known: then nobody has to be fenced out.
    return len(say(bootstrap, decide)) if decide(institutions(bootstrap)) else 0


def admit_described(bootstrap: str, described: Description, now: datetime) -> bool:
    """Admits an institution as an operator describes it; whether that says anything new.

    Raises ``Misconfigured`` with all that is wrong with the description, and ``Unavailable``.
    """
    decide: Decision = admit(described, now)
    _make_topics(bootstrap, [described.institution_id])
    return bool(say(bootstrap, decide))


def _make_topics(bootstrap: str, ids: Iterable[str]) -> None:
    needed = [topic for slug in ids for topic in (topics.inbox(slug), topics.receipts(slug))]
    # Names alone: whoever submits may not ask for settings.
    existing = set(reading.topic_names(bootstrap))
    missing = [topic for topic in needed if topic.name not in existing]
    if missing:
        with KafkaCluster(bootstrap) as cluster:
            cluster.create(missing)
