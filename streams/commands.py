"""What streams add to the command line: why pairs match, ranking files, how well, and by what model."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console

from infra import groups
from schemas.errors import Misconfigured
from streams.base_commands import bases
from streams.clock_commands import clock_app
from streams.duplicate_commands import duplicates_app
from streams.fund_commands import fund
from streams.ledger_commands import contracts, ledger
from streams.maturity_commands import maturity
from streams.mining_commands import intermediaries, mining
from streams.model_commands import model_app
from streams.pipeline_commands import pipeline
from streams.policy_commands import policies_app
from streams.recognition_commands import recognition
from streams.spotlight_commands import spotlight
from streams.targets_commands import targets
from streams.task_commands import add_to
from streams.worklist_commands import worklist

if TYPE_CHECKING:
    # What ranks takes a second to load, and most commands do without.
    from streams.offline import Scored


def register(app: typer.Typer) -> None:
    """Adds our commands."""
    app.command("explain")(explain)
    app.command("match")(match_files)
    app.command("evaluate")(evaluate)
    app.command("spotlight")(spotlight)
    app.command("trace")(trace)
    app.command("pipeline")(pipeline)
    app.command("contracts")(contracts)
    app.command("ledger")(ledger)
    app.command("targets")(targets)
    app.command("recognition")(recognition)
    app.command("worklist")(worklist)
    app.command("maturity")(maturity)
    app.command("fund")(fund)
    app.command("bases")(bases)
    app.command("mining")(mining)
    app.command("intermediaries")(intermediaries)
    add_to(groups.tasks(app))
    app.add_typer(model_app(), name="model")
    app.add_typer(duplicates_app(), name="duplicates")
    app.add_typer(clock_app(), name="clocks")
    app.add_typer(policies_app(), name="policies")


def explain(
    demand: Annotated[str, typer.Argument(help="A demand: its id, or institution/id.")],
    achievement: Annotated[str, typer.Argument(help="An achievement: its id, or institution/id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Say why an achievement is, or is not, a live match of a demand, by what the register says now.

    Exit codes: 0 it is explained, 1 the demand or achievement is not known, 2 misconfigured, 3 the broker is away.
    """
    from infra import home
    from infra.settings import Settings
    from infra.terminal import steps
    from streams import explanation, tellings
    from streams.models import followed
    from streams.register import registered_facts

    bootstrap = home.endpoints(Settings.from_env(os.environ)).bootstrap
    shown = Console(stderr=True)
    try:
        with steps(shown).step("reading the register and comparing all achievements"):
            told = explanation.explanation(registered_facts(bootstrap), demand, achievement, followed(bootstrap))
    except explanation.UnknownReference as unknown:
        shown.print(str(unknown), style="red", soft_wrap=True, markup=False, highlight=False)
        raise typer.Exit(1) from unknown
    if as_json:
        print(json.dumps(explanation.as_json(told), ensure_ascii=False))  # noqa: T201 - the answer itself
        return
    for line in tellings.lines(told):
        Console().print(line, soft_wrap=True, markup=False, highlight=False)


def trace(
    deal: Annotated[str, typer.Argument(help="A deal's id, or its beginning.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Print one traced line: from registration and announcement to the contract, each step with its event.

    Exit codes: 0 it is told, 1 there is no such deal, 2 misconfigured, 3 the broker is away.
    """
    from infra import answers
    from streams import trace as line
    from streams.domain.trace import UnknownDeal

    bootstrap = answers.bootstrap()
    try:
        found = line.trace_of(bootstrap, deal)
    except UnknownDeal as unknown:
        Console(stderr=True).print(str(unknown), style="red", soft_wrap=True, markup=False, highlight=False)
        raise typer.Exit(1) from unknown
    if as_json:
        print(json.dumps(line.as_plain(found), ensure_ascii=False))  # noqa: T201 - the answer itself
        return
    for each in line.lines(found):
        Console().print(each, soft_wrap=True, markup=False, highlight=False)


def match_files(
    achievements: Annotated[Path, typer.Option(help="A file: achievement_id, title, abstract, keywords.")],
    demands: Annotated[Path, typer.Option(help="A file: demand_id, title, description, keywords.")],
    out: Annotated[Path, typer.Option(help="JSON lines to write: demand_id, achievement_id, score, reasons.")],
    pairs: Annotated[
        Path | None, typer.Option(help="Score exactly these: demand_id, a tabulator, achievement_id; one a line.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=1_000, help="So many achievements for each demand.")] = 20,
    cap: Annotated[
        int | None,
        typer.Option("--exposure-cap", min=1, metavar="N", help="No achievement for more demands than this."),
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Another scoring model than the one that ships.")] = None,
    assigned: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Which column a field is, in either file; repeat."),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of both files, as gb18030; found out unless given.")] = None,
) -> None:
    """Rank a file of achievements for a file of demands, without Kafka, by the code that ranks live.

    Files are what `techdock import` takes. With --exposure-cap, pairs are taken in the order of their scores, ties by
    demand and then by achievement, while the demand has room and the achievement is below the cap.

    Exit codes: 0 all is well, 1 some rows could not be read, 2 misconfigured.
    """
    from infra.terminal import steps
    from streams import models, offline

    if pairs is not None and cap is not None:
        raise Misconfigured(["--pairs scores exactly those pairs, so that nothing can be capped: leave one out"])
    chosen, assignments = models.model_from(model), assigned or []
    files = {"achievements": achievements, "demands": demands}
    shown = steps(Console(stderr=True))
    offered, asked = (offline.texts(path, kind, assignments, shown.say, encoding) for kind, path in files.items())
    if strange := [one for one in assignments if one not in offered.used | asked.used]:
        raise Misconfigured([f"--map {one}: neither file has such a field and column" for one in strange])
    if pairs is None:
        found = offline.ranked(offered.by_id, asked.by_id, chosen, top, cap)
    else:
        wanted = offline.pairs_of(pairs, offered.by_id, asked.by_id)
        found = offline.paired(offered.by_id, asked.by_id, chosen, wanted)
    with shown.step(f"{len(offered.by_id):,} achievements for {len(asked.by_id):,} demands") as step:
        count = _written(out, found, (lambda done: step.at(done, len(wanted))) if pairs is not None else None)
    shown.say(f"{count:,} rows in {out}")
    raise typer.Exit(1 if offered.broken or asked.broken else 0)


def _written(out: Path, found: Iterable[Scored], at: Callable[[int], None] | None) -> int:
    """Writes a row for each of ``found`` and tells ``at`` how many; their number. Raises ``Misconfigured``."""
    count = 0
    try:
        with _whole(out) as file:
            for count, scored in enumerate(found, 1):
                file.write(scored.row() + "\n")
                if at is not None:
                    at(count)
    except OSError as error:
        raise Misconfigured([f"--out {out}: {error.strerror}"]) from error
    return count


@contextmanager
def _whole(out: Path) -> Iterator[TextIO]:
    """``out`` to write to: whoever waits for the file must not find half of it. A device or a pipe stays what it is."""
    if out.exists() and not out.is_file():
        with out.open("w", encoding="utf-8") as file:
            yield file
        return
    target = out.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            yield file
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def evaluate(
    data: Annotated[Path, typer.Option(help="Folder with sbir, bdci, xquad or cn_patents.")] = Path("../shared/data"),
    model: Annotated[Path | None, typer.Option(help="Another scoring model than the one that ships.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Measure the ranking on data whose truth is known, and how evenly it shows achievements."""
    from rich.table import Table

    from streams import models
    from streams.learning import evaluation, exposure

    chosen = models.model_from(model)
    found = evaluation.evaluated(data, chosen)
    for name, measures in exposure.measured(data, chosen).items():
        found[name].update(measures)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))  # noqa: T201 - the answer itself
        return
    table = Table("data", "measure", "", box=None, pad_edge=False)
    for name, measures in found.items():
        for measure, value in measures.items():
            table.add_row(name, measure, f"{value:.3f}")
    Console().print(table)
