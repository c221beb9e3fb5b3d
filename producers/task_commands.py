"""``techdock tasks move`` and ``techdock tasks send``: moves in the nine key tasks, until it is known what they did."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.answers import AsJson, bootstrap, complain, print_json, tell
from producers.institution_commands import standing
from schemas.errors import Misconfigured

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from producers.task_decisions import Decision
    from producers.task_moves import Draft
    from schemas.records import Fault, TaskMoved

By = Annotated[str, typer.Option(metavar="ID", help="The institution that moves; what is sent goes through its inbox.")]
_LINES = 20


def add_to(app: typer.Typer) -> None:
    """Adds our commands to those below ``techdock tasks``."""
    app.command("move")(move_task)
    app.command("send")(send_moves)


def move_task(
    task: Annotated[str, typer.Argument(help="mining, evaluation, market-players, … as `tasks list --task` has it.")],
    move: Annotated[str, typer.Argument(help="The move, for example report or open.")],
    subject: Annotated[str, typer.Argument(metavar="INSTITUTION/SUBJECT", help="What the task is about.")],
    by: By,
    case: Annotated[str | None, typer.Argument(help="The case; a move of the subject itself has none.")] = None,
    said: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="What the move says, for example amount=5000.00 CNY; repeat."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make one move in a task, and wait for what became of it.

    Fields are those of TaskMoved: title, text, evidence, reason, achievement=INSTITUTION/ID, party, person, amount,
    count, maturity, since, until, label, slot; assessment, shares and policy as JSON. A move that does not fit says
    which ones it takes. Exit codes: 0 it counts, 1 it was refused, 2 misconfigured, 3 something needed is away.
    """
    from producers.annex_commands import split
    from producers.task_moves import drafts, spelled

    institution_id, subject_id = split(subject)
    row = {
        "task": _symbol(task), "move": _symbol(move), "subject_institution_id": institution_id,
        "subject_id": subject_id, "case_id": case, "submission_id": str(uuid.uuid4()), **spelled(said or ()),
    }  # fmt: skip
    _submit(drafts([(1, row)], by, datetime.now(UTC)), by, as_json)


def send_moves(
    file: Annotated[Path, typer.Argument(help="One move as JSON, a list of them, or one a line (.jsonl).")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Send the moves of a file in their order, and wait for what became of each; the same file again does nothing.

    Where a row breaks a rule by itself, nothing is sent. Exit codes: 0 all count, 1 some were refused,
    2 misconfigured, 3 something needed is away.
    """
    from producers.task_moves import drafts, rows

    found = drafts([*rows(file)], by, datetime.now(UTC))
    if not found:
        raise Misconfigured([f"{file}: there is no move in it"])
    _submit(found, by, as_json)


def _submit(found: Sequence[Draft], by: str, as_json: bool) -> None:
    from producers.institutions import known

    broken = [(one.line, fault) for one in found for fault in one.faults]
    if broken:
        for line, fault in broken[:_LINES]:
            complain(f"row {line}: {_why(fault)}")
        complain(f"{len(broken)} faults in {len(found)} moves: nothing was sent")
        raise typer.Exit(1)
    # Whoever is not known has no inbox.
    known(standing(), by)
    results = _results([one.move for one in found if one.move is not None], by)
    if as_json:
        print_json(results)
    else:
        for result in results:
            _tell(result)
    raise typer.Exit(0 if all(result["counts"] for result in results) else 1)


def _results(moves: Sequence[TaskMoved], by: str) -> list[dict[str, Any]]:
    """What became of each move, once that is known."""
    from producers.client import Client
    from producers.task_decisions import KafkaLog, decisions
    from schemas.records import SubmissionRefused

    with Client(bootstrap(), by) as client:
        receipts = {move.submission_id: receipt for move, receipt in client.submit_all(moves)}
    refused = {name: one.faults for name, one in receipts.items() if isinstance(one, SubmissionRefused)}
    decided = decisions(KafkaLog(bootstrap()), receipts.keys() - refused.keys())
    return [_result(move, refused.get(move.submission_id, ()), decided.get(move.submission_id)) for move in moves]


def _result(move: TaskMoved, faults: Sequence[Fault], decided: Decision | None) -> dict[str, Any]:
    from schemas import codec
    from schemas.records import TaskRefused

    why = decided.faults if isinstance(decided, TaskRefused) else faults
    return {
        "submission_id": str(move.submission_id), "task": move.task.value, "subject": move.subject_ref,
        "case": move.case_id, "move": move.move.value, "accepted": decided is not None, "counts": not why,
        "state": None if decided is None else decided.state.value, "faults": [codec.plain(one) for one in why],
    }  # fmt: skip


def _tell(result: dict[str, Any]) -> None:
    place = " ".join(filter(None, (result["task"], result["subject"], result["case"])))
    if result["counts"]:
        tell(f"{place}: {result['move']} counts, it stands at {result['state']}")
        return
    where = "by admission" if not result["accepted"] else f"it stays at {result['state']}"
    complain(f"{place}: {result['move']} is refused, {where}")
    for fault in result["faults"]:
        complain(f"    {fault['field']}: {fault['rule']}: {fault['repair']}")


def _symbol(word: str) -> str:
    return word.strip().upper().replace("-", "_")


def _why(fault: Fault) -> str:
    return f"{fault.field}: {fault.rule}: {fault.repair}"
