"""``techdock institution``: who may submit; a key for each, issued, replaced, never kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from infra.answers import AsJson, bootstrap, tell

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from producers.institutions import Decision
    from schemas.institutions import Institution, Institutions

Id = Annotated[str, typer.Argument(metavar="ID", help="The institution, for example dlut.")]
Reason = Annotated[str, typer.Option(help="Why, in words; whoever submits all the same is told.")]


class KindName(StrEnum):
    """Kinds of institutions, as they are typed."""

    UNIVERSITY = "university"
    INSTITUTE = "institute"
    ENTERPRISE = "enterprise"
    DISTRICT_OFFICE = "district-office"
    BROKER = "broker"
    REGISTRAR = "registrar"


def institution_app() -> typer.Typer:
    """The commands below ``techdock institution``."""
    app = typer.Typer(help="The institutions that may submit.", no_args_is_help=True)
    app.command("add")(add)
    app.command("list")(list_institutions)
    app.command("show")(show)
    app.command("suspend")(suspend)
    app.command("resume")(resume)
    app.command("rotate-key")(rotate_key)
    app.command("remove")(remove)
    return app


def add(
    institution: Id,
    kind: Annotated[KindName, typer.Option(help="What kind of institution it is.")],
    name_zh: Annotated[str | None, typer.Option(help="Its name in Chinese.")] = None,
    name_en: Annotated[str | None, typer.Option(help="Its name in English.")] = None,
    district: Annotated[str | None, typer.Option(help="GB/T 2260 code of six digits, for example 210204.")] = None,
) -> None:
    """Admit an institution, with an inbox and receipts of its own; or describe one anew."""
    from infra.security import access
    from producers.admittance import admit_described
    from producers.institutions import Description
    from schemas.records import InstitutionKind

    described = Description(institution, name_zh, name_en, InstitutionKind[kind.name], district)
    is_new = admit_described(bootstrap(), described, datetime.now(UTC))
    tell(f"{institution} is admitted, with an inbox and receipts" if is_new else f"{institution} is as it was")
    if is_new and access.login(bootstrap()) is not None:
        tell(f"it cannot sign in before `techdock security admit {institution}`")


def list_institutions(as_json: AsJson = False) -> None:
    """Show every institution there has been, and how it stands."""
    found = standing()
    rows = [row(found.known[name]) for name in sorted(found.known)]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, "no institution is admitted yet: add one with `techdock institution add`")


def show(institution: Id, as_json: AsJson = False) -> None:
    """Show one institution with its topics and delegations; exit 1 where it is not known."""
    from schemas import topics

    found = standing()
    known = found.known.get(institution)
    if known is None:
        Console(stderr=True).print(f"{institution} is not known: see `techdock institution list`", markup=False)
        raise typer.Exit(1)
    told = {
        **row(known),
        "reason": known.reason,
        "inbox": topics.inbox(institution).name,
        "receipts": topics.receipts(institution).name,
        "speaks_for": sorted(grantor for grantor, speaker in found.grants if speaker == institution),
        "lets_speak": sorted(speaker for grantor, speaker in found.grants if grantor == institution),
    }
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        tell(f"{name.replace('_', ' '):<12} {cell(value)}")


def suspend(institution: Id, reason: Reason) -> None:
    """Refuse what an institution submits from now on, until it is resumed; what it has registered stays."""
    from producers import institutions

    _change(institution, "suspended", institutions.suspend(institution, reason, datetime.now(UTC)))


def resume(institution: Id) -> None:
    """Let a suspended institution submit again."""
    from producers import institutions

    _change(institution, "admitted", institutions.resume(institution, datetime.now(UTC)))


def rotate_key(institution: Id) -> None:
    """Issue a new key and print it, this once; only its hash is kept, and the key before is worth nothing."""
    from producers import institutions
    from producers.institution_log import say

    key = institutions.new_key()
    say(bootstrap(), institutions.rotate_key(institution, key, datetime.now(UTC)))
    print(key)  # noqa: T201 - the answer itself
    Console(stderr=True).print("keep it: it is not shown again", markup=False)


def remove(institution: Id, reason: Reason) -> None:
    """Take an institution's admission away, and all delegations from it and to it; its topics and records stay."""
    from producers import institutions

    _change(institution, "removed", institutions.remove(institution, reason, datetime.now(UTC)))


def row(known: Institution) -> dict[str, Any]:
    """An institution for a list."""
    said = known.admitted
    return {
        "institution_id": said.institution_id,
        "status": known.status.value,
        "kind": said.kind.value,
        "name_zh": said.name_zh,
        "name_en": said.name_en,
        "district": said.district,
        "admitted_by": said.by.value,
        "admitted_at": said.admitted_at,
        "has_key": known.key_hash is not None,
    }


def changed(decide: Decision) -> bool:
    """Whether a decision had anything to say; it is written then, and seen by every reader."""
    from producers.institution_log import say

    return bool(say(bootstrap(), decide))


def standing() -> Institutions:
    """All institutions and delegations now."""
    from producers.institution_log import institutions

    return institutions(bootstrap())


def print_json(content: object) -> None:
    """An answer for machines."""
    print(json.dumps(content, ensure_ascii=False, default=lambda one: one.isoformat()))  # noqa: T201 - the answer


def print_table(rows: Sequence[Mapping[str, Any]], otherwise: str) -> None:
    """An answer for people."""
    if not rows:
        tell(otherwise)
        return
    table = Table(box=None, pad_edge=False)
    for name in rows[0]:
        # An id that is cut short names nothing.
        table.add_column(name.replace("_", " "), no_wrap=name.endswith("_id"), overflow="fold")
    for each in rows:
        table.add_row(*(cell(value) for value in each.values()))
    Console().print(table)


def cell(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value in (None, "") else str(value)


def _change(institution: str, status: str, decide: Decision) -> None:
    tell(f"{institution} is {status}" if changed(decide) else f"{institution} is {status} already")
