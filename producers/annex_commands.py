"""``techdock annex``: confidential annexes of achievements, for whom a grant names and nobody else."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.answers import AsJson, bootstrap, complain, tell, unknown
from producers.institution_commands import print_json, print_table, standing
from schemas.errors import Misconfigured, Unreadable

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from producers.annexes.acts import Subject
    from producers.annexes.archive import Archive, Reader
    from schemas.annexes import Annex
    from schemas.records import Submission

Of = Annotated[str, typer.Argument(metavar="INSTITUTION/ACHIEVEMENT", help="Whose annex it is, e.g. dlut/DLUT-7.")]
To = Annotated[str, typer.Option("--to", metavar="ID", help="The institution that may read it.")]


def annex_app() -> typer.Typer:
    """The commands below ``techdock annex``."""
    app = typer.Typer(help="Confidential annexes: sealed in the log, read under a grant.", no_args_is_help=True)
    app.command("deposit")(deposit)
    app.command("grant")(grant)
    app.command("revoke")(revoke)
    app.command("read")(read)
    app.command("erase")(erase)
    app.command("list")(list_annexes)
    return app


def deposit(
    achievement: Of,
    file: Annotated[Path, typer.Argument(help="The plain text; - reads it from standard input.")],
    media_type: Annotated[str, typer.Option(help="What it is, for example application/pdf.")],
    after_erasure: Annotated[int, typer.Option(min=0, help="Open an erased annex anew: the erasure it follows.")] = 0,
) -> None:
    """Seal a file, and deposit it as the annex of an achievement; at most 512,000 bytes.

    Exit codes: 0 it is deposited, 1 it was refused, 2 misconfigured, 3 something needed is away.
    """
    from producers.annexes.archive import Plain, Unsealable

    institution_id, achievement_id = split(achievement)
    content = _content(file)
    try:
        made = _archive().deposit(institution_id, achievement_id, Plain(media_type, content), after_erasure)
    except Unsealable as error:
        raise Misconfigured([f"{file}: {one.repair}" for one in error.faults]) from None
    submit(made)
    tell(f"the annex of {achievement} is deposited as version {made.version}")


def grant(
    achievement: Of,
    to: To,
    nda: Annotated[str, typer.Option(metavar="REFERENCE", help="The agreement by which the reader keeps it secret.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="Last day, in China.")],
) -> None:
    """Let another institution read an annex, under an agreement and until a day."""
    from producers import institutions
    from producers.annexes import acts

    institutions.known(standing(), to)
    wanted = acts.Permission(to, nda, _day(until))
    submit(acts.grant(_subject(achievement), wanted, datetime.now(UTC)))
    tell(f"{to} may read the annex of {achievement} until {until}")


def revoke(
    achievement: Of, to: To, reason: Annotated[str, typer.Option(help="Why, in words.")] = ""
) -> None:  # fmt: skip
    """Let an institution read an annex no more; what it has read it has."""
    from producers.annexes import acts

    submit(acts.revoke(_subject(achievement), to, reason, datetime.now(UTC)))
    tell(f"{to} may not read the annex of {achievement} any more")


def read(
    achievement: Of,
    reader: Annotated[str, typer.Option("--as", metavar="ID", help="Who reads it: the owner, or whom a grant names.")],
    out: Annotated[Path, typer.Option(help="Where the plain text goes; a new file, for your account alone.")],
) -> None:
    """Write the plain text of an annex to a file; that it was read is told before.

    Exit codes: 0 it is written, 1 it is not for this reader, 2 misconfigured, 3 something needed is away.
    """
    from producers.annexes.archive import Withheld

    split(achievement)
    who = _admitted(reader)
    with ExitStack() as unless_written:
        # Made before anybody is told of a reading that cannot be written.
        file = unless_written.enter_context(os.fdopen(_new_file(out), "wb"))
        unless_written.callback(out.unlink)
        try:
            plain = _archive().read(achievement, who)
        except (Withheld, Unreadable) as error:
            unknown(str(error))
        file.write(plain.content)
        file.close()
        unless_written.pop_all()
    tell(f"{out}: {len(plain.content):,} bytes of {plain.media_type}")


def erase(
    achievement: Of,
    by: Annotated[str, typer.Option(help="Who asks for it.")],
    reason: Annotated[str, typer.Option(help="Why, in words.")],
) -> None:
    """Destroy the key of an annex, so that nobody reads it again; all its grants end."""
    from producers.annexes import acts

    submit(acts.erase(_subject(achievement), by, reason, datetime.now(UTC)))
    # Whoever asks how annexes stand destroys what is erased: here and now.
    _archive().standing()
    tell(f"the annex of {achievement} is erased, and its key destroyed")


def list_annexes(as_json: AsJson = False) -> None:
    """Show the annexes there are, who may read them, and those that were erased; never what they say."""
    found = _archive().standing()
    rows = [_row(ref, found.known[ref]) for ref in sorted(found.known)]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, "no annex was deposited yet: `techdock annex deposit`")


def _row(ref: str, annex: Annex) -> dict[str, Any]:
    now = datetime.now(UTC)
    deposited = annex.deposit
    return {
        "achievement": ref,
        "version": None if deposited is None else deposited.version,
        "media_type": None if deposited is None else deposited.media_type,
        "deposited_at": None if deposited is None else deposited.deposited_at,
        "readers": [
            f"{name} until {said.until} ({said.nda})"
            for name, said in sorted(annex.grants.items())
            if annex.grant_of(name, now)
        ],
        "readings": annex.readings,
        "erased": annex.erased_version or None,
    }


def submit(record: Submission) -> None:
    """Through the inbox of whoever speaks, until its receipt is there; exit 1 where it is refused."""
    from producers.client import Client
    from producers.institutions import known
    from schemas.records import SubmissionRefused

    # Whoever is not known has no inbox.
    known(standing(), record.institution_id)
    with Client(bootstrap(), record.institution_id) as client:
        receipt = client.submit(record)
    if isinstance(receipt, SubmissionRefused):
        for one in receipt.faults:
            line = f"refused: {one.field}: {one.rule}: {one.repair}"
            complain(line)
        raise typer.Exit(1)


def _archive() -> Archive:
    from infra.settings import Settings
    from infra.vault.vault import Vault
    from producers.annexes.archive import Archive
    from producers.annexes.shelf import KafkaShelf

    return Archive(KafkaShelf(bootstrap()), Vault.of(Settings.from_env(os.environ)), lambda: datetime.now(UTC))


def _subject(achievement: str) -> Subject:
    from producers.annexes.acts import Subject

    return Subject(*split(achievement), _archive().standing())


def split(achievement: str) -> tuple[str, str]:
    """The institution and its achievement. Raises ``Misconfigured``."""
    from schemas import topics

    institution_id, _, achievement_id = achievement.partition("/")
    topics.inbox(institution_id)
    if not achievement_id:
        raise Misconfigured([f"{achievement!r}: name the institution and its achievement, for example dlut/DLUT-7"])
    return institution_id, achievement_id


def _admitted(institution: str) -> Reader:
    from producers.annexes.archive import Reader
    from schemas.institutions import Status

    found = standing().known.get(institution)
    if found is None or found.status is not Status.ADMITTED:
        how = "not known" if found is None else f"{found.status.value} ({found.reason})"
        raise Misconfigured([f"{institution} is {how}: only institutions that are admitted read annexes"])
    return Reader(institution, found.admitted_at)


def _content(file: Path) -> bytes:
    from schemas.padding import MOST_BYTES

    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with file.open("rb") as source:
            return source.read(MOST_BYTES + 1)
    except OSError as error:
        raise Misconfigured([f"{file}: {error.strerror}; name the file of the plain text"]) from None


def _new_file(out: Path) -> int:
    try:
        return os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Misconfigured([f"--out {out}: {error.strerror}; name a new file in a folder that is there"]) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misconfigured([f"--until {text!r}: give a date such as 2027-12-31"]) from None
