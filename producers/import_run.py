"""A file goes in: rows are read, drafted, checked, sent, and their receipts counted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from infra.tables import columns, files, opened
from infra.tables.files import BrokenRow, Source, Table
from producers.drafts import Draft, Drafting
from producers.receipts import Answered
from producers.results import NoResults, Results
from schemas.faults import fault
from schemas.records import Fault

#: Rows between two looks at receipts and progress.
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Job:
    """What is imported, as what, for whom; ``now`` is the time of the import."""

    path: Path
    kind: str
    institution_id: str
    now: datetime
    assigned: tuple[str, ...] = ()
    encoding: str | None = None
    sheet: str | None = None
    limit: int | None = None


@dataclass(slots=True)
class Summary:
    """How many rows there were and what became of them."""

    rows: int = 0
    sent: int = 0
    accepted: int = 0
    refused: int = 0
    unreadable: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was turned away."""
        return not (self.refused or self.unreadable)


class Outlet(Protocol):
    """Where good rows go, and where their receipts come from."""

    def send(self, record: str, draft: Draft) -> None:
        """Sends one; raises ``Unavailable``."""

    def arrived(self) -> Iterable[Answered]:
        """Receipts that came meanwhile."""

    def rest(self) -> Iterator[Answered]:
        """Returns when everything is sent and every awaited receipt was there; raises ``Unavailable``."""


class Report(Protocol):
    """Who is told what becomes of each row."""

    def opened(self, mapping: Mapping[str, str], unused: list[str]) -> None:
        """The columns that count, and those that do not."""

    def unreadable(self, row: BrokenRow) -> None:
        """A row could not be read."""

    def refused(self, line: int, subject_id: str, faults: tuple[Fault, ...]) -> None:
        """A row breaks rules."""

    def progress(self, done: int, size: int) -> None:
        """Bytes of the file so far."""

    def awaited(self, answered: int, sent: int) -> None:
        """Receipts so far."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that can be imported: it is open, and every field has its column."""

    source: Source
    table: Table
    drafting: Drafting
    limit: int | None


def prepared(job: Job) -> Prepared:
    """Opens the file of a job and finds its columns; raises ``Misconfigured`` where they cannot work."""
    kind = columns.KINDS[job.kind]
    assigned = columns.chosen(kind, job.assigned)
    source = Source(job.path)
    table = opened(source, job.encoding, job.sheet)
    drafting = Drafting(kind, job.institution_id, columns.mapping(kind, table, assigned), job.now)
    return Prepared(source, table, drafting, job.limit)


def run(
    prepared: Prepared, report: Report, outlet: Outlet | None, results: Results | None = None
) -> Summary:  # fmt: skip
    """Takes every row; without an outlet it is only checked. ``results`` are told of each row.

    Raises ``Unavailable`` when Kafka or the receipts stay away.
    """
    used = prepared.drafting.columns
    report.opened(used, [name for name in prepared.table.columns if name and name not in used.values()])
    rows = itertools.islice(prepared.table.rows, prepared.limit)
    return _Run(prepared.drafting, report, outlet, results or NoResults()).through(prepared.source, rows)


class _Run:
    """One pass over a file."""

    def __init__(self, drafting: Drafting, report: Report, outlet: Outlet | None, results: Results) -> None:
        self._drafting = drafting
        self._report = report
        self._outlet = outlet
        self._results = results
        self.summary = Summary()
        # Hashes, so that a hundred thousand rows are remembered in a few megabytes.
        self._said: dict[int, int] = {}

    def through(self, source: Source, rows: Iterator[files.Row | BrokenRow]) -> Summary:
        for row in rows:
            self.summary.rows += 1
            self._take(row)
            if self.summary.rows % _ROWS_AT_ONCE == 0:
                self._report.progress(source.done, source.size)
                self._count(self._outlet.arrived() if self._outlet else ())
        self._report.progress(source.size, source.size)
        self._count(self._outlet.rest() if self._outlet else ())
        return self.summary

    def _take(self, row: files.Row | BrokenRow) -> None:
        if isinstance(row, BrokenRow):
            self.summary.unreadable += 1
            self._report.unreadable(row)
            self._results.unreadable(row)
            return
        draft = self._drafting.draft(row)
        self._results.begun(draft.line, draft.subject_id)
        faults = draft.faults or self._said_before(draft)
        if faults:
            self._refuse(draft.line, draft.subject_id, faults)
        else:
            self.summary.sent += 1
            if self._outlet is not None:
                self._outlet.send(self._drafting.kind.record, draft)
            self._results.sent(draft.line, draft.subject_id)

    def _said_before(self, draft: Draft) -> tuple[Fault, ...]:
        """The fault of a row that says something else of an id and version that an earlier row spoke of.

        The same row again is none: it has the same submission id, and so the same receipt.
        """
        subject = hash((draft.subject_id, draft.values.get("version")))
        said = hash(draft.values["submission_id"])
        if self._said.setdefault(subject, said) == said:
            return ()
        repair = "an earlier row has the same id and version; give another id, or a higher version"
        return (fault(self._drafting.kind.id_field, "duplicate-id", draft.subject_id, repair),)

    def _count(self, receipts: Iterable[Answered]) -> None:
        for answered in receipts:
            if answered.faults:
                self._refuse(answered.line, answered.subject_id, answered.faults)
            else:
                self.summary.accepted += 1
                self._results.accepted(answered.line, answered.subject_id)
            self._report.awaited(self.summary.accepted, self.summary.sent)

    def _refuse(self, line: int, subject_id: str, faults: tuple[Fault, ...]) -> None:
        self.summary.refused += 1
        self._report.refused(line, subject_id, faults)
        self._results.refused(line, subject_id, faults)
