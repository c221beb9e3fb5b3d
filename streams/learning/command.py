"""``techdock model train``: learn a scoring model, measure it, and keep it unless it is worse than the one in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from schemas.errors import Misconfigured

Measures = Mapping[str, Mapping[str, float]]


class Compared(NamedTuple):
    """One measure of the model that was learned, and of the one that is in use."""

    data: str
    measure: str
    learned: float
    used: float


def train(
    out: Annotated[Path, typer.Option(help="File to write the model to.")],
    data: Annotated[Path, typer.Option(help="Folder with sbir, bdci, xquad, cn_patents, lexica.")] = Path(
        "../shared/data"
    ),
    version: Annotated[str, typer.Option(help="Name of the model; the day unless given.")] = "",
    against: Annotated[Path | None, typer.Option(help="The model in use; the one that ships unless given.")] = None,
    limit: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="By so much a measure may be worse than with the model in use.")
    ] = 0.01,
) -> None:
    """Learn a scoring model from data, and report its quality.

    Nothing is written where a measure is worse than with the model in use by more than the limit. Exit codes: 0 the
    model is written, 1 it is worse, 2 misconfigured.
    """
    from infra.terminal import steps
    from streams import models
    from streams.learning import evaluation, training

    # Learning takes minutes: what is learned must have a place to go to.
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise Misconfigured([f"--out {out}: name a file in a folder that is there"])
    used = models.compared_with(against)
    shown = steps(Console(stderr=True))
    with shown.step("learning"):
        model = training.trained(data, version or datetime.now(UTC).date().isoformat())
    with shown.step("measuring"):
        found = list(compared(evaluation.evaluated(data, model), evaluation.evaluated(data, used)))
    with shown.step("measuring translations that were not learned"):
        not_learned = training.cross_validated(data, model)
    Console().print(_table(found, not_learned))
    worse = [one for one in found if one.learned < one.used - limit]
    for one in worse:
        shown.say(f"{one.data} {one.measure} falls from {one.used:.3f} to {one.learned:.3f}, by more than {limit:g}")
    if worse:
        shown.say(f"{out} is not written: mend the data, or allow more with --limit")
        raise typer.Exit(1)
    out.write_bytes(model.packed())
    shown.say(f"model {model.version} is in {out}: put it to use with techdock model publish {out}")


def compared(learned: Measures, used: Measures) -> Iterator[Compared]:
    """What both models were measured by."""
    for data, measures in learned.items():
        for measure, value in measures.items():
            yield Compared(data, measure, value, used[data][measure])


def _table(found: list[Compared], not_learned: Measures) -> Table:
    table = Table("data", "measure", "learned", "in use", box=None, pad_edge=False)
    for one in found:
        table.add_row(one.data, one.measure, f"{one.learned:.3f}", f"{one.used:.3f}")
    for data, measures in not_learned.items():
        for measure, value in measures.items():
            table.add_row(data, measure, f"{value:.3f}", "")
    return table
