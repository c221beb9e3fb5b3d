"""The read model's check: the tables hold what the topics say, and every submission has its final receipt.

It is exact on a system that is at work. The topics are folded up to where they end when the check begins; then the
tables are read in one snapshot, with the positions they stand at, and the topics are folded on to those positions.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, select

from consumers import database
from consumers.comparison import Difference, Rows, counted, differences
from consumers.folding import Expected
from consumers.intake import Sources
from consumers.read_model import sources
from consumers.store import Place
from consumers.tables import CONTENT, positions
from consumers.topic_log import TopicLog
from infra.home import Endpoints
from infra.registry import schema_by_id
from infra.verification import CheckReport
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.quarantine import REPLAY_OF
from schemas.records import SUBMISSIONS, QuarantineAction

Coordinates = tuple[str, int, int]
SubmissionKey = tuple[str, uuid.UUID]

#: Seconds that receipts and rows may take to come once the check has begun.
_PATIENCE = 15.0
_PAUSE = 0.1


@dataclass(slots=True)
class Submissions:
    """What came through the inboxes: who must have a receipt, and what must lie in quarantine if not."""

    by_id: dict[SubmissionKey, Coordinates] = field(default_factory=dict)
    unreadable: set[Coordinates] = field(default_factory=set)
    #: Addresses in quarantine that came back as replays.
    replays: set[str] = field(default_factory=set)
    count: int = 0
    schema_by_id: codec.SchemaById | None = None

    def take(self, record: Any) -> None:
        """Notes one record of an inbox."""
        self.count += 1
        self.replays |= {(value or b"").decode(errors="replace") for name, value in record.headers if name == REPLAY_OF}
        at = (record.topic, record.partition, record.offset)
        try:
            name, values = codec.decode_fields(record.value, self.schema_by_id)
        except Unreadable:
            self.unreadable.add(at)
            return
        if name in SUBMISSIONS:
            self.by_id.setdefault((topics.institution_of(record.topic) or "", values["submission_id"]), at)
        else:
            self.unreadable.add(at)


def check(endpoints: Endpoints) -> CheckReport:
    """Compares topics and tables, and submissions and receipts. Raises ``Unavailable``."""
    return compare(endpoints, sources(), topics.INBOXES)


def compare(endpoints: Endpoints, reading: Sources, inboxes: str) -> CheckReport:
    """The same for any topics: those of a read model, and the inboxes (a pattern) of the institutions they tell of."""
    engine = database.engine(endpoints.database_url)
    try:
        with TopicLog(endpoints.bootstrap, schema_by_id(endpoints.schema_registry_url)) as log:
            return _checked(log, engine, reading, inboxes)
    finally:
        engine.dispose()


def _checked(log: TopicLog, engine: Engine, reading: Sources, inboxes: str) -> CheckReport:
    deadline = time.monotonic() + _PATIENCE
    submitted = _submissions(log, inboxes)
    expected = Expected(reading.quarantine)
    _fold_until_answered(log, reading.pattern, expected, submitted, deadline)
    tables, standing = _snapshot_once_there(engine, expected, deadline)
    known = log.places(reading.pattern)
    for record in log.read({place: at for place, at in standing.items() if place in known}):
        expected.take(record)
    found: list[Difference] = [*expected.differences, *_behind(expected, standing)]
    found += differences(expected, tables)
    found += _unanswered(expected, submitted)
    since = _submissions(log, inboxes)
    found += _answers_to_nothing(expected, submitted, since)
    found += _lost_replays(expected, submitted.replays | since.replays)
    checked = {f"rows of {table}": number for table, number in counted(expected).items()}
    return CheckReport({"submissions": submitted.count, **checked}, found)


def _submissions(log: TopicLog, inboxes: str) -> Submissions:
    """What came through the inboxes since the last call."""
    found = Submissions(schema_by_id=log.schema_by_id)
    for record in log.read(log.ends(log.places(inboxes))):
        found.take(record)
    return found


def _fold_until_answered(
    log: TopicLog, pattern: str, expected: Expected, submitted: Submissions, deadline: float
) -> None:
    """Folds all topics to their ends; again while submissions wait for receipts, for they may be under way."""
    while True:
        for record in log.read(log.ends(log.places(pattern))):
            expected.take(record)
        if time.monotonic() > deadline or not any(_unanswered(expected, submitted)):
            return
        time.sleep(_PAUSE)


def _snapshot_once_there(
    engine: Engine, expected: Expected, deadline: float
) -> tuple[Mapping[str, Rows], dict[Place, int]]:
    while True:
        with database.answering(), engine.connect() as connection:
            at = {Place(row.topic, row.partition): row.next_offset for row in connection.execute(select(positions))}
        if not any(_behind(expected, at)) or time.monotonic() > deadline:
            return snapshot(engine)
        time.sleep(_PAUSE)


def snapshot(engine: Engine) -> tuple[Mapping[str, Rows], dict[Place, int]]:
    """All rows by key and the positions they stand at, as of one moment."""
    # SQLite's transactions are snapshots; PostgreSQL has to be told.
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    found: dict[str, Rows] = {}
    with database.answering(), engine.connect().execution_options(**options) as connection:
        for table in CONTENT:
            keys = [column.name for column in table.primary_key.columns]
            rows = (row._asdict() for row in connection.execute(select(table)))
            found[table.name] = {tuple(row[key] for key in keys): row for row in rows}
        at = {Place(row.topic, row.partition): row.next_offset for row in connection.execute(select(positions))}
    return found, at


def _behind(expected: Expected, standing: Mapping[Place, int]) -> Iterator[Difference]:
    for place, end in sorted(expected.ends.items()):
        at = standing.get(place, 0)
        if at < end:
            key = f"{place.topic}[{place.partition}]"
            yield {"table": "positions", "key": key, "what": "the read model is behind", "topics_and_sql": [end, at]}


def _unanswered(expected: Expected, submitted: Submissions) -> Iterator[Difference]:
    """Submissions without a receipt, and bytes that nobody could read and nobody keeps."""
    kept = set(expected.origins.values())
    for key in submitted.by_id.keys() - expected.receipts.keys():
        if submitted.by_id[key] not in kept:
            yield {"table": "receipts", "key": _receipt(key), "what": f"no receipt for {_at(submitted.by_id[key])}"}
    for coordinates in submitted.unreadable - kept:
        yield {"table": "quarantine", "key": _at(coordinates), "what": "unreadable and not in quarantine"}


def _answers_to_nothing(expected: Expected, submitted: Submissions, since: Submissions) -> Iterator[Difference]:
    """Receipts without a submission; ``since``: what was submitted while we were checking."""
    for key in expected.receipts.keys() - submitted.by_id.keys() - since.by_id.keys():
        yield {"table": "receipts", "key": _receipt(key), "what": "a receipt that answers no submission"}


def _lost_replays(expected: Expected, replays: set[str]) -> Iterator[Difference]:
    """Acts that say of a record that it was replayed, and no inbox has it."""
    for act in expected.acts.values():
        address = f"{act.quarantine_topic}/{act.quarantine_partition}/{act.quarantine_offset}"
        if act.action is QuarantineAction.REPLAYED and address not in replays:
            yield {"table": "quarantine", "key": address, "what": "replayed, but in no inbox"}


def _receipt(key: SubmissionKey) -> str:
    return f"{key[0]}/{key[1]}"


def _at(coordinates: Coordinates) -> str:
    topic, partition, offset = coordinates
    return f"{topic}[{partition}] at offset {offset}"
