"""The line of one deal, read from the log and told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from infra import reading
from schemas import codec, topics
from schemas.records import DealAdvanced
from streams.domain.revenue import paid_after
from streams.domain.trace import Address, Event, Step, Trace, deal_named, traced

#: What tells of a deal beside its own advances.
_OTHERS = (topics.ACHIEVEMENTS, topics.DEMANDS, topics.SPOTLIGHTS, topics.MATCHES, topics.REFUSALS)


def trace_of(bootstrap: str, asked: str) -> Trace:
    """The line of the deal whose id is ``asked`` or begins so. Raises ``UnknownDeal``, ``Unavailable``."""
    advances = [*_events(bootstrap, topics.DEALS)]
    deal = deal_named(asked, (one.record for one in advances if isinstance(one.record, DealAdvanced)))
    line = traced(deal, itertools.chain(advances, _events(bootstrap, *_OTHERS)))
    mine = (one.record for one in advances if isinstance(one.record, DealAdvanced))
    return line._replace(revenue=paid_after(one for one in mine if one.deal_id == deal.deal_id))


def _events(bootstrap: str, *wanted: topics.Topic) -> Iterator[Event]:
    for message in reading.committed_records(bootstrap, [topic.name for topic in wanted]):
        arrived = datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
        address = Address(message.topic(), message.partition(), message.offset())
        yield Event(address, arrived, codec.decode(message.value()))


def as_plain(found: Trace) -> dict[str, Any]:
    """The line as plain values that JSON can hold."""
    return {
        "deal": str(found.deal.deal_id),
        "achievement": found.deal.achievement_ref,
        "demand": found.deal.demand_ref,
        "stage": found.deal.stage,
        "steps": [
            {
                "at": step.at.isoformat(),
                "milestone": step.milestone,
                "what": step.what,
                "by": step.by,
                "event": step.address._asdict(),
            }
            for step in found.steps
        ],
        "ahead": list(found.ahead),
        "is_certified": found.deal.is_certified,
        "revenue_after_months": {str(months): str(amount) for months, amount in found.revenue.items()},
    }


def lines(found: Trace) -> Iterator[str]:
    """The line as text, one line a step."""
    pair = f"{found.deal.achievement_ref} for {found.deal.demand_ref}"
    yield f"deal {found.deal.deal_id}  {pair}: {found.deal.stage}; times in UTC"
    before: Step | None = None
    for step in found.steps:
        mark = f"{step.milestone:<22}" if step.milestone else " " * 22
        later = "" if before is None else _later((step.at - before.at).total_seconds())
        topic, partition, offset = step.address
        told = f"{step.what}  by {step.by}  [{topic}/{partition} at {offset}]"
        yield f"{step.at:%Y-%m-%d %H:%M:%S}  {later:>8}  {mark}  {told}"
        before = step
    if found.deal.contract is not None:
        certified = f"certified by {found.deal.certified_by}" if found.deal.is_certified else "not certified"
        yield f"{'':19}  {'':8}  version {found.deal.contract_version} of the contract stands: {certified}"
    if found.revenue and found.deal.contract is not None:
        sums = "; ".join(f"{amount:,} within {months} months" for months, amount in found.revenue.items())
        yield f"{'':19}  {'':8}  paid since the registration, in {found.deal.contract.amount.currency}: {sums}"
    for milestone in found.ahead:
        yield f"{'not yet':>19}  {'':8}  {milestone}"


def _later(seconds: float) -> str:
    """How much later a step came, in the largest unit that it has one of."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"+{seconds / size:.0f} {unit}"
    return f"+{seconds:.0f} s"
