"""Matches and deals as people read them on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from consumers.following import Heard
from schemas.records import Factor, by_field, reference

#: Reasons told of each match; the rest is summed up.
_TOLD = 5
_SIGNS = {"MatchProposed": ("+", "green"), "MatchRevised": ("~", "yellow"), "MatchWithdrawn": ("-", "red")}


def match_table(matches: Iterable[Mapping[str, Any]]) -> Table:
    """Matches with what speaks for each."""
    table = Table("score", "demand", "achievement", "why", show_lines=True)
    for match in matches:
        demand = reference(match["demand_institution_id"], match["demand_id"])
        achievement = reference(match["achievement_institution_id"], match["achievement_id"])
        table.add_row(
            f"{match['score']:.3f}",
            f"{escape(match['demand_title'])}\n[dim]{escape(demand)}[/]",
            f"{escape(match['achievement_title'])}\n[dim]{escape(achievement)}[/]",
            Text(why(match["reasons"], match["score"])),
        )
    return table


def why(reasons: Sequence[Mapping[str, Any]], score: float) -> str:
    """The strongest reasons, each with its share of the score, and what the words of each field make of it.

    Gates that were passed say nothing of one match.
    """
    parts = [reason for reason in reasons if reason["factor"] != Factor.GATE and reason["contribution"] > 0]
    # A term "+7" sums up seven more.
    named = [reason for reason in parts if not (reason["factor"] == Factor.TERM and reason["detail"].startswith("+"))]
    named.sort(key=lambda reason: (-reason["contribution"], reason["detail"]))
    told = named[:_TOLD]
    words = [f"{_named(reason)} {_share(reason['contribution'], score)}" for reason in told]
    rest = sum(reason["contribution"] for reason in parts) - sum(reason["contribution"] for reason in told)
    said = ", ".join([*words, f"others {_share(rest, score)}"] if len(parts) > len(told) else words)
    return "; ".join([said, *_by_field(reasons, score)])


def event_line(heard: Heard) -> Text:
    """One line for one event of the stream."""
    sign, colour = _SIGNS.get(heard.name, ("?", "white"))
    values = heard.values
    score = f"{values['score']:.3f}" if "score" in values else values.get("reason", "").lower().replace("_", " ")
    demand = reference(values["demand_institution_id"], values["demand_id"])
    achievement = reference(values["achievement_institution_id"], values["achievement_id"])
    line = Text(f"{sign} {score}  ", style=colour)
    line.append(f"{values['demand_title']} ({demand}) ← {values['achievement_title']} ({achievement})", style="default")
    if values.get("reasons"):
        line.append("  " + why(values["reasons"], values["score"]), style="dim")
    return line


def concerns(heard: Heard, demand: str | None, achievement: str | None) -> bool:
    """Whether an event is about this demand and this achievement; each an id or ``institution/id``."""
    return _names(heard, "demand", demand) and _names(heard, "achievement", achievement)


def deal_table(deals: Iterable[Mapping[str, Any]]) -> Table:
    """Deals in the order of the pipeline."""
    table = Table("stage", "achievement", "demand", "terms", "brokers", "last move", box=None)
    for deal in deals:
        terms = "" if deal["amount"] is None else f"{Decimal(deal['amount']):,.2f} {deal['currency']} {deal['mode']}"
        terms += _confirmed(deal)
        move = f"{deal['last_move'].lower()} by {deal['moved_by'] or 'the market'}, {deal['moved_at'][:10]}"
        stage = _stage(deal["stage"]) + (", certified" if deal["is_certified"] else "")
        pair = escape(deal["achievement"]), escape(deal["demand"])
        table.add_row(stage, *pair, terms, escape(_brokers(deal)), escape(move))
    return table


def gap_table(gaps: Iterable[Mapping[str, Any]]) -> Table:
    """Deals that wait for a move that has not come."""
    table = Table("achievement", "demand", "waits for move", "moves waiting", "since", box=None)
    for gap in gaps:
        place = escape(gap["achievement"]), escape(gap["demand"])
        table.add_row(*place, str(gap["waits_for"]), str(gap["moves_waiting"]), gap["since"][:10])
    return table


def pipeline_table(stages: Iterable[Mapping[str, Any]]) -> Table:
    """The pipeline by stage."""
    table = Table("stage", box=None)
    table.add_column("deals", justify="right")
    table.add_column("CNY", justify="right")
    for stage in stages:
        table.add_row(_stage(stage["stage"]), str(stage["deals"]), f"{Decimal(stage['amount_cny']):,.2f}")
    return table


def _by_field(reasons: Iterable[Mapping[str, Any]], score: float) -> Iterator[str]:
    told = [by_field(one["contribution"], one["in_title"], one["in_keywords"]) for one in reasons]
    sums = {field: math.fsum(one.get(field, 0.0) for one in told) for field in ("title", "keywords", "abstract")}
    if any(sums.values()):
        shares = (f"{field} {_share(part, score)}" for field, part in sums.items() if part)
        yield "words by field: " + ", ".join(shares)


def _named(reason: Mapping[str, Any]) -> str:
    if reason["factor"] == Factor.TERM:
        return str(reason["detail"])
    return f"{reason['factor'].lower()} ({reason['detail']})"


def _share(contribution: float, score: float) -> str:
    return f"{contribution / score:.0%}" if score > 0 else "0%"


def _confirmed(deal: Mapping[str, Any]) -> str:
    """Which sides stand by the latest terms."""
    sides = [side for side in ("owner", "enterprise") if deal[f"{side}_confirmed"] is not None]
    return f", v{deal['terms_version']} confirmed by {' and '.join(sides)}" if sides else ""


def _brokers(deal: Mapping[str, Any]) -> str:
    """Whom each side has appointed."""
    named = ((side, deal[f"{side}_broker"]) for side in ("owner", "enterprise"))
    return ", ".join(f"{broker} of the {side}" for side, broker in named if broker is not None)


def _stage(stage: str) -> str:
    return stage.lower().replace("_", " ")


def _names(heard: Heard, kind: str, ref: str | None) -> bool:
    local = heard.values[f"{kind}_id"]
    return ref is None or ref in {local, reference(heard.values[f"{kind}_institution_id"], local)}
