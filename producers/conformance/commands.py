"""``techdock conformance``: a report on a candidate's system that its vendor can act on."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from infra.headers import headers_of
from schemas.errors import Misconfigured

if TYPE_CHECKING:
    from producers.conformance.findings import Finding
    from producers.conformance.inbox import Inbox


def conformance(
    institution: Annotated[str, typer.Option(help="Whose inbox is looked at, for example dlut.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Check what a candidate's system has written to its inbox: encoding, ids, order, versions, clock, receipts.

    Exit codes: 0 nothing failed, 1 a check failed or could not be made yet, 2 misconfigured, 3 the broker is away.
    """
    from producers.conformance.checks import findings
    from producers.conformance.findings import Outcome

    inbox = _read(institution)
    found = findings(inbox)
    if as_json:
        told = {"institution": institution, "records": len(inbox.raw), "checks": [asdict(one) for one in found]}
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201 - the answer itself
    else:
        _print(institution, inbox, found)
    failed = any(one.outcome in {Outcome.FAILED, Outcome.MISSING} for one in found)
    raise typer.Exit(1 if failed else 0)


def _read(institution: str) -> Inbox:
    from infra import home, reading
    from infra.registry import schema_by_id
    from infra.settings import Settings
    from producers.conformance.inbox import Raw, inbox
    from schemas import codec, topics
    from schemas.records import Receipt

    settings = Settings.from_env(os.environ)
    bootstrap = home.bootstrap(settings)
    name = topics.inbox(institution).name
    if not reading.places(bootstrap, [name]):
        raise Misconfigured([f"{institution} has no inbox: admit it, or check the id"])
    raw = [
        Raw(
            message.offset(), datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC), message.key(),
            message.value(), {key: value or b"" for key, value in headers_of(message)},
        )
        for message in reading.committed_records(bootstrap, [name])
    ]  # fmt: skip
    told = (
        codec.decode(message.value())
        for message in reading.committed_records(bootstrap, [topics.receipts(institution).name])
    )
    receipts = [receipt for receipt in told if isinstance(receipt, Receipt)]
    return inbox(institution, raw, receipts, schema_by_id(home.registry_url(settings)))


def _print(institution: str, inbox: Inbox, found: Sequence[Finding]) -> None:
    marks = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "advice": "[yellow]![/]", "missing": "[cyan]?[/]"}
    out = Console()
    out.print(f"inbox of {institution}: {len(inbox.raw):,} records, {len(inbox.said):,} submissions", highlight=False)
    area = ""
    for one in found:
        if one.area != area:
            area = one.area
            out.print(f"\n{area}", highlight=False)
        counted = f"{one.failed:,} of {one.seen:,}" if one.failed else f"{one.seen:,}"
        out.print(f"  {marks[one.outcome]} {one.check} ({counted})", highlight=False)
        for offset, what in one.examples:
            where = f"offset {offset}: " if offset >= 0 else ""
            out.print(f"      {where}{escape(what)}", highlight=False, soft_wrap=True)
        if one.told:
            out.print(f"      → {escape(one.told)}", highlight=False, soft_wrap=True)
    out.print("\n✓ passed   ✗ failed   ! advice   ? not seen yet: do it, and look again", highlight=False)
