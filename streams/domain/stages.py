"""Where a deal can stand and how it may go on: one table, and what an achievement's deals are together."""

from __future__ import annotations

import struct
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.records import (
    Certification,
    CooperationMode,
    DealAdvanced,
    DealRole,
    Money,
    Move,
    NegotiationUpdated,
    Payment,
    Stage,
)

#: Every legal move. A pair that is absent is refused.
NEXT: Mapping[tuple[Stage, Move], Stage] = {
    (Stage.MATCHED, Move.CONTACT): Stage.CONTACTED,
    (Stage.CONTACTED, Move.START_TALKS): Stage.IN_TALKS,
    (Stage.IN_TALKS, Move.OFFER): Stage.IN_TALKS,
    (Stage.IN_TALKS, Move.EVALUATE): Stage.EVALUATED,
    # Once both sides confirm the same version of the terms; until then the deal stays where it is.
    (Stage.IN_TALKS, Move.AGREE): Stage.TERMS_AGREED,
    (Stage.IN_TALKS, Move.RETRACT): Stage.IN_TALKS,
    (Stage.EVALUATED, Move.OFFER): Stage.EVALUATED,
    (Stage.EVALUATED, Move.AGREE): Stage.TERMS_AGREED,
    (Stage.EVALUATED, Move.RETRACT): Stage.EVALUATED,
    # Back to talks; a deal that was evaluated stays so.
    (Stage.TERMS_AGREED, Move.OFFER): Stage.IN_TALKS,
    (Stage.TERMS_AGREED, Move.RETRACT): Stage.IN_TALKS,
    (Stage.TERMS_AGREED, Move.CONTRACT): Stage.CONTRACTED,
    (Stage.CONTRACTED, Move.REGISTER): Stage.REGISTERED,
    (Stage.REGISTERED, Move.DELIVER): Stage.DELIVERING,
    (Stage.DELIVERING, Move.INDUSTRIALISE): Stage.INDUSTRIALISED,
    **{
        (stage, Move.PAUSE): Stage.PAUSED
        for stage in (Stage.CONTACTED, Stage.IN_TALKS, Stage.EVALUATED, Stage.TERMS_AGREED)
    },
    # Back to the stage it was paused in; the deal remembers which.
    (Stage.PAUSED, Move.RESUME): Stage.PAUSED,
    **{
        (stage, Move.END): Stage.ENDED
        for stage in (
            Stage.MATCHED, Stage.CONTACTED, Stage.IN_TALKS, Stage.EVALUATED, Stage.TERMS_AGREED, Stage.PAUSED,
        )
    },
    # Back to where it ended; the deal remembers that too.
    (Stage.ENDED, Move.REOPEN): Stage.ENDED,
    # A registered contract is paid and changed while the deal goes on.
    **{
        (stage, move): stage
        for stage in (Stage.REGISTERED, Stage.DELIVERING, Stage.INDUSTRIALISED)
        for move in (Move.PAY, Move.AMEND)
    },
    # A registrar's word on the contract; what is not delivered yet it may send back.
    **{
        (stage, Move.CERTIFY): stage
        for stage in (Stage.REGISTERED, Stage.DELIVERING, Stage.INDUSTRIALISED)
    },
    (Stage.REGISTERED, Move.REJECT): Stage.CONTRACTED,
    # Who helps a side changes nothing of where the deal stands.
    **{
        (stage, move): stage
        for stage in (
            Stage.MATCHED, Stage.CONTACTED, Stage.IN_TALKS, Stage.EVALUATED, Stage.TERMS_AGREED,
        )
        for move in (Move.APPOINT, Move.DISMISS)
    },
    **{
        (stage, Move.RESCIND): Stage.ENDED
        for stage in (Stage.CONTRACTED, Stage.REGISTERED, Stage.DELIVERING, Stage.INDUSTRIALISED)
    },
}  # fmt: skip


class Side(StrEnum):
    """For whom an institution speaks in a deal: for the achievement's owner or for the enterprise that asks."""

    OWNER = "owner"
    ENTERPRISE = "enterprise"


#: By whether an institution is the owner, and whether it is the enterprise.
_SIDES: Mapping[tuple[bool, bool], frozenset[Side]] = {
    (False, False): frozenset(),
    (True, False): frozenset({Side.OWNER}),
    (False, True): frozenset({Side.ENTERPRISE}),
    (True, True): frozenset(Side),
}
#: Who may make each move. Whoever has the achievement delivers it and says what was paid for it; whoever uses it brings
#: it into production. Others help a deal to begin, and confirm its contract; what binds a side is the sides' alone.
MAY: Mapping[Move, frozenset[Side | DealRole]] = {
    **dict.fromkeys(Move, frozenset(Side)),
    Move.CONTACT: frozenset({*Side, DealRole.BROKER, DealRole.DISTRICT_OFFICE}),
    Move.START_TALKS: frozenset({*Side, DealRole.BROKER}),
    Move.CERTIFY: frozenset({DealRole.REGISTRAR}),
    Move.REJECT: frozenset({DealRole.REGISTRAR}),
    Move.DELIVER: frozenset({Side.OWNER}),
    Move.INDUSTRIALISE: frozenset({Side.ENTERPRISE}),
    Move.PAY: frozenset({Side.OWNER}),
}

#: Modes after which nobody else can have the achievement.
EXCLUSIVE = frozenset({CooperationMode.ASSIGNMENT, CooperationMode.LICENCE_EXCLUSIVE, CooperationMode.LICENCE_SOLE})
CONTRACTED = frozenset({Stage.CONTRACTED, Stage.REGISTERED, Stage.DELIVERING, Stage.INDUSTRIALISED})
NEEDS_TERMS = frozenset({Move.OFFER, Move.AGREE, Move.CONTRACT})
NEEDS_CONTRACT = frozenset({Move.REGISTER, Move.AMEND})
_PAYS, _MATCHED = frozenset({Move.PAY}), Stage.MATCHED
#: Moves after which no contract is registered any more.
UNREGISTERS = frozenset({Move.RESCIND, Move.REJECT})
#: Moves that say something else than terms, contracts and payments.
_APPOINTS_OR_CERTIFIES = frozenset({Move.APPOINT, Move.CERTIFY})


#: Two hashes.
_SAID = struct.Struct("=qq")


@dataclass(slots=True)
class Offered:
    """An achievement with all its deals, by the demand's reference."""

    is_registered: bool = False
    is_withdrawn: bool = False
    deals: MutableMapping[str, DealAdvanced] = field(default_factory=dict)
    #: What each move of a deal said, from the first: two numbers a move (see ``said``), by the demand's reference.
    history: dict[str, bytes] = field(default_factory=dict)
    #: Moves that came before their turn, by the demand's reference and their number.
    waiting: dict[str, dict[int, NegotiationUpdated]] = field(default_factory=dict)
    #: What was paid under a contract that holds, by the demand's reference and the number of the move that told it.
    payments: dict[str, dict[int, Payment]] = field(default_factory=dict)
    #: The demand whose deal took the achievement off the market.
    taken_for: str | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether nothing has been heard of it that counts."""
        return not (self.is_registered or self.is_withdrawn or self.deals or self.waiting)

    def expected(self, demand_ref: str) -> int:
        """The number of the next move of a deal."""
        deal = self.deals.get(demand_ref)
        return 1 if deal is None else deal.sequence + 1

    def note(self, ref: str, deal: DealAdvanced) -> None:
        """Remember what the last move of ``deal`` said, unless the market made it."""
        history = self.history.get(ref, b"")
        if deal.sequence > len(history) // _SAID.size:
            # What the market does carries the number of the last move that a party made.
            self.history[ref] = history + _SAID.pack(*said(deal))

    def noted(self, ref: str, sequence: int) -> tuple[int, int] | None:
        """What the move of this number said, if there is one."""
        history, place = self.history.get(ref, b""), _SAID.size * (sequence - 1)
        return _SAID.unpack_from(history, place) if 0 <= place < len(history) else None

    def is_taken_from(self, demand_ref: str) -> bool:
        """Whether another deal took the achievement off the market."""
        return self.taken_for is not None and self.taken_for != demand_ref


def sides(move: NegotiationUpdated) -> frozenset[Side]:
    """The sides that the institution of a move is; one may be both."""
    by = move.institution_id
    return _SIDES[by == move.achievement_institution_id, by == move.demand_institution_id]


def roles(move: NegotiationUpdated) -> frozenset[Side | DealRole]:
    """What the institution of a move is in its deal. Who is a side is nothing else; the others admission has asked."""
    found: frozenset[Side | DealRole] = frozenset(sides(move))
    return found or (frozenset() if move.role is None else frozenset({move.role}))


def stage_of(deal: DealAdvanced | None) -> Stage:
    """Where a deal stands; a pair without any move yet is matched."""
    return _MATCHED if deal is None else deal.stage


def is_exclusively_contracted(deal: DealAdvanced) -> bool:
    """Whether ``deal`` takes its achievement off the market for everybody else."""
    return deal.stage in CONTRACTED and deal.terms is not None and deal.terms.mode in EXCLUSIVE


def said(move: NegotiationUpdated | DealAdvanced) -> tuple[int, int]:
    """What a move says but for its time, and the submission that says it, as numbers to be compared in one process.

    Two moves with the same first number, or the same second one, are one move that came twice.
    """
    terms = move.terms if move.move in NEEDS_TERMS else None
    contract = move.contract if move.move in NEEDS_CONTRACT else None
    payment = move.payment if move.move in _PAYS else None
    by = move.by if isinstance(move, DealAdvanced) else move.institution_id
    also = also_said(move) if move.move in _APPOINTS_OR_CERTIFIES else None
    return hash((by, move.move, terms, move.reason, contract, payment, also)), hash((by, move.submission_id))


def certification(deal: DealAdvanced) -> Certification | None:
    """What a registrar would confirm of the contract as it stands."""
    contract = deal.contract
    if contract is None:
        return None
    technical = Money(contract.technical_amount, contract.amount.currency)
    return Certification(deal.contract_version, contract.kind, technical)


def also_said(move: NegotiationUpdated | DealAdvanced) -> str | Certification | None:
    """Whom a move appoints, or what it certifies: a deal shows it in how it stands."""
    if isinstance(move, NegotiationUpdated):
        return move.broker if move.move is Move.APPOINT else move.certification
    if move.move is Move.CERTIFY:
        return certification(move)
    return move.owner_broker if move.by == move.achievement_institution_id else move.enterprise_broker
