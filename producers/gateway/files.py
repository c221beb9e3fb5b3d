"""Files that are sent over HTTPS: imported by the very command, in a process of its own that can be bounded and ended.

So a hostile workbook takes the memory and the time of that process alone, and a file is treated as
``techdock import`` treats it. Nothing of a client's file name reaches the disk but which kind of file it is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import shutil
import sys
import tempfile
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from producers.gateway.problems import Error, Problem
from schemas.faults import fault, shown

log = logging.getLogger(__name__)

#: What a file's name may end in.
_KIND = re.compile(r"\.(?:csv|tsv|xlsx|jsonl|json|txt)(?:\.gz)?$", re.IGNORECASE)
#: Imports at once, of whoever, and files that are on their way or wait for their turn: one of each institution.
_AT_ONCE, _ON_THEIR_WAY = 2, 32
#: Seconds that a file waits for its turn.
_TURN_SECONDS = 60.0
#: Results that are kept, in all and of one institution, each for so many seconds.
_KEPT, _KEPT_OF_ONE, _KEEP_SECONDS = 200, 20, 3_600.0
#: What an import may use: seconds, and bytes of memory.
_SECONDS, _MEMORY = 150.0, 2 * 1024**3
_MISCONFIGURED, _AWAY = 2, 3


@dataclass(frozen=True, slots=True)
class Order:
    """How a file is to be imported."""

    institution_id: str
    filename: str
    rows_as: str
    assigned: Sequence[str]
    on_behalf_of: str | None
    dry_run: bool

    def suffix(self) -> str:
        """The kind of the file, by its name. Raises ``Problem`` for a name that tells none."""
        found = _KIND.search(self.filename)
        if found is None:
            repair = "give a name that ends in .csv, .tsv, .xlsx, .jsonl or .json, plain or with .gz"
            told = fault("", "unknown-value", self.filename, repair)
            raise Problem(
                "not-well-formed", "The name does not tell what the file is.", [Error(None, told, "filename")]
            )
        return found[0].lower()

    def arguments(self, file: Path, result: Path) -> list[str]:
        """The words of ``techdock import``."""
        words = [f"--as={self.rows_as}", f"--institution={self.institution_id}", f"--result={result}", "--json"]
        words += [f"--map={one}" for one in self.assigned]
        words += [f"--on-behalf-of={self.on_behalf_of}"] if self.on_behalf_of else []
        return ["import", *words, *(["--dry-run"] if self.dry_run else []), str(file)]


@dataclass(frozen=True, slots=True)
class _Result:
    institution_id: str
    folder: Path
    since: float


@dataclass(slots=True)
class Files:
    """Imports files one or two at a time, and keeps their results for a while; ``monotonic``: seconds.

    An institution has one file on its way, so that none of them keeps the others out.
    """

    bootstrap: str
    monotonic: Callable[[], float] = time.monotonic
    seconds: float = _SECONDS
    memory: int = _MEMORY
    _root: Path | None = None
    _results: OrderedDict[str, _Result] = field(default_factory=OrderedDict)
    _busy: set[str] = field(default_factory=set)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    def begin(self, institution_id: str) -> Path:
        """A folder for one more file. Raises ``Problem`` where enough of them are under way."""
        self._forget()
        if institution_id in self._busy:
            told = "Another file of this institution is being imported; wait for its answer. Nothing was taken."
            raise Problem("not-available", told, retry_after=5.0)
        if len(self._busy) >= _ON_THEIR_WAY:
            raise Problem("not-available", "Other files are being imported; nothing was taken.", retry_after=5.0)
        if self._root is None or not self._root.exists():
            # Whoever clears up temporary folders may have taken it.
            self._root = Path(tempfile.mkdtemp(prefix="techdock-files-"))
        folder = Path(tempfile.mkdtemp(dir=self._root))
        self._busy.add(institution_id)
        return folder

    def end(self, institution_id: str, folder: Path) -> None:
        """This file is done with; its result stays where one is kept."""
        self._busy.discard(institution_id)
        if not any(each.folder == folder for each in self._results.values()):
            shutil.rmtree(folder, ignore_errors=True)

    async def imported(self, order: Order, folder: Path, file: Path) -> dict[str, Any]:
        """What became of the rows, and where the result lies. Raises ``Problem``."""
        code, said, complaint = await self._run_in_turn(order.arguments(file, folder / "result.xlsx"), folder)
        file.unlink()
        # Its own paths are nobody's business.
        told = shown(complaint.replace(str(file), order.filename).strip(), 2_000)
        if code == _MISCONFIGURED:
            error = Error("", fault("", "unreadable", order.filename, told))
            raise Problem("not-well-formed", "The file cannot be imported; nothing was taken.", [error])
        if code == _AWAY:
            raise Problem(
                "not-available", f"{told}; send the same file again, what arrived counts once", retry_after=5.0
            )
        if code not in {0, 1} or not said:
            # 1 without an answer: no refused rows, but a traceback, of memory that was not to be had mostly.
            log.error("the import of a file ended with %d: %s", code, complaint[-2_000:])
            raise Problem("too-large", "Importing this file takes more time or memory than there is; send it in parts.")
        name = uuid.uuid4().hex
        self._results[name] = _Result(order.institution_id, folder, self.monotonic())
        mine = [one for one, result in self._results.items() if result.institution_id == order.institution_id]
        for one in mine[:-_KEPT_OF_ONE]:
            shutil.rmtree(self._results.pop(one).folder, ignore_errors=True)
        return {"id": name, "result": f"/v1/files/{name}/result.xlsx", "faults": [], **json.loads(said)}

    def result(self, institution_id: str, name: str) -> Path:
        """The workbook of an import of this institution. Raises ``Problem``."""
        self._forget()
        found = self._results.get(name)
        if found is None or found.institution_id != institution_id:
            raise Problem("not-found", "There is no such result, or it was kept for an hour and is gone.")
        return found.folder / "result.xlsx"

    def close(self) -> None:
        """Everything is forgotten."""
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)

    async def _run_in_turn(self, arguments: Sequence[str], folder: Path) -> tuple[int, str, str]:
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            raise Problem(
                "not-available", "Other files are being imported; nothing was taken.", retry_after=30.0
            ) from None
        try:
            return await self._run(arguments, folder)
        finally:
            self._turns.release()

    async def _run(self, arguments: Sequence[str], folder: Path) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "producers.gateway.bounded", str(self.memory), *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            # What it writes on the side goes with the folder, also where it is ended.
            env={**os.environ, "TECHDOCK_BOOTSTRAP": self.bootstrap, "TMPDIR": str(folder)}, start_new_session=True,
        )  # fmt: skip
        try:
            said, complaint = await asyncio.wait_for(process.communicate(), self.seconds)
        except TimeoutError:
            return -1, "", ""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, said.decode(), complaint.decode(errors="replace")

    def _forget(self) -> None:
        now = self.monotonic()
        while self._results:
            oldest = next(iter(self._results.values()))
            if len(self._results) < _KEPT and now - oldest.since < _KEEP_SECONDS:
                return
            self._results.popitem(last=False)
            shutil.rmtree(oldest.folder, ignore_errors=True)
