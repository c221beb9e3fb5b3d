"""``techdock maturity``: how ripe an achievement is by its evaluations, as of any moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.answers import AsJson, bootstrap, print_json, tell, unknown
from schemas.errors import Misconfigured

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from schemas.records import Money
    from streams.domain.tasks.maturity import Evaluation, Maturity


def maturity(
    achievement: Annotated[str, typer.Argument(metavar="INSTITUTION/ACHIEVEMENT", help="For example dlut/DLUT-7.")],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="As of this moment, in China's time unless it says another.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the maturity of an achievement by its evaluations: who found what, by which standard and evidence.

    With --at, what had arrived by then counts and nothing else. Exit codes: 0 it is told, 1 no such achievement is
    registered (by then), 2 misconfigured, 3 the broker is away.
    """
    from schemas import topics
    from streams.domain.tasks.maturity import maturity as found_in
    from streams.task_log import events

    moment = _moment(at)
    log = events(bootstrap(), topics.ACHIEVEMENTS, topics.TASK_STATES)
    found = found_in(log, achievement, moment)
    if not found.is_known:
        since = "" if moment is None else f" by {moment.isoformat()}"
        unknown(f"no achievement {achievement} is registered{since}: name it as in dlut/DLUT-7")
    if as_json:
        print_json(as_plain(found))
        return
    for line in lines(found):
        tell(line)


def as_plain(found: Maturity) -> dict[str, Any]:
    """The answer as plain values that JSON can hold, the earliest evaluation first."""
    from schemas import codec

    return {
        "achievement": found.achievement,
        "maturity": found.evaluated,
        "claimed_by_owner": found.claimed,
        "pending": list(found.pending),
        "evaluations": [
            {
                "case": one.case_id,
                "concluded_at": one.arrived.isoformat(),
                "requested_by": one.requested_by,
                "standard": one.standard,
                "evidence": one.evidence,
                "conclusion": codec.plain(one.conclusion),
                "findings": [
                    {**each._asdict(), "assessment": codec.plain(each.assessment)} for each in one.findings
                ],
                "event": one.address._asdict(),
            }
            for one in found.evaluations
        ],
    }  # fmt: skip


def lines(found: Maturity) -> Iterator[str]:
    """The answer as text: what holds, then each evaluation with what it changed."""
    claimed = "nothing" if found.claimed is None else f"maturity {found.claimed}"
    stands = "not evaluated yet" if found.evaluated is None else f"maturity {found.evaluated}"
    yield f"{found.achievement}: {stands}; its owner claims {claimed}"
    before: int | None = None
    for one in found.evaluations:
        yield from _evaluation(one, before)
        before = one.conclusion.maturity
    if found.pending:
        yield f"not concluded yet: {', '.join(found.pending)}"


def _evaluation(one: Evaluation, before: int | None) -> Iterator[str]:
    what = one.conclusion
    change = (
        ""
        if before is None or before == what.maturity
        else f", {'up' if what.maturity > before else 'down'} from {before}"
    )
    yield f"{one.arrived:%Y-%m-%d %H:%M} UTC  {one.case_id}  maturity {what.maturity}{change}  by {one.standard}"
    scores = f"advancement {what.advancement}, market {what.market}, team {what.team}, risk {what.risk}"
    yield f"    {scores}; {_worth(what.value_low, what.value_high)}"
    yield f"    asked for by {one.requested_by}; evidence: {one.evidence}"
    for each in one.findings:
        said = each.assessment
        counted = "" if each.is_counted else "  (does not count: conflict of interests)"
        worth = _worth(said.value_low, said.value_high)
        yield f"    {each.expert} of {each.institution}: maturity {said.maturity}; {worth}{counted}"
    if what.excluded:
        yield f"    excluded for a conflict of interests: {', '.join(what.excluded)}"


def _worth(low: Money | None, high: Money | None) -> str:
    if low is None or high is None:
        return "no value was named"
    return f"worth {low.amount:,} to {high.amount:,} {low.currency}"


def _moment(text: str | None) -> datetime | None:
    from infra.tables import cells

    if text is None:
        return None
    found = cells.moment(text)
    if not isinstance(found, datetime):
        raise Misconfigured([f"--at {text!r}: give a time such as 2026-03-01T08:00 or a day such as 2026-03-01"])
    return found
