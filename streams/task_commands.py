"""``techdock tasks list`` and ``techdock tasks show``: cases of the nine key tasks, and their histories."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.answers import AsJson, bootstrap, print_json, print_table, tell, unknown
from schemas.errors import Misconfigured

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from schemas.records import LifeTask
    from streams.domain.tasks.standing import Line, Step


class TaskName(StrEnum):
    """The nine tasks, as they are typed."""

    MINING = "mining"
    EVALUATION = "evaluation"
    MARKET_PLAYERS = "market-players"
    POLICY = "policy"
    INTERMEDIARY = "intermediary"
    INCUBATION = "incubation"
    APPLICATION = "application"
    FUND = "fund"
    PILOT_BASE = "pilot-base"


_Of = Annotated[TaskName | None, typer.Option("--task", help="Only this task.")]
#: What stands in an advance beside who, when and what it is about, in the order in which it is told.
_SAID = (
    "title", "text", "evidence", "achievement", "party_institution_id", "person", "amount", "count", "maturity",
    "since", "until", "labels", "slot_id", "assessment", "shares", "policy", "conclusion", "entries",
)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds our commands to those below ``techdock tasks``."""
    app.command("list")(list_tasks)
    app.command("show")(show_task)


def list_tasks(
    task: _Of = None,
    subject: Annotated[str | None, typer.Option(metavar="INSTITUTION/ID", help="Only what is in this subject.")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only what something can still become of.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the cases of the nine key tasks and the subjects that they are in, with how each stands.

    Exit codes: 0 they are listed, 2 misconfigured, 3 the broker is away.
    """
    from streams.domain.tasks.standing import lines
    from streams.task_log import advances

    about = _task(task)
    found = [
        line
        for line in lines(advances(bootstrap()))
        if about in {None, line.task} and subject in {None, line.subject} and (line.is_open or not only_open)
    ]
    if as_json:
        print_json([{**line._asdict(), "is_open": line.is_open} for line in found])
        return
    columns = ("task", "subject", "case", "state", "title", "achievement", "opened by", "moved at (UTC)")
    print_table(columns, map(_row, found), "no such case: tasks are moved by `techdock tasks move`")


def show_task(
    subject: Annotated[str, typer.Argument(metavar="INSTITUTION/SUBJECT", help="What the task is about.")],
    case: Annotated[str | None, typer.Argument(help="Only this case of it.")] = None,
    task: _Of = None,
    as_json: AsJson = False,
) -> None:
    """Show the history of a subject or of a case: who moved it, when, why, and which moves were refused.

    Exit codes: 0 it is told, 1 nothing is known of it, 2 misconfigured, 3 the broker is away.
    """
    from itertools import chain

    from streams.domain.tasks.standing import steps
    from streams.task_log import advances, refusals

    if not all(subject.partition("/")):
        raise Misconfigured([f"{subject!r}: name the institution and its subject, for example dlut/DLUT-7"])
    at = bootstrap()
    found = steps(chain(advances(at), refusals(at)), subject, case, _task(task))
    if not found:
        what = subject if case is None else f"{subject} {case}"
        unknown(f"nothing is known of {what}: `techdock tasks list --subject {subject}` shows the cases there are")
    if as_json:
        print_json([plain_step(step) for step in found])
        return
    for step in found:
        for line in told(step):
            tell(line)


def plain_step(step: Step) -> dict[str, Any]:
    """A move of a history as plain values that JSON can hold."""
    from schemas import codec
    from schemas.records import TaskAdvanced

    event = step.event
    return {
        "counts": isinstance(step.record, TaskAdvanced),
        "arrived_at": event.arrived.isoformat(),
        "event": event.address._asdict(),
        **codec.plain(step.record),
    }


def told(step: Step) -> Iterator[str]:
    """A move as text: when, where, what and by whom; what it says; why it was refused."""
    from schemas.records import TaskRefused

    one = step.record
    who = one.by or f"the market ({one.cause.lower()})" if not isinstance(one, TaskRefused) else one.by
    place = "" if one.case_id is None else f" {one.case_id}"
    result = f"refused at {one.state}" if isinstance(one, TaskRefused) else f"→ {one.state}"
    yield f"{step.event.arrived:%Y-%m-%d %H:%M} UTC  {one.task}{place}  {one.move} {result}  by {who}"
    if isinstance(one, TaskRefused):
        yield from (f"    {fault.field}: {fault.rule}: {fault.repair}" for fault in one.faults)
        return
    if one.reason:
        yield f"    because: {one.reason}"
    yield from (f"    {name}: {value}" for name, value in _said(plain_step(step)))


def _said(plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    owner, local = plain["achievement_institution_id"], plain["achievement_id"]
    values = {**plain, "achievement": f"{owner}/{local}" if owner and local else None}
    for name in _SAID:
        if values[name] not in (None, "", [], ()):
            yield name.removesuffix("_institution_id").removesuffix("_id"), _spelled(values[name])


def _spelled(value: Any) -> str:
    if isinstance(value, dict):
        if set(value) == {"amount", "currency"}:
            return f"{value['amount']:,} {value['currency']}"
        return ", ".join(f"{name} {_spelled(each)}" for name, each in value.items() if each is not None)
    if isinstance(value, list | tuple):
        return "; ".join(map(_spelled, value))
    return str(value)


def _row(line: Line) -> tuple[object, ...]:
    at = f"{line.moved_at:%Y-%m-%d %H:%M}"
    return (
        line.task, line.subject, line.case_id, line.state, line.title, line.achievement, line.opened_by, at,
    )  # fmt: skip


def _task(name: TaskName | None) -> LifeTask | None:
    from schemas.records import LifeTask

    return None if name is None else LifeTask[name.name]
