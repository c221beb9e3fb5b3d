"""``techdock fund``: what an industrialisation fund has, has promised and is owed, in double entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.answers import AsJson, bootstrap, print_json, print_table, tell, unknown

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from streams.domain.tasks.fund_statement import Statement


def fund(
    name: Annotated[str, typer.Argument(metavar="INSTITUTION/FUND", help="For example binhai-fund/FUND-2026.")],
    as_json: AsJson = False,
) -> None:
    """Show a fund: balances by account, what became of each application, and every line of its ledger.

    A line above nothing is what an account got, one below is what it gave; the lines of a move sum to nothing.
    Exit codes: 0 it is told, 1 there is no such fund or its ledger is not balanced, 2 misconfigured, 3 the broker is
    away.
    """
    from streams.domain.tasks.fund_statement import statement
    from streams.task_log import advances

    found = statement(advances(bootstrap()), name)
    if found is None:
        unknown(f"there is no fund {name}: `techdock tasks list --task fund` shows those there are")
    if as_json:
        print_json(as_plain(found))
    else:
        _show(found)
    raise typer.Exit(0 if found.is_balanced else 1)


def as_plain(found: Statement) -> dict[str, Any]:
    """The statement as plain values that JSON can hold; amounts as text."""
    return {
        **found._asdict(),
        "balances": {str(account): str(amount) for account, amount in found.balances.items()},
        "applications": [one._asdict() for one in found.applications],
        "lines": [one._asdict() for one in found.lines],
    }


def _show(found: Statement) -> None:
    tell(f"{found.fund} {found.title}: {found.state}, in {found.currency}")
    print_table(("account", "balance"), ((account, f"{amount:,}") for account, amount in found.balances.items()), "")
    tell("")
    columns = (
        "application",
        "by",
        "state",
        "applied",
        "approved",
        "drawn",
        "repaid",
        "written off",
        "reserved",
        "owed",
    )
    print_table(columns, _applications(found), "nobody has applied yet")
    tell("")
    print_table(("arrived (UTC)", "move", "application", "account", "amount", "balance", "evidence"), _lines(found), "")
    tell("balanced: the lines of each move sum to nothing" if found.is_balanced else "NOT balanced: see the lines")


def _applications(found: Statement) -> Iterator[tuple[object, ...]]:
    for one in found.applications:
        amounts = (one.applied, one.approved, one.drawn, one.repaid, one.written_off, one.reserved, one.owed)
        yield (f"{one.case_id} {one.title}", one.by, one.state, *(f"{amount:,}" for amount in amounts))


def _lines(found: Statement) -> Iterator[tuple[object, ...]]:
    for one in found.lines:
        yield (
            f"{one.arrived:%Y-%m-%d %H:%M}", one.move, one.case_id, one.account, f"{one.amount:,}", f"{one.balance:,}",
            one.evidence,
        )  # fmt: skip
