"""All schemas with their examples at one time: those we have now, and those that each release had."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, cast

from schemas.errors import Misconfigured
from schemas.evolution import objections

_HOUSE = Path(str(resources.files("schemas")))
#: One folder for each release, named after its month; what is in them never changes.
RELEASED = _HOUSE / "released"
_NAME = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])(?:\.[1-9])?")


@dataclass(frozen=True, slots=True)
class Edition:
    """A folder with ``avro/<Record>.avsc`` and ``examples/<Record>/<name>.json``."""

    name: str
    folder: Path

    @property
    def records(self) -> tuple[str, ...]:
        """The names of its records."""
        return tuple(sorted(path.stem for path in (self.folder / "avro").glob("*.avsc")))

    def schema(self, record: str) -> dict[str, Any]:
        """The schema of a record as it stands in its file."""
        text = (self.folder / "avro" / f"{record}.avsc").read_text(encoding="utf-8")
        return cast(dict[str, Any], json.loads(text))

    def examples(self) -> tuple[Path, ...]:
        """Every example."""
        return tuple(sorted((self.folder / "examples").glob("*/*.json")))

    def digest(self) -> str:
        """SHA-256 over the names and the bytes of all its files."""
        content = hashlib.sha256()
        for path in (*sorted((self.folder / "avro").glob("*.avsc")), *self.examples()):
            content.update(f"{path.relative_to(self.folder).as_posix()}\n".encode())
            content.update(hashlib.sha256(path.read_bytes()).digest())
        return content.hexdigest()


#: The schemas that this checkout speaks.
PRESENT = Edition("present", _HOUSE)


def releases(folder: Path = RELEASED) -> tuple[Edition, ...]:
    """Every release, the oldest first."""
    return tuple(Edition(path.name, path) for path in sorted(folder.iterdir()) if _NAME.fullmatch(path.name))


def differences(earlier: Edition, later: Edition) -> list[str]:
    """What ``later`` must not have changed, in any record of ``earlier``."""
    found = [f"{name}: it was removed; a record stays" for name in earlier.records if name not in later.records]
    for name in earlier.records:
        if name in later.records:
            found += objections(earlier.schema(name), later.schema(name))
    return found


def release(name: str, present: Edition = PRESENT, folder: Path = RELEASED) -> Edition:
    """Keeps the present schemas and examples for ever, as the release ``name``.

    Raises ``Misconfigured`` for a name that is none or does not come last, and for changes that an earlier release
    could not live with.
    """
    earlier = releases(folder)
    problems = _problems_of(name, [one.name for one in earlier])
    problems += [f"{one.name}: {problem}" for one in earlier for problem in differences(one, present)]
    if problems:
        raise Misconfigured(problems)
    for part in ("avro", "examples"):
        shutil.copytree(present.folder / part, folder / name / part)
    return Edition(name, folder / name)


def _problems_of(name: str, earlier: Sequence[str]) -> list[str]:
    if not _NAME.fullmatch(name):
        return [f"release {name!r}: name it after its month, for example 2027-03, or 2027-03.1 for a second one"]
    if earlier and name <= earlier[-1]:
        return [f"release {name}: {earlier[-1]} was released before; a new one comes after it"]
    return []
