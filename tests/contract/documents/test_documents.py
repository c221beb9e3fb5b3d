"""What the documents show is there: commands, options, targets, variables, files; and their example goes in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer.main

from consumers.__main__ import _JOBS
from infra import settings
from infra.cli import assembled
from infra.processes import PROCESSES
from infra.security import access
from infra.tables.files import BrokenRow
from producers import import_run, relay_commands
from producers.import_run import Job
from schemas.records import Fault

ROOT = Path(__file__).parents[3]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    ROOT.glob("docs/**/*.md")
)
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def _code(document: Path) -> str:
    """The lines of code in a document, those that go on joined."""
    text = document.read_text(encoding="utf-8").replace("\\\n", " ").replace("\\|", "|")
    fenced = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join([*fenced, *inline])


def _commands() -> Mapping[str, set[str]]:
    """Every command of ``techdock`` with its options."""
    found: dict[str, set[str]] = {}

    def visit(command: Any, words: tuple[str, ...]) -> None:
        found[" ".join(words)] = {option for parameter in command.params for option in parameter.opts}
        for name, inner in getattr(command, "commands", {}).items():
            visit(inner, (*words, name))

    visit(typer.main.get_command(assembled(())), ())
    return found


def _shown(document: Path) -> Iterator[tuple[str, set[str]]]:
    """The commands of ``techdock`` that a document shows, with the options that it gives them."""
    known = _commands()
    for line in _code(document).splitlines():
        for call in re.split(r"(?:^|\s)(?:\.venv/bin/)?techdock (?=[a-z])", line.partition("#")[0])[1:]:
            first, _, rest = call.partition(" ")
            both = re.match(r"[a-z-]*", f"{rest} ")
            assert both is not None
            named = f"{first} {both[0]}"
            yield (
                named if named in known else re.sub(r"\W.*", "", first),
                set(re.findall(r"(?<!\w)--[a-z][a-z-]*", call)),
            )


@each_document
def test_commands_and_their_options_exist(document: Path) -> None:
    known = _commands()

    for command, options in _shown(document):
        assert command in known, command
        assert options <= known[command], command


#: They do nothing by themselves.
_GROUPS = {
    "topics",
    "model",
    "institution",
    "delegation",
    "token",
    "quarantine",
    "duplicates",
    "schemas",
    "transactions",
    "security",
    "certificates",
    "annex",
    "facts",
    "vault",
    "clocks",
    "tasks",
    "policies",
}


def test_the_readme_shows_every_command() -> None:
    shown = {command for command, _ in _shown(ROOT / "README.md")}

    assert shown >= {command for command in _commands() if command} - _GROUPS


@each_document
def test_processes_exist(document: Path) -> None:
    jobs = {
        package: {each.job for each in PROCESSES if each.package == package} for package in ("streams", "producers")
    } | {"consumers": set(_JOBS)}

    for package, job in re.findall(r"python -m (\w+) ([a-z-]+)", _code(document)):
        assert job in jobs[package]


@each_document
def test_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"(?:^|\s)make ([a-z]+)", _code(document))) <= targets


@each_document
def test_variables_exist(document: Path) -> None:
    read_by = (settings.__file__, relay_commands.__file__, access.__file__)
    known = {
        name for file in read_by for name in re.findall(r"TECHDOCK_[A-Z_]+", Path(file).read_text(encoding="utf-8"))
    }

    named = set(re.findall(r"TECHDOCK_[A-Z_]*[A-Z]", document.read_text(encoding="utf-8")))
    assert named <= known | {"TECHDOCK_REQUIRE"}


@each_document
def test_files_that_are_linked_or_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    linked = [document.parent / link for link in re.findall(r"\]\((?!https?:)([^)#]+)", text)]
    # Files of ours: those that start with one of our folders.
    named = [
        ROOT / path
        for path in re.findall(r"`((?:schemas|infra|producers|streams|consumers|tests|docs)/[\w./-]+)`", text)
    ]

    assert [str(path) for path in (*linked, *named) if not path.exists()] == []


@each_document
def test_anchors_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}

    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings


class _Refusals:
    """Collects what an import turns away."""

    def __init__(self) -> None:
        self.columns: Mapping[str, str] = {}
        self.unused: list[str] = []
        self.turned_away: list[object] = []

    def opened(self, mapping: Mapping[str, str], unused: list[str]) -> None:
        self.columns, self.unused = mapping, unused

    def unreadable(self, row: BrokenRow) -> None:
        self.turned_away.append(row)

    def refused(self, line: int, subject_id: str, faults: tuple[Fault, ...]) -> None:
        self.turned_away.append((line, subject_id, faults))

    def progress(self, done: int, size: int) -> None: ...

    def awaited(self, answered: int, sent: int) -> None: ...


def test_the_file_that_the_readme_shows_goes_in_as_it_is(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```csv\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "offers.csv").write_text(shown, encoding="utf-8")
    report = _Refusals()

    job = Job(tmp_path / "offers.csv", "achievements", "dlut", datetime(2026, 1, 2, tzinfo=UTC))
    summary = import_run.run(import_run.prepared(job), report, None)

    assert (report.turned_away, report.unused) == ([], [])
    assert summary.sent == summary.rows == 2
    assert {"achievement_id", "title", "abstract", "industries", "maturity", "modes", "price", "currency"} <= set(
        report.columns
    )
