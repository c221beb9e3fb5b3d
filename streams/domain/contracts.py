"""What a contract, its changes and its payments must agree with: guards beside those of ``guards``.

What can be seen in a move alone, as a date or a sum, admission has looked at (``schemas.contracts``).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from schemas.records import (
    ContractKind,
    CooperationMode,
    DealAdvanced,
    Fault,
    Money,
    Move,
    NegotiationUpdated,
    PaymentKind,
)
from streams.domain.stages import NEEDS_CONTRACT, NEXT, UNREGISTERS, Offered, certification

#: Payments under one contract, at most: an amendment posts all of them anew, in one transaction.
MOST_PAYMENTS = 200
#: The largest sum that a deal can carry.
_MOST_PAID = Decimal("9999999999999999.99")
_TO_USE = frozenset({ContractKind.LICENCE, ContractKind.TRANSFER})
#: The kinds that a contract over each mode can be. Before 2021 licences were a kind of transfer (Contract Law, ch. 18).
KINDS: Mapping[CooperationMode, frozenset[ContractKind]] = {
    CooperationMode.ASSIGNMENT: frozenset({ContractKind.TRANSFER}),
    CooperationMode.LICENCE_EXCLUSIVE: _TO_USE,
    CooperationMode.LICENCE_SOLE: _TO_USE,
    CooperationMode.LICENCE_ORDINARY: _TO_USE,
    CooperationMode.EQUITY: _TO_USE,
    CooperationMode.JOINT_DEVELOPMENT: frozenset({ContractKind.DEVELOPMENT}),
    CooperationMode.SERVICE: frozenset({ContractKind.SERVICE, ContractKind.CONSULTING}),
    CooperationMode.USE_FIRST_PAY_LATER: _TO_USE,
}


def is_there(_offered: Offered, _deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """A registration shows the contract, and a payment what was paid."""
    if move.move in NEEDS_CONTRACT and move.contract is None:
        return Fault("contract", "present", "", f"{move.move} needs the contract as it is registered")
    if move.move is Move.PAY and move.payment is None:
        return Fault("payment", "present", "", "PAY needs what was paid, when and for what")
    return None


def is_of_its_kind(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """The kind of a contract follows from what the parties agreed."""
    if move.contract is None or deal is None or deal.terms is None:
        return None
    kinds = KINDS.get(deal.terms.mode, frozenset())
    if move.contract.kind in kinds:
        return None
    repair = f"a contract over {deal.terms.mode} is registered as {' or '.join(sorted(kinds))}"
    return Fault("contract.kind", "agreed", move.contract.kind, repair)


def is_for_its_price(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """A contract is registered over the price that was agreed; amended, it stays in the currency."""
    contract, terms = move.contract, None if deal is None else deal.terms
    if contract is None or terms is None:
        return None
    is_changed = contract.amount != terms.price
    if is_changed and (move.move is Move.REGISTER or contract.amount.currency != terms.price.currency):
        shown = f"{contract.amount.amount} {contract.amount.currency}"
        repair = f"the deal was contracted for {terms.price.amount} {terms.price.currency}: register that, amend later"
        return Fault("contract.amount", "agreed", shown, repair)
    return None


def is_payable(offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """Something is paid under a registered contract, not too often, and never more than an amount can say."""
    payment = move.payment if move.move is Move.PAY else None
    if payment is None or deal is None or (deal.stage, move.move) not in NEXT:
        return None
    if deal.contract is None:
        # An earlier release took registrations without the contract.
        repair = "the contract was registered without its terms: send it with AMEND first, then this payment again"
        return Fault("contract", "present", "", repair)
    if len(offered.payments.get(move.demand_ref, {})) >= MOST_PAYMENTS:
        repair = f"{MOST_PAYMENTS} payments are told under this contract: add up what is paid in a year"
        return Fault("payment", "too-many", str(MOST_PAYMENTS), repair)
    if (deal.paid or Decimal(0)) + payment.amount.amount > _MOST_PAID:
        repair = f"with it {_MOST_PAID:,} would be exceeded under one contract: check the amount and its currency"
        return Fault("payment.amount.amount", "amount", str(payment.amount.amount), repair)
    return None


def is_covered(offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """What is paid, royalties left out, never exceeds the amount of the contract."""
    if deal is None or deal.contract is None:
        return None
    paid = _paid(offered, move.demand_ref)
    if move.move is Move.AMEND and move.contract is not None and move.contract.amount.amount < paid:
        repair = f"{paid} was paid under the contract already: an amount below that has to be refunded and rescinded"
        return Fault("contract.amount", "amount", str(move.contract.amount.amount), repair)
    payment = move.payment if move.move is Move.PAY else None
    if payment is None or payment.kind is PaymentKind.ROYALTY:
        return None
    left = deal.contract.amount.amount - paid
    if payment.amount.amount <= left:
        return None
    repair = f"{left} of the contract's amount is open: report no more than that, or amend the contract first"
    return Fault("payment.amount.amount", "amount", str(payment.amount.amount), repair)


def is_as_contracted(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """A payment is in the contract's currency, and royalties were agreed."""
    payment = move.payment
    if payment is None or deal is None or deal.contract is None or deal.terms is None:
        return None
    if payment.amount.currency != (currency := deal.contract.amount.currency):
        repair = f"report it in {currency}, the contract's currency, at the rate of the day it was paid"
        return Fault("payment.amount.currency", "agreed", payment.amount.currency, repair)
    if payment.kind is PaymentKind.ROYALTY and not deal.terms.royalty_percent:
        repair = "no royalties were agreed: report it as LUMP_SUM or MILESTONE, or agree terms with royalties"
        return Fault("payment.kind", "agreed", payment.kind, repair)
    return None


def is_as_registered(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """A registrar certifies the contract that stands, as it stands, and each version once."""
    if deal is None or (deal.stage, move.move) not in NEXT:
        return None
    said, stands = move.certification, certification(deal)
    if stands is None:
        repair = "the contract was registered without its terms: a party sends it with AMEND first"
        return Fault("contract", "present", "", repair)
    if said is None:
        return Fault(
            "certification", "present", "", "CERTIFY says which version, kind and technical amount it confirms"
        )
    if said != stands:
        shown = f"version {said.contract_version}, {said.kind}, {_shown(said.technical_amount)}"
        repair = (
            f"version {stands.contract_version} stands: {stands.kind}, technical amount "
            f"{_shown(stands.technical_amount)}; certify that, or send it back with REJECT"
        )
        return Fault("certification", "certification", shown, repair)
    if deal.is_certified:
        repair = f"{deal.certified_by} has certified version {deal.certified_version} already: there is nothing to do"
        return Fault("certification", "certification", f"version {said.contract_version}", repair)
    return None


def certified(deal: DealAdvanced | None, move: NegotiationUpdated) -> tuple[int, str | None]:
    """Which version of the contract is certified after ``move``, and by whom; 0 for none."""
    if deal is None or move.move in UNREGISTERS:
        return 0, None
    if move.move is Move.CERTIFY:
        return deal.contract_version, move.institution_id
    return deal.certified_version, deal.certified_by


def _shown(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def _paid(offered: Offered, demand_ref: str) -> Decimal:
    payments = offered.payments.get(demand_ref, {}).values()
    return sum((one.amount.amount for one in payments if one.kind is not PaymentKind.ROYALTY), Decimal(0))
