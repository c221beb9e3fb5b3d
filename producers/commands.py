"""What producers add to the command line: import, quarantine, and what the scenario adds."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from infra.terminal import Steps
    from producers.import_run import Job, Summary
    from producers.outlets import Inbox

#: Refusals that are printed one by one; a dry run prints all.
_PRINTED = 20


class RowsAs(StrEnum):
    """What the rows of a file are."""

    ACHIEVEMENTS = "achievements"
    DEMANDS = "demands"
    NEGOTIATIONS = "negotiations"


def register(app: typer.Typer) -> None:
    """Adds our commands."""
    from infra import groups
    from producers import relay_commands, scenario_commands
    from producers.annex_commands import annex_app
    from producers.conformance.commands import conformance
    from producers.delegation_commands import delegation_app
    from producers.fact_commands import facts_app
    from producers.institution_commands import institution_app
    from producers.quarantine.commands import quarantine_app
    from producers.task_commands import add_to
    from producers.token_commands import token_app

    app.command("import")(import_file)
    app.command("template")(template)
    app.command("relay")(relay_commands.relay)
    app.command("conformance")(conformance)
    app.add_typer(institution_app(), name="institution")
    app.add_typer(delegation_app(), name="delegation")
    app.add_typer(token_app(), name="token")
    app.add_typer(quarantine_app(), name="quarantine")
    app.add_typer(annex_app(), name="annex")
    app.add_typer(facts_app(), name="facts")
    add_to(groups.tasks(app))
    scenario_commands.register(app)


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, Excel (.xlsx), JSON lines or a JSON array; plain or .gz.")],
    rows_as: Annotated[RowsAs, typer.Option("--as", help="What the rows are.")],
    institution: Annotated[str, typer.Option(help="Who submits them, for example dlut.")],
    on_behalf_of: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose rows they are, where a delegation lets you submit them.")
    ] = None,
    assigned: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Which column a field is; repeat. Known names need none."),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="For example gb18030; found out unless given.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an Excel workbook; the first unless given.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Take only this many rows.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row, send nothing.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when every row has its receipt.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
    result: Annotated[
        Path | None,
        typer.Option(help="Write what became of each row to this file: .csv, .xlsx or .jsonl.", show_default=False),
    ] = None,
) -> None:
    """Submit the rows of a file; the same file again has no second effect.

    Texts are cleaned of control characters; everything else goes in as it is, or is refused with what to do.

    Exit codes: 0 all accepted, 1 some refused or unreadable, 2 misconfigured, 3 something needed is away.
    """
    from producers.import_run import Job
    from schemas import topics
    from schemas.errors import Misconfigured

    topics.inbox(institution)
    if result is not None and result.exists() and file.exists() and result.samefile(file):
        raise Misconfigured([f"--result {result}: is the file that is imported; name another one"])
    owner = on_behalf_of or institution
    topics.inbox(owner)
    job = Job(file, rows_as.value, owner, datetime.now(UTC), tuple(assigned or ()), encoding, sheet, limit)
    summary = _imported(job, institution, _Mode(dry_run, wait, as_json, result))
    raise typer.Exit(0 if summary.is_clean else 1)


def template(
    file: Annotated[Path, typer.Argument(help="Where to write it, for example achievements.xlsx.")],
    rows_as: Annotated[
        RowsAs | None, typer.Option("--as", help="What its rows will be; the name of the file says it unless given.")
    ] = None,
) -> None:
    """Write an Excel workbook to fill in, with drop-downs and explanations, for `techdock import`."""
    from producers import templates

    kind = templates.kind_of(file) if rows_as is None else rows_as.value
    templates.write(file, kind)
    Console().print(f"{file}: fill it in, then: techdock import {file} --as {kind} --institution ID", soft_wrap=True)


class _Mode:
    """How far an import goes, and to whom it speaks."""

    def __init__(self, dry_run: bool, wait: bool, as_json: bool, result: Path | None) -> None:
        self.dry_run = dry_run
        self.wait = wait and not dry_run
        self.as_json = as_json
        self.result = result

    @property
    def last_word(self) -> str:
        """What can be said of a good row in the end."""
        return "accepted" if self.wait else "valid" if self.dry_run else "sent"

    def labels(self, summary: Summary) -> dict[str, int]:
        """The counts by the names that are true of them."""
        good = {self.last_word: summary.accepted if self.wait else summary.sent}
        return {**good, "refused": summary.refused, "unreadable": summary.unreadable}


def _imported(job: Job, institution: str, mode: _Mode) -> Summary:
    from infra.terminal import steps
    from producers import import_run
    from producers.reports import CollectedReport, PrintedReport
    from producers.results import ResultFile

    began = time.monotonic()
    prepared = import_run.prepared(job)
    out = Console()
    # On one terminal, bars and lines must go through one console, or they write over one another.
    shown_on = steps(out if out.is_terminal and not mode.as_json else Console(stderr=True))
    with ExitStack() as stack:
        outlet = None if mode.dry_run else _inbox(institution, shown_on, mode.wait, stack)
        step = stack.enter_context(shown_on.step(f"import {job.path.name}"))
        printed = PrintedReport(out, step, None if mode.dry_run else _PRINTED)
        report = CollectedReport(step) if mode.as_json else printed
        results = None if mode.result is None else stack.enter_context(ResultFile(mode.result, mode.last_word))
        summary = import_run.run(prepared, report, outlet, results)
    report.close(summary, mode.labels(summary), time.monotonic() - began)
    return summary


def _inbox(institution_id: str, shown_on: Steps, wait: bool, stack: ExitStack) -> Inbox:
    from infra import answers
    from producers import admittance, outlets
    from producers.publisher import Publisher
    from producers.receipts import Receipts

    # Kafka's address alone: a machine that only imports needs to know nothing else.
    bootstrap = answers.bootstrap()
    if admittance.admit_unknown(bootstrap, [institution_id], datetime.now(UTC)):
        shown_on.say(f"{institution_id} is new here: admitted, with an inbox and receipts of its own")
    # The receipts' end has to be known before the first row is sent.
    receipts = stack.enter_context(Receipts(bootstrap, institution_id, time.monotonic)) if wait else None
    return outlets.Inbox(stack.enter_context(Publisher(bootstrap, through=institution_id)), receipts)
