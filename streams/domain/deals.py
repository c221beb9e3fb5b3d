"""How a deal moves: one table of legal moves, and the guards over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schemas.records import (
    CooperationMode,
    DealAdvanced,
    Fault,
    Move,
    MoveRefused,
    NegotiationUpdated,
    Stage,
    Terms,
    deal_id,
)

#: Every legal move. A pair that is absent is refused.
NEXT: Mapping[tuple[Stage, Move], Stage] = {
    (Stage.MATCHED, Move.CONTACT): Stage.CONTACTED,
    (Stage.CONTACTED, Move.START_TALKS): Stage.IN_TALKS,
    (Stage.IN_TALKS, Move.OFFER): Stage.IN_TALKS,
    (Stage.IN_TALKS, Move.EVALUATE): Stage.EVALUATED,
    (Stage.IN_TALKS, Move.AGREE): Stage.TERMS_AGREED,
    (Stage.EVALUATED, Move.OFFER): Stage.EVALUATED,
    (Stage.EVALUATED, Move.AGREE): Stage.TERMS_AGREED,
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
}  # fmt: skip

#: Modes after which nobody else can have the achievement.
EXCLUSIVE = frozenset({CooperationMode.ASSIGNMENT, CooperationMode.LICENCE_EXCLUSIVE, CooperationMode.LICENCE_SOLE})
CONTRACTED = frozenset({Stage.CONTRACTED, Stage.REGISTERED, Stage.DELIVERING, Stage.INDUSTRIALISED})
_NEEDS_TERMS = frozenset({Move.OFFER, Move.AGREE, Move.CONTRACT})


@dataclass(slots=True)
class Offered:
    """An achievement with all its deals, by the demand's reference."""

    is_registered: bool = False
    is_withdrawn: bool = False
    deals: dict[str, DealAdvanced] = field(default_factory=dict)


def is_exclusively_contracted(deal: DealAdvanced) -> bool:
    """Whether ``deal`` takes its achievement off the market for everybody else."""
    return deal.stage in CONTRACTED and deal.terms is not None and deal.terms.mode in EXCLUSIVE


def advance(offered: Offered, move: NegotiationUpdated) -> DealAdvanced | MoveRefused:
    """The deal after ``move``; or why nothing changed."""
    deal = offered.deals.get(move.demand_ref)
    found = [fault for guard in _GUARDS if (fault := guard(offered, deal, move)) is not None]
    if found:
        return _refused(deal, move, tuple(found))
    before = _stage(deal)
    stage = NEXT[before, move.move]
    resume_to = None
    if move.move is Move.PAUSE:
        resume_to = before
    elif move.move is Move.RESUME and deal is not None and deal.resume_to is not None:
        stage = deal.resume_to
    terms = move.terms if move.move in _NEEDS_TERMS else None
    return DealAdvanced(
        deal_id=deal_id(move.achievement_ref, move.demand_ref),
        achievement_institution_id=move.achievement_institution_id,
        achievement_id=move.achievement_id,
        demand_institution_id=move.demand_institution_id,
        demand_id=move.demand_id,
        move=move.move,
        by=move.institution_id,
        sequence=move.sequence,
        stage=stage,
        resume_to=resume_to,
        terms=terms or (None if deal is None else deal.terms),
        terms_version=(0 if deal is None else deal.terms_version) + (terms is not None),
        reason=move.reason,
        moved_at=move.moved_at,
        submission_id=move.submission_id,
    )


def take(offered: Offered, deal: DealAdvanced) -> None:
    """Note where ``deal`` stands now."""
    offered.deals[deal.demand_ref] = deal


def _stage(deal: DealAdvanced | None) -> Stage:
    return Stage.MATCHED if deal is None else deal.stage


def _is_in_table(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    stage = _stage(deal)
    if (stage, move.move) in NEXT:
        return None
    legal = sorted(m.value for s, m in NEXT if s is stage)
    repair = f"from {stage} only {', '.join(legal)}" if legal else f"{stage} is final: no move follows"
    return Fault("move", "table", f"{stage} → {move.move}", repair)


def _is_next(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    expected = 1 if deal is None else deal.sequence + 1
    if move.sequence == expected:
        return None
    return Fault("sequence", "sequence", str(move.sequence), f"the next move of this deal carries sequence {expected}")


def _is_offered(offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    if offered.is_registered and not offered.is_withdrawn:
        return None
    if _stage(deal) in CONTRACTED or move.move is Move.END:
        return None
    why = "was withdrawn" if offered.is_withdrawn else "is not registered"
    return Fault(
        "achievement_id", "offered", move.achievement_ref, f"the achievement {why}: end the deal, or ask its owner"
    )


def _has_amount(_offered: Offered, _deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    if move.move not in _NEEDS_TERMS:
        return None
    if move.terms is None:
        return Fault("terms", "present", "", f"{move.move} needs terms: mode and price")
    if move.move in {Move.AGREE, Move.CONTRACT} and move.terms.price.amount <= 0:
        return Fault("terms.price.amount", "positive", str(move.terms.price.amount), "a contract states its amount")
    return None


def _is_as_agreed(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    agreed = None if deal is None or deal.stage is not Stage.TERMS_AGREED else deal.terms
    if move.move is not Move.CONTRACT or agreed is None or move.terms is None or agreed == move.terms:
        return None
    repair = f"contract the terms that were agreed: {_shown(agreed)}; or end this deal"
    return Fault("terms", "agreed", _shown(move.terms), repair)


def _is_free(offered: Offered, _deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    if move.move is not Move.CONTRACT or move.terms is None:
        return None
    others = [deal for ref, deal in offered.deals.items() if ref != move.demand_ref and deal.stage in CONTRACTED]
    if any(is_exclusively_contracted(deal) for deal in others):
        return Fault(
            "terms.mode", "exclusivity", move.terms.mode, "the achievement is exclusively contracted: end this deal"
        )
    if others and move.terms.mode in EXCLUSIVE:
        return Fault(
            "terms.mode", "exclusivity", move.terms.mode,
            f"{len(others)} other contract(s) hold on this achievement, so nobody can have it alone: end this deal",
        )  # fmt: skip
    return None


def _shown(terms: Terms) -> str:
    return f"{terms.mode} for {terms.price.amount} {terms.price.currency}"


Guard = Callable[[Offered, DealAdvanced | None, NegotiationUpdated], Fault | None]
_GUARDS: tuple[Guard, ...] = (_is_in_table, _is_next, _is_offered, _has_amount, _is_as_agreed, _is_free)


def _refused(deal: DealAdvanced | None, move: NegotiationUpdated, faults: tuple[Fault, ...]) -> MoveRefused:
    return MoveRefused(
        deal_id=deal_id(move.achievement_ref, move.demand_ref),
        achievement_institution_id=move.achievement_institution_id,
        achievement_id=move.achievement_id,
        demand_institution_id=move.demand_institution_id,
        demand_id=move.demand_id,
        move=move.move,
        by=move.institution_id,
        sequence=move.sequence,
        stage=_stage(deal),
        faults=faults,
        moved_at=move.moved_at,
        submission_id=move.submission_id,
    )
