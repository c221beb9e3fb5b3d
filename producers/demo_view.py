"""What the demo shows while it goes on: a picture that changes on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from decimal import Decimal

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from producers.demo_watch import Market, Watch
from producers.demo_words import stage_name, why
from schemas.records import MatchProposed, MoveRefused, Stage, SubmissionRefused, TaskRefused


class StartView:
    """What is said until the market is there; on a terminal, what is under way turns. Use it as a context."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("starting TechDock …") if console.is_terminal else None

    def __enter__(self) -> StartView:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self.stop()

    def say(self, line: str) -> None:
        if self._status is not None and line.endswith("…"):
            self._status.update(escape(line))
        else:
            self._console.print(line, soft_wrap=True, markup=False, highlight=False)

    def stop(self) -> None:
        """From now on lines are only lines."""
        if self._status is not None:
            self._status.stop()
            self._status = None


class LiveView:
    """The market as one picture, drawn anew four times a second; use it as a context."""

    def __init__(self, console: Console, watch: Watch) -> None:
        self._watch = watch
        self._title = ""
        self._live = Live(console=console, get_renderable=self._picture, refresh_per_second=4)

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._live.stop()

    def phase(self, title: str) -> None:
        self._title = title

    def tick(self) -> None:
        """The picture refreshes itself."""

    def say(self, line: str) -> None:
        self._live.console.print(line, soft_wrap=True, markup=False, highlight=False)

    def _picture(self) -> RenderableType:
        with self._watch.heard:
            return picture(self._watch.market, self._title)


class PlainView:
    """One line a second at most, and only where something changed; use it as a context."""

    def __init__(self, console: Console, watch: Watch, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._watch = watch
        self._clock = clock
        self._title = ""
        self._told = ""
        self._next = 0.0

    def __enter__(self) -> PlainView:
        return self

    def __exit__(self, *reason: object) -> None:
        self._tell()

    def phase(self, title: str) -> None:
        self._title = title
        self.tick()

    def tick(self) -> None:
        if self._clock() >= self._next:
            self._tell()

    def say(self, line: str) -> None:
        self._console.print(line, soft_wrap=True, markup=False, highlight=False)

    def _tell(self) -> None:
        with self._watch.heard:
            line = f"{self._title}: {progress(self._watch.market)}"
        if line != self._told:
            self.say(line)
            self._told, self._next = line, self._clock() + 1


def view(console: Console, watch: Watch) -> LiveView | PlainView:
    """The way that suits this console."""
    return LiveView(console, watch) if console.is_terminal else PlainView(console, watch)


def progress(market: Market) -> str:
    """The market in one line."""
    deals = ", ".join(f"{count} {stage_name(stage)}" for stage, (count, _) in market.pipeline().items())
    parts = [
        f"receipts {len(market.accepted):,} accepted, {len(market.refused):,} refused",
        f"quarantine {market.quarantined:,}",
        f"matches {len(market.matches):,} live",
        f"deals {deals or 'none'}",
    ]
    return " · ".join(parts)


def picture(market: Market, title: str) -> RenderableType:
    """The market as a picture of some twenty lines."""
    grid = Table.grid(padding=(0, 6))
    grid.add_row(_counts(market), deals_table(market.pipeline()))
    parts: list[RenderableType] = [Text(title, style="bold"), grid]
    if market.last_refusal is not None:
        parts.append(_refusal(market.last_refusal))
    if market.newest is not None:
        parts.append(Panel(match_text(market.newest), title="newest match", title_align="left", border_style="green"))
    return Group(*parts)


def deals_table(pipeline: Mapping[Stage, tuple[int, Decimal]]) -> Table:
    """Deals by stage with the sums of their terms."""
    table = Table("deals", box=None)
    table.add_column("", justify="right")
    table.add_column("CNY", justify="right")
    for stage, (count, amount) in pipeline.items():
        table.add_row(stage_name(stage), str(count), f"{amount:,.0f}" if amount else "")
    return table


def match_text(match: MatchProposed) -> Text:
    """A match on three lines: what is asked, what is offered, why."""
    text = Text(overflow="fold")
    text.append("asked    ", style="dim").append(f"{match.demand_title}  ").append(match.demand_ref, style="dim")
    text.append("\noffered  ", style="dim").append(f"{match.achievement_title}  ")
    text.append(match.achievement_ref, style="dim")
    return text.append(f"\nwhy      {why(match)}", style="dim")


def _refusal(refused: SubmissionRefused | MoveRefused | TaskRefused) -> Text:
    """What was refused last, and what to do about it."""
    fault = refused.faults[0]
    sender = refused.institution_id if isinstance(refused, SubmissionRefused) else refused.by
    text = Text(" last refusal  ", style="red", no_wrap=True, overflow="ellipsis")
    return text.append(f"{sender}: {fault.field} {fault.value}: {fault.repair}", style="default")


def _counts(market: Market) -> Table:
    table = Table("market", box=None)
    table.add_column("", justify="right")
    table.add_row("receipts: accepted", f"[green]{len(market.accepted):,}[/]")
    table.add_row("receipts: refused", f"[red]{len(market.refused):,}[/]" if market.refused else "0")
    table.add_row("kept in quarantine", f"{market.quarantined:,}")
    table.add_row("matches live", f"[green]{len(market.matches):,}[/]")
    table.add_row("moves refused", f"{len(market.moves_refused):,}")
    return table
