"""``techdock quarantine``: look at what was set aside, repair it, replay it through its inbox, or drop it."""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from schemas.errors import Misconfigured
from schemas.faults import shown

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from infra.settings import Settings
    from producers.quarantine.asides import Aside, Quarantine
    from producers.quarantine.deciding import Objection, Word
    from producers.quarantine.desk import Desk
    from schemas.codec import SchemaById

#: Characters of a line on a terminal.
_LONGEST_LINE = 10_000
#: Records shown on a terminal unless more are asked for.
_SHOWN = 50

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As the list names it, for example 0/17.")]
By = Annotated[str | None, typer.Option(help="Who does it; the user of this machine unless given.")]
Topic = Annotated[str | None, typer.Option(help="Only what came from this topic.")]
Institution = Annotated[str | None, typer.Option(help="Only what came through the inbox of this institution.")]
Error = Annotated[str | None, typer.Option(help="Only where the error or its message holds this text.")]


def quarantine_app() -> typer.Typer:
    """The commands below ``techdock quarantine``."""
    app = typer.Typer(help="What could not be read or decided: kept whole, to be repaired.", no_args_is_help=True)
    app.command("list")(list_records)
    app.command("show")(show_record)
    app.command("repair")(repair_record)
    app.command("replay")(replay_records)
    app.command("drop")(drop_record)
    return app


def list_records(
    topic: Topic = None,
    institution: Institution = None,
    error: Error = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was replayed or dropped.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help=f"At most so many; {_SHOWN} on a terminal.")] = None,
    as_json: Json = False,
) -> None:
    """List what waits in quarantine: open records, and repaired ones that were not replayed yet."""
    from producers.quarantine import tellings

    fits = _fitting(topic, institution, error)
    found = (aside for aside in _quarantine().all() if (everything or aside.is_open) and fits(aside))
    if as_json:
        print(json.dumps([tellings.row(one) for one in islice(found, limit)], ensure_ascii=False))  # noqa: T201
        return
    shown = limit or _SHOWN
    rows = [tellings.row(one) for one in islice(found, shown)]
    more = sum(1 for _ in found)
    if rows:
        Console().print(tellings.table(rows), markup=False)
    _say(f"{len(rows) + more:,} records" + (f", {more:,} of them not shown: --limit N" if more else ""))


def show_record(
    record: Id,
    file: Annotated[Path | None, typer.Option("--bytes", help="Write the bytes to this file, as they came.")] = None,
    as_json: Json = False,
) -> None:
    """Show where a record came from, what was done about it, what can be read of it, and its bytes.

    Exit code 1 where there is no such record.
    """
    from producers.quarantine import tellings
    from producers.quarantine.desk import readable

    aside = _one(_quarantine(), record)
    found = readable(aside, _schema_by_id())
    if file is not None:
        _write(file, aside.value or b"")
    if as_json:
        print(json.dumps(tellings.whole(aside, found), ensure_ascii=False))  # noqa: T201 - the answer itself
        return
    for line in tellings.lines(aside, found):
        _say(line)


def repair_record(
    record: Id,
    file: Annotated[Path | None, typer.Option(help="The repaired draft; without it, $EDITOR opens one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the draft to this file and change nothing.")] = None,
    reason: Annotated[str, typer.Option(help="What was wrong.")] = "",
    by: By = None,
) -> None:
    """Repair a submission as JSON; it is kept, if every rule holds, until it is replayed.

    Exit codes: 0 it is kept, 1 it is not yet well formed or cannot be repaired, 2 misconfigured, 3 the broker is away.
    """
    from producers.quarantine import deciding, drafts, editing
    from producers.quarantine.desk import readable

    aside = _repairable(_quarantine(), record)
    found = readable(aside, _schema_by_id())
    if out is not None:
        _write(out, drafts.draft(aside, found).encode())
        _say(f"{aside.at} is in {out}: complete it, then `techdock quarantine repair {aside.at} --file {out}`")
        return
    repaired = editing.from_editor(aside, found, _say) if file is None else editing.from_file(file, aside, found, _say)
    # Only now: whoever thinks long keeps nobody else from working, and loses nothing to those who did.
    desk = _desk()
    desk.write(deciding.repair(_repairable(desk.quarantine, record), repaired, _word(by, reason)))
    _say(f"{aside.at} is repaired: `techdock quarantine replay {aside.at}` sends it to admission")


def replay_records(
    record: Annotated[str | None, typer.Argument(metavar="[ID]", help="As the list names it.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are open and can be read now.")] = False,
    topic: Topic = None,
    institution: Institution = None,
    error: Error = None,
    by: By = None,
) -> None:
    """Send submissions through their inbox again, as they were repaired, else as they came; once each.

    Exit codes: 0 all were sent or had been, 1 some could not be, 2 misconfigured, 3 the broker is away.
    """
    from producers.quarantine.deciding import Replay

    if (record is None) != everything or (record and (topic or institution or error)):
        raise Misconfigured(["name one record, or --all with or without filters"])
    desk, fits = _desk(), _fitting(topic, institution, error)
    fitting = (aside for aside in desk.quarantine.all() if aside.is_open and fits(aside))
    sent = failed = 0
    for aside, outcome in desk.replay(
        fitting if record is None else [_one(desk.quarantine, record)], _word(by, "")
    ):  # fmt: skip
        if isinstance(outcome, Replay):
            sent += 1
            _say(f"{aside.at} went to {outcome.topic} as submission {outcome.act.submission_id}")
        else:
            failed += not outcome.is_done
            _say(outcome.sentence)
    _say(f"{sent:,} replayed, {failed:,} could not be: the receipts of their institutions say what became of them")
    raise typer.Exit(1 if failed else 0)


def drop_record(
    record: Id,
    reason: Annotated[str, typer.Option(help="Why nothing is to come of it.")],
    by: By = None,
) -> None:
    """Close a record for good; its bytes stay where they are. Exit code 1 where that cannot be."""
    from producers.quarantine import deciding

    if not reason.strip():
        raise Misconfigured(["--reason: say in words why nothing is to come of it"])
    desk = _desk()
    aside = _one(desk.quarantine, record)
    act = deciding.drop(aside, _word(by, reason))
    if isinstance(act, deciding.Objection):
        _give_up(act)
    desk.write(act)
    _say(f"{aside.at} is dropped")


def _fitting(topic: str | None, institution: str | None, error: str | None) -> Callable[[Aside], bool]:
    def fits(aside: Aside) -> bool:
        history = aside.history
        said = "" if history is None else f"{history.error}: {history.message}"
        return (
            (topic is None or (history is not None and history.topic == topic))
            and (institution is None or aside.institution_id == institution)
            and (error is None or error.casefold() in said.casefold())
        )

    return fits


def _one(quarantine: Quarantine, text: str) -> Aside:
    from producers.quarantine.asides import address

    found = quarantine.one(address(text))
    if found is None:
        _say(f"there is no record {text} in quarantine: `techdock quarantine list --all` shows those there are")
        raise typer.Exit(1)
    return found


def _repairable(quarantine: Quarantine, text: str) -> Aside:
    from producers.quarantine.deciding import no_repair

    aside = _one(quarantine, text)
    if (objection := no_repair(aside)) is not None:
        _give_up(objection)
    return aside


def _word(by: str | None, reason: str) -> Word:
    from producers.quarantine.deciding import Word

    return Word(by or f"{getpass.getuser()}@{socket.gethostname()}", datetime.now(UTC), reason)


def _quarantine() -> Quarantine:
    from infra import home
    from producers.quarantine.asides import Quarantine

    return Quarantine(home.bootstrap(_settings()))


def _desk() -> Desk:
    from infra import home
    from producers.quarantine.desk import Desk

    return Desk(home.bootstrap(_settings()), _schema_by_id())


def _settings() -> Settings:
    from infra.settings import Settings

    return Settings.from_env(os.environ)


def _schema_by_id() -> SchemaById | None:
    from infra import home
    from infra.registry import schema_by_id

    return schema_by_id(home.registry_url(_settings()))


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Misconfigured([f"{path}: {error.strerror}; name another file"]) from error


def _give_up(objection: Objection) -> NoReturn:
    _say(objection.sentence)
    raise typer.Exit(0 if objection.is_done else 1)


def _say(said: str) -> None:
    # What senders wrote is among it: a terminal must not take it for orders.
    line = "\n".join(shown(part, _LONGEST_LINE) for part in said.split("\n"))
    Console().print(line, soft_wrap=True, markup=False, highlight=False)
