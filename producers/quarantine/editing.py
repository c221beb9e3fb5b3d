"""A repaired draft from a file or from the person's editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import typer

from producers.quarantine import drafts
from producers.quarantine.asides import Aside
from producers.quarantine.drafts import Repaired
from schemas.errors import Misconfigured
from schemas.records import Fault
from schemas.salvage import Salvage

Say = Callable[[str], None]


def from_file(file: Path, aside: Aside, found: Salvage, say: Say) -> Repaired:
    """The repaired submission in a file; ends the command with 1 once all its faults are told."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured([f"{file}: {getattr(error, 'strerror', None) or 'is no text in UTF-8'}"]) from error
    repaired = drafts.repaired(text, aside, found, datetime.now(UTC))
    if isinstance(repaired, Repaired):
        return repaired
    _tell(repaired, say)
    raise typer.Exit(1)


def from_editor(aside: Aside, found: Salvage, say: Say) -> Repaired:
    """The same from ``$VISUAL`` or ``$EDITOR``, as often as the person likes; ends with 1 where nothing is changed."""
    if not sys.stdin.isatty():
        raise Misconfigured(["no terminal for an editor: --out F.json writes the draft, --file F.json takes it"])
    text = drafts.draft(aside, found)
    while True:
        edited = _edited(text)
        if edited == text:
            say("nothing was changed")
            raise typer.Exit(1)
        text = edited
        try:
            repaired = drafts.repaired(text, aside, found, datetime.now(UTC))
        except Misconfigured as error:
            say("; ".join(error.problems))
        else:
            if isinstance(repaired, Repaired):
                return repaired
            _tell(repaired, say)
        # What was typed is not lost over one mistake.
        typer.confirm("Edit it again?", default=True, abort=True)


def _edited(text: str) -> str:
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="techdock-") as folder:
        path = Path(folder) / "repair.json"
        path.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*command, str(path)], check=True)
            return path.read_text(encoding="utf-8")
        except (OSError, subprocess.CalledProcessError) as error:
            raise Misconfigured(
                [f"the editor {command[0]!r} failed ({error}): set EDITOR to one that works"]
            ) from error


def _tell(faults: list[Fault], say: Say) -> None:
    for fault in faults:
        say(f"{fault.field}: {fault.rule}, {fault.value!r}: {fault.repair}")
