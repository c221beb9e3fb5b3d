"""``techdock contracts`` and ``techdock ledger``: what is registered, what was paid, who got what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.answers import bootstrap

_CONTRACTS = ("number", "kind", "achievement", "demand", "amount", "technical", "paid", "certified")
_ACCOUNTS = ("account", "party", "deals", "amount")

_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def contracts(as_json: _AsJson = False) -> None:
    """Show the registered contracts that hold: kind, amount, technical amount, what was paid, and who certified it.

    Exit codes: 0 it is told, 2 misconfigured, 3 the broker is away.
    """
    from streams import ledger_report as report

    found = [*report.plain_contracts(report.contracts(bootstrap()))]
    if as_json:
        print(json.dumps(found, ensure_ascii=False))  # noqa: T201 - the answer
        return
    rows = [
        (one["registration_number"], one["kind"], one["achievement"], one["demand"],
         *(f"{one[name]} {one['currency']}" for name in ("amount", "technical_amount", "paid")),
         report.certified(one))
        for one in found
    ]  # fmt: skip
    _show(_CONTRACTS, rows, "no contract is registered yet: a party registers one with the move REGISTER")


def ledger(as_json: _AsJson = False) -> None:
    """Show who got what of the payments under registered contracts, to the fen; what was reversed is taken off.

    Exit codes: 0 it is told, 2 misconfigured, 3 the broker is away.
    """
    from streams import ledger_report as report

    found = report.accounts(bootstrap())
    if as_json:
        told = [{**one._asdict(), "amount": str(one.amount)} for one in found]
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201 - the answer
        return
    rows = [(one.account, one.party, str(one.deals), f"{one.amount:,} {one.currency}") for one in found]
    _show(_ACCOUNTS, rows, "nothing was paid yet: the owner of an achievement reports a payment with the move PAY")


def _show(columns: Sequence[str], rows: Iterable[Sequence[str]], nothing: str) -> None:
    console, table = Console(), Table(box=None)
    for name in columns:
        table.add_column(name, justify="right" if name in {"amount", "technical", "paid", "deals"} else "left")
    for row in rows:
        table.add_row(*row)
    if table.row_count:
        console.print(table)
    else:
        console.print(nothing, highlight=False)
