"""What an import tells: row by row for people, one object for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.tables.files import BrokenRow
from infra.terminal import Step
from producers.import_run import Summary
from schemas.faults import shown
from schemas.records import Fault

#: Faults that a machine is told one by one; the counts are always whole.
_FAULTS_FOR_MACHINES = 10_000


class PrintedReport:
    """Tells people: the first refusals (all of them with ``limit=None``), then a small table."""

    def __init__(self, console: Console, step: Step, limit: int | None) -> None:
        self._console = console
        self._step = step
        self._limit = limit
        self._told = self._untold = 0

    def opened(self, mapping: Mapping[str, str], unused: list[str]) -> None:
        pairs = ", ".join(f"{field} ← {shown(column)}" for field, column in mapping.items())
        self._say(f"columns: {pairs}" + (f"; not used: {shown(', '.join(unused))}" if unused else ""))

    def unreadable(self, row: BrokenRow) -> None:
        self._tell(f"line {row.line}: unreadable: {row.why}")

    def refused(self, line: int, subject_id: str, faults: tuple[Fault, ...]) -> None:
        for each in faults:
            what = f"{each.field}: {each.rule}" + (f": '{each.value}'" if each.value else "")
            self._tell(f"line {line}, {shown(subject_id)}: {what}: {each.repair}")

    def progress(self, done: int, size: int) -> None:
        self._step.at(done, size)

    def awaited(self, answered: int, sent: int) -> None:
        self._step.at(answered, sent)

    def close(self, summary: Summary, labels: Mapping[str, int], seconds: float) -> None:
        """The counts at the end."""
        if self._untold:
            self._say(f"… and {self._untold:,} more; --dry-run lists all that this file can tell")
        table = Table("rows", *labels, "seconds", box=None)
        table.add_row(f"{summary.rows:,}", *(f"{count:,}" for count in labels.values()), f"{seconds:.1f}")
        self._console.print(table)

    def _tell(self, line: str) -> None:
        if self._limit is None or self._told < self._limit:
            self._told += 1
            self._say(line)
        else:
            self._untold += 1

    def _say(self, line: str) -> None:
        self._console.print(line, soft_wrap=True, markup=False, highlight=False)


class CollectedReport:
    """Keeps what a machine is told at the end."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._faults: list[dict[str, Any]] = []

    def opened(self, mapping: Mapping[str, str], unused: list[str]) -> None:
        """Machines chose their columns."""

    def unreadable(self, row: BrokenRow) -> None:
        self._keep(row.line, "", Fault("", "unreadable", "", row.why))

    def refused(self, line: int, subject_id: str, faults: tuple[Fault, ...]) -> None:
        for each in faults:
            self._keep(line, subject_id, each)

    def progress(self, done: int, size: int) -> None:
        self._step.at(done, size)

    def awaited(self, answered: int, sent: int) -> None:
        self._step.at(answered, sent)

    def close(self, summary: Summary, labels: Mapping[str, int], seconds: float) -> None:
        """The whole answer; ``faults`` only where there are any."""
        answer: dict[str, Any] = {"rows": summary.rows, **labels, "seconds": round(seconds, 3)}
        if self._faults:
            answer["faults"] = self._faults
        print(json.dumps(answer))  # noqa: T201 - the answer itself

    def _keep(self, line: int, subject_id: str, each: Fault) -> None:
        if len(self._faults) < _FAULTS_FOR_MACHINES:
            self._faults.append({"line": line, "id": shown(subject_id), **asdict(each)})
