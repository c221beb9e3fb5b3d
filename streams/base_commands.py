"""``techdock bases``: pilot-test bases with what is free, who waits, and which ones fit an achievement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.answers import AsJson, bootstrap, print_json, tell, unknown

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from schemas.records import Record
    from streams.domain.tasks.base_catalogue import Base, Slot


def bases(
    achievement: Annotated[
        str | None,
        typer.Option(
            metavar="INSTITUTION/ACHIEVEMENT", help="Only open bases that fit it: maturity 4 to 6, by labels."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the pilot-test bases: their slots, what is free in each, and who waits in which order.

    Exit codes: 0 they are told, 1 no such achievement is registered, 2 misconfigured, 3 the broker is away.
    """
    from streams.domain.tasks.base_catalogue import catalogue
    from streams.domain.tasks.standing import advances_of, subjects
    from streams.task_log import advances

    at = bootstrap()
    found = catalogue(subjects(advances_of(advances(at))))
    nothing = "no pilot-test base is open yet: one opens with the move OPEN"
    if achievement is not None:
        found, nothing = _fitting(at, found, achievement)
    if as_json:
        print_json([as_plain(base) for base in found])
        return
    for base in found:
        for line in lines(base):
            tell(line)
    if not found:
        tell(nothing)


def _fitting(at: str, found: Sequence[Base], achievement: str) -> tuple[tuple[Base, ...], str]:
    """The bases that fit, and what is said where there are none."""
    from schemas import topics
    from schemas.records import AchievementRegistered
    from streams.domain.tasks.base_catalogue import fitting
    from streams.domain.tasks.maturity import maturity
    from streams.domain.tasks.pilot_bases import RIPE
    from streams.task_log import events

    log = [one for one in events(at, topics.ACHIEVEMENTS, topics.TASK_STATES) if _is_about(one.record, achievement)]
    said = [one.record for one in log if isinstance(one.record, AchievementRegistered)]
    if not said:
        unknown(f"no achievement {achievement} is registered: name it as in dlut/DLUT-7")
    stands = maturity(log, achievement)
    level = stands.claimed if stands.evaluated is None else stands.evaluated
    if level not in RIPE:
        has = "no maturity yet" if level is None else f"maturity {level}"
        return (), f"{achievement} has {has}: pilot tests are for {RIPE[0]} to {RIPE[-1]}"
    return fitting(found, said[-1]), f"no open base has a label that fits {achievement}"


def _is_about(record: Record, achievement: str) -> bool:
    """Whether the register, or an evaluation, says something of an achievement: of all others nothing is kept."""
    from schemas.records import AchievementRegistered, TaskAdvanced

    match record:
        case AchievementRegistered():
            return record.ref == achievement
        case TaskAdvanced():
            return record.subject_ref == achievement
    return False


def as_plain(base: Base) -> dict[str, Any]:
    """A base as plain values that JSON can hold."""
    return {
        **base._asdict(),
        "slots": [
            {
                **slot._asdict(),
                "free": slot.free,
                "booked": [one._asdict() for one in slot.booked],
                "waiting": [one._asdict() for one in slot.waiting],
            }
            for slot in base.slots
        ],
    }


def lines(base: Base) -> Iterator[str]:
    """A base as text: what it is, then its slots with those that have a place and those that wait."""
    yield f"{base.ref} {base.title}: {base.state}; {', '.join(base.labels)}"
    if base.fitting:
        yield f"    fits by {', '.join(base.fitting)}"
    for slot in base.slots:
        yield from _slot(slot)


def _slot(slot: Slot) -> Iterator[str]:
    labels = f"  {', '.join(slot.labels)}" if slot.labels else ""
    yield f"    {slot.slot_id}  {slot.since} to {slot.until}  {slot.free} of {slot.places} free{labels}"
    yield from (f"        {one.state.lower()} {one.case_id} {one.achievement}" for one in slot.booked)
    yield from (f"        waits {place}. {one.case_id} {one.achievement}" for place, one in enumerate(slot.waiting, 1))
