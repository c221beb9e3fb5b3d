"""Rules of what a move says of a registered contract and of payments, as far as the move alone tells.

The five kinds of technical contract are those of the Civil Code (article 843, in force since 1 January 2021); before,
the Contract Law knew four, and licences were transfers. The technical-transaction amount leaves out what pays for
equipment, instruments, parts and raw material (Measures for Recognition and Registration of Technical Contracts, 2000).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from schemas import texts
from schemas.amounts import amount, money, number
from schemas.days import day_in_china
from schemas.faults import fault
from schemas.records import Fault

MAX_PARTS = 1_000_000
_MAX_NUMBER, _MAX_NAME, _MAX_SHARES = 100, 200, 100
#: From this day on a contract can be one of each kind.
_SINCE: Mapping[str, date] = {"LICENCE": date(2021, 1, 1)}
_WITH_CONTRACT = frozenset({"REGISTER", "AMEND"})

Values = Mapping[str, Any]


def registered(found: list[Fault], values: Values) -> None:
    """The contract of a move: with it where it is registered or amended, and nowhere else."""
    move, contract = values["move"], values["contract"]
    if contract is None:
        if move in _WITH_CONTRACT:
            repair = f"{move} needs the contract as registered: number, kind, days, amount and who shares it"
            found.append(fault("contract", "contract-missing", None, repair))
        return
    if move not in _WITH_CONTRACT:
        repair = "tell a contract with the move REGISTER, and its changes with AMEND"
        found.append(fault("contract", "misplaced", move, repair))
    texts.line(found, "contract.registration_number", contract["registration_number"], _MAX_NUMBER)
    _kind(found, contract)
    _days(found, contract, values["moved_at"])
    _amounts(found, contract)
    _shares(found, contract["shares"])


def paid(found: list[Fault], values: Values) -> None:
    """The payment of a move: with it where something was paid, and nowhere else."""
    move, payment = values["move"], values["payment"]
    if payment is None:
        if move == "PAY":
            found.append(
                fault("payment", "payment-missing", None, "say what was paid, for what, when and by what proof")
            )
        return
    if move != "PAY":
        found.append(fault("payment", "misplaced", move, "tell a payment with a move of its own, PAY"))
    if payment["kind"] == "UNKNOWN":
        repair = "name one of the kinds of payment that the schema lists"
        found.append(fault("payment.kind", "unknown-value", payment["kind"], repair))
    money(found, "payment.amount", payment["amount"])
    if payment["amount"]["amount"] == 0:
        found.append(fault("payment.amount.amount", "positive", 0, "a payment has an amount"))
    _not_ahead(found, "payment.paid_on", payment["paid_on"], values["moved_at"])
    texts.line(found, "payment.evidence", payment["evidence"], _MAX_NAME)


def _kind(found: list[Fault], contract: Values) -> None:
    kind, signed_on = contract["kind"], contract["signed_on"]
    if kind == "UNKNOWN":
        repair = "name one of the kinds of contract that the schema lists"
        found.append(fault("contract.kind", "unknown-value", kind, repair))
    since = _SINCE.get(kind)
    if since is not None and signed_on < since:
        repair = f"there is no {kind} before {since}: a contract signed on {signed_on} is a TRANSFER"
        found.append(fault("contract.kind", "dates", kind, repair))


def _days(found: list[Fault], contract: Values, moved_at: datetime) -> None:
    signed_on, registered_on = contract["signed_on"], contract["registered_on"]
    if registered_on < signed_on:
        repair = f"a contract is registered after it is signed, {signed_on}: give that day or a later one"
        found.append(fault("contract.registered_on", "dates", registered_on, repair))
    _not_ahead(found, "contract.registered_on", registered_on, moved_at)


def _not_ahead(found: list[Fault], path: str, day: date, moved_at: datetime) -> None:
    last = day_in_china(moved_at)
    if last is not None and day > last:
        found.append(fault(path, "dates", day, "give the day when it was done, not one after the move that tells it"))


def _amounts(found: list[Fault], contract: Values) -> None:
    money(found, "contract.amount", contract["amount"])
    whole, apart = contract["amount"]["amount"], contract["non_technical"]
    if whole == 0:
        found.append(fault("contract.amount.amount", "positive", whole, "a contract states its amount"))
    amount(found, "contract.non_technical", apart)
    if whole.is_finite() and apart.is_finite() and apart > whole:
        repair = f"equipment and material are a part of the whole amount, {whole}: give no more than that"
        found.append(fault("contract.non_technical", "amount", apart, repair))


def _shares(found: list[Fault], shares: Any) -> None:
    if not shares:
        repair = "name who shares what is paid: inventors, the unit, the broker"
        found.append(fault("contract.shares", "blank", None, repair))
    for index, share in enumerate(shares[:_MAX_SHARES]):
        if share["role"] == "UNKNOWN":
            repair = "name one of the roles that the schema lists"
            found.append(fault(f"contract.shares[{index}].role", "unknown-value", share["role"], repair))
        texts.line(found, f"contract.shares[{index}].party", share["party"], _MAX_NAME)
        number(found, f"contract.shares[{index}].parts", share["parts"], 1, MAX_PARTS)
    texts.entries(found, "contract.shares", [f"{share['role']} {share['party']}" for share in shares])
