"""``techdock mining`` and ``techdock intermediaries``: campaigns with their leads, and who demonstrates what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.answers import AsJson, bootstrap, print_json, print_table, tell, unknown

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from streams.domain.tasks.campaign_report import Campaign
    from streams.domain.tasks.intermediary_report import Intermediary


def mining(
    name: Annotated[str, typer.Argument(metavar="INSTITUTION/CAMPAIGN", help="For example dlut/CAMPAIGN-2026.")],
    as_json: AsJson = False,
) -> None:
    """Show a mining campaign: its leads, what they became, each party's credit as exact fractions, and its target.

    Exit codes: 0 it is told, 1 there is no such campaign, 2 misconfigured, 3 the broker is away.
    """
    from streams.domain.tasks.campaign_report import campaign
    from streams.domain.tasks.standing import advances_of
    from streams.task_log import advances

    found = campaign(advances_of(advances(bootstrap())), name)
    if found is None:
        unknown(f"there is no campaign {name}: `techdock tasks list --task mining` shows those there are")
    if as_json:
        print_json(campaign_plain(found))
        return
    for line in lines(found):
        tell(line)


def intermediaries(as_json: AsJson = False) -> None:
    """Show the intermediaries: who qualified each until when, and how many of its assignments were confirmed.

    Exit codes: 0 they are told, 2 misconfigured, 3 the broker is away.
    """
    from streams.domain.tasks.intermediary_report import intermediaries as profiles
    from streams.domain.tasks.standing import advances_of, subjects
    from streams.task_log import advances

    found = profiles(subjects(advances_of(advances(bootstrap()))))
    if as_json:
        print_json([_profile_plain(one) for one in found])
        return
    columns = ("intermediary", "title", "state", "as", "by", "until", "assignments", "confirmed", "fees")
    print_table(columns, map(_profile, found), "no intermediary is described yet: one opens with the move OPEN")


def campaign_plain(found: Campaign) -> dict[str, Any]:
    """A campaign as plain values that JSON can hold; fractions as text such as 2/3."""
    return {
        **found._asdict(),
        "leads": [lead._asdict() for lead in found.leads],
        "achievements": len(found.credit),
        "credit": {ref: {party: str(part) for party, part in by.items()} for ref, by in found.credit.items()},
        "credit_by_party": {party: str(part) for party, part in found.by_party.items()},
    }


def lines(found: Campaign) -> Iterator[str]:
    """A campaign as text: how far it is, its leads, and whose the achievements are."""
    days = f"{found.since} to {found.until}"
    yield f"{found.ref} {found.title}: {found.state}, {days}"
    states = ", ".join(f"{many} {state.lower()}" for state, many in found.states.items()) or "none"
    yield f"achievements {len(found.credit)} of {found.target}; leads: {states}"
    for lead in found.leads:
        became = "" if lead.achievement is None else f" → {lead.achievement}, parts {lead.parts}"
        yield f"    {lead.case_id}  {lead.state}  by {lead.reported_by}  {lead.title}{became}"
    for ref, by in found.credit.items():
        yield f"credit of {ref}: {', '.join(f'{party} {part}' for party, part in by.items())}"
    if found.credit:
        yield f"together: {', '.join(f'{party} {part}' for party, part in found.by_party.items())}"


def _profile_plain(one: Intermediary) -> dict[str, Any]:
    return {**one._asdict(), "confirmed": one.confirmed}


def _profile(one: Intermediary) -> tuple[object, ...]:
    assignments = ", ".join(f"{many} {state.lower()}" for state, many in one.assignments.items())
    fees = ", ".join(f"{amount:,} {currency}" for currency, amount in one.fees.items())
    return (
        one.ref, one.title, one.state, one.qualified_as, one.qualified_by, one.until, assignments, one.confirmed, fees,
    )  # fmt: skip
