"""What became of the demo, for people and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Console

from producers.demo_feed import is_as_meant
from producers.demo_view import deals_table
from producers.demo_watch import Market
from producers.demo_words import task_name, why
from producers.scenario import Scenario
from schemas.records import AchievementRegistered, DemandPosted, LifeTask, MatchProposed, Stage, TaskRefused

_BEST = 3
#: Problems of each kind that are printed; --json has all.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Summary:
    """What was counted, the best matches, and what ``techdock verify`` found."""

    counts: Mapping[str, int]
    deals: Mapping[Stage, tuple[int, Decimal]]
    #: Of each task, its advances and the moves in it that were refused.
    tasks: Mapping[LifeTask, tuple[int, int]]
    best: tuple[Mapping[str, Any], ...]
    unexpected: tuple[str, ...]
    verified: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        """Whether every check held and everything became what it was meant to become."""
        return bool(self.verified["ok"]) and not self.unexpected

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        stages = [
            {"stage": stage.value, "deals": deals, "amount_cny": f"{amount:.2f}"}
            for stage, (deals, amount) in self.deals.items()
        ]
        tasks = [
            {"task": task.value, "advances": advances, "refused": refused}
            for task, (advances, refused) in self.tasks.items()
        ]
        return {
            "ok": self.ok, **self.counts, "deals": stages, "tasks": tasks, "best": list(self.best),
            "unexpected": list(self.unexpected), "verify": self.verified,
        }  # fmt: skip


def summary(market: Market, story: Scenario, verified: Mapping[str, Any]) -> Summary:
    """The summary of a market to which ``story`` was told."""
    counts = {
        "accepted": len(market.accepted),
        "refused": len(market.refused),
        "quarantined": market.quarantined,
        "matches": len(market.matches),
        "moves_refused": len(market.moves_refused),
    }
    unexpected = [
        f"{type(parcel.content).__name__} to {parcel.inbox} was meant to be {parcel.fate.value}"
        for told in story.rounds
        for parcel in told.parcels
        if not is_as_meant(market, parcel)
    ]
    best = tuple(_described(match, story) for match in market.best(_BEST))
    return Summary(counts, market.pipeline(), tasks(market), best, tuple(unexpected), verified)


def tasks(market: Market) -> dict[LifeTask, tuple[int, int]]:
    """Of each task in which anything was said: its advances, and the moves that were refused."""
    refused = Counter(one.task for one in market.moves_refused.values() if isinstance(one, TaskRefused))
    said = {task: (market.advances[task], refused[task]) for task in LifeTask}
    return {task: counts for task, counts in said.items() if any(counts)}


def show(told: Summary, console: Console) -> None:
    """The summary for people."""
    counts = told.counts
    console.rule("what became of it")
    console.print(
        f"receipts: {counts['accepted']:,} accepted, {counts['refused']:,} refused; "
        f"{counts['quarantined']:,} kept in quarantine\n"
        f"{counts['matches']:,} matches live; {counts['moves_refused']:,} moves of deals and tasks refused",
        highlight=False,
    )
    console.print(deals_table(told.deals))
    named = (f"{task_name(task)} {many} ({no} refused)" for task, (many, no) in told.tasks.items())
    console.print(f"\ntasks, by advances: {', '.join(named)}", highlight=False, markup=False, soft_wrap=True)
    for match in told.best:
        lines = ["", f"match {match['score']:.3f}"]
        lines += [f"  asked    {title}" for title in match["asked"]] + [
            f"  offered  {title}" for title in match["offered"]
        ]
        console.print("\n".join([*lines, f"  why      {match['why']}"]), highlight=False, markup=False, soft_wrap=True)
    checked = ", ".join(f"{number:,} {kind}" for kind, number in told.verified["checked"].items())
    console.print(f"\nrecomputed and compared: {checked}", highlight=False, markup=False, soft_wrap=True)
    for problem in _problems(told):
        console.print(problem, style="red", highlight=False, markup=False, soft_wrap=True)
    console.print("[green]everything agrees[/]" if told.ok else "[red]not everything is as it should be[/]")


def _problems(told: Summary) -> Iterator[str]:
    for problems in (told.unexpected, [f"differs: {each}" for each in told.verified["differences"]]):
        yield from problems[:_SHOWN]
        if len(problems) > _SHOWN:
            yield f"and {len(problems) - _SHOWN} more"
    if told.unexpected:
        yield "was another edition of the story told in this home? --seed N or another TECHDOCK_HOME begins afresh"


def _described(match: MatchProposed, story: Scenario) -> Mapping[str, Any]:
    achievements = {each.ref: each for each in story.achievements}
    demands = {each.ref: each for each in story.demands}
    return {
        "demand": match.demand_ref,
        "achievement": match.achievement_ref,
        "score": match.score,
        "asked": _titles(demands.get(match.demand_ref), match.demand_title),
        "offered": _titles(achievements.get(match.achievement_ref), match.achievement_title),
        "why": why(match),
    }


def _titles(record: AchievementRegistered | DemandPosted | None, known: str) -> list[str]:
    """The titles in every language there is; a record from elsewhere has the one that the match names."""
    texts = () if record is None else (record.zh, record.en)
    return [text.title for text in texts if text is not None] or [known]
