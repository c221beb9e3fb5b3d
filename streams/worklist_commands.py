"""``techdock worklist``: what a district office arranges for its enterprises, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

from infra import answers
from schemas import topics
from schemas.codes import territory_problem
from schemas.errors import Misconfigured
from streams.domain.worklist import Answer, Line, Question, Worklist, counted


def worklist(
    district: Annotated[str, typer.Option(help="The district of the demands (GB/T 2260), for example 210204.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Show a district's demands with the achievements that match them now, what was asked, and what became of each.

    The most promising first: open ones by score, then contracted, then ended ones. Exit codes: 0 it is told,
    2 misconfigured, 3 the broker is away.
    """
    if (problem := territory_problem(district)) is not None:
        raise Misconfigured([f"--district {district}: {problem}"])
    found = arranged(answers.bootstrap(), district)
    lines = found.lines()
    if as_json:
        answer = [*map(as_plain, lines), *map(question_plain, found.questions())]
        print(json.dumps(answer, ensure_ascii=False))  # noqa: T201 - the answer itself
        return
    console = Console()
    for text in told(found, lines):
        # Titles and reasons are others' words: brackets in them are no markup.
        console.print(text, soft_wrap=True, markup=False, highlight=False)


def arranged(bootstrap: str, district: str) -> Worklist:
    """A district's worklist as the topics have it. Raises ``Unavailable``."""
    from streams.register import decoded

    found = Worklist(district)
    for topic in (topics.DEMANDS, topics.MATCHES, topics.DEALS, topics.TASK_STATES):
        for _, _, record in decoded(bootstrap, topic):
            found.take(record)
    return found


def as_plain(line: Line) -> dict[str, Any]:
    """A line as plain values that JSON can hold."""
    match = line.match
    return {
        "enterprise": line.enterprise,
        "demand": match.demand_ref,
        "demand_title": match.demand_title,
        "achievement": match.achievement_ref,
        "achievement_title": match.achievement_title,
        "score": match.score,
        "answer": str(line.answer),
        "reason": line.reason,
        "deal": None if line.deal_id is None else str(line.deal_id),
        "answered_at": None if line.answered_at is None else line.answered_at.isoformat(),
        "question": None if line.question is None else _asked(line.question),
        "revenue": {currency: str(amount) for currency, amount in line.revenue.items()},
    }


def question_plain(question: Question) -> dict[str, Any]:
    """A question over a pair that is no live match, with the fields of a line; what only matches have is ``None``."""
    names = ("enterprise", "demand_title", "achievement_title", "score", "deal", "answered_at")
    about = {"demand": question.demand, "achievement": question.achievement, "question": _asked(question)}
    return {**dict.fromkeys(names), "answer": str(Answer.NONE), "reason": "", "revenue": {}, **about}


def _asked(question: Question) -> dict[str, Any]:
    return {
        "case": question.case_id,
        "state": question.state.value,
        "asked_by": question.asked_by,
        "until": None if question.until is None else question.until.isoformat(),
        "reason": question.reason,
    }


def told(found: Worklist, lines: Sequence[Line]) -> Iterator[str]:
    """The worklist as text: a summary, then two lines for each match."""
    answers = ", ".join(f"{many} {name}" for name, many in counted(lines).items() if many)
    summary = f"{len(found.demands)} demands of {found.district}, {len(lines)} live matches"
    yield f"{summary}: {answers}" if answers else summary
    for line in lines:
        match, when = line.match, "" if line.answered_at is None else f" {line.answered_at:%Y-%m-%d}"
        why = f": {line.reason}" if line.reason else ""
        yield f"{match.score:.3f}  {line.answer}{when}{why}  {line.enterprise}"
        yield f"       {match.demand_ref} {match.demand_title} ← {match.achievement_ref} {match.achievement_title}"
        if line.question is not None:
            yield f"       {_question(line.question)}"
        if line.revenue:
            earned = ", ".join(f"{amount:,} {currency}" for currency, amount in line.revenue.items())
            yield f"       its uses have earned {earned}"
    if questions := found.questions():
        yield "asked, and no live match:"
    for one in questions:
        yield f"       {one.demand} ← {one.achievement}: {_question(one)}"


def _question(one: Question) -> str:
    until = "" if one.until is None else f" until {one.until}"
    why = f": {one.reason}" if one.reason else ""
    return f"{one.state.lower()} ({one.case_id}, asked by {one.asked_by}{until}){why}"
