"""What must be true of deals whatever decided them: read off the told advances alone, by a table of its own.

Playing the moves again (``deal_check``) uses the decision that is being checked: it would agree with a guard that is
missing. These laws share nothing with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from schemas.records import CooperationMode, DealAdvanced, EndCause, Move, Stage

Difference = Mapping[str, object]

_TALKS = {Stage.IN_TALKS, Stage.EVALUATED}
#: Where a deal may stand after it stood somewhere; before its first move it is matched.
_AFTER: Mapping[Stage, set[Stage]] = {
    Stage.MATCHED: {Stage.MATCHED, Stage.CONTACTED, Stage.ENDED},
    Stage.CONTACTED: {Stage.CONTACTED, Stage.IN_TALKS, Stage.PAUSED, Stage.ENDED},
    Stage.IN_TALKS: {*_TALKS, Stage.TERMS_AGREED, Stage.PAUSED, Stage.ENDED},
    Stage.EVALUATED: {Stage.EVALUATED, Stage.TERMS_AGREED, Stage.PAUSED, Stage.ENDED},
    Stage.TERMS_AGREED: {*_TALKS, Stage.TERMS_AGREED, Stage.CONTRACTED, Stage.PAUSED, Stage.ENDED},
    Stage.PAUSED: {Stage.CONTACTED, *_TALKS, Stage.TERMS_AGREED, Stage.ENDED},
    Stage.CONTRACTED: {Stage.REGISTERED, Stage.ENDED},
    Stage.REGISTERED: {Stage.REGISTERED, Stage.CONTRACTED, Stage.DELIVERING, Stage.ENDED},
    Stage.DELIVERING: {Stage.DELIVERING, Stage.INDUSTRIALISED, Stage.ENDED},
    Stage.INDUSTRIALISED: {Stage.INDUSTRIALISED, Stage.ENDED},
    Stage.ENDED: {Stage.MATCHED, Stage.CONTACTED, *_TALKS},
}
_SOLD = {Stage.CONTRACTED, Stage.REGISTERED, Stage.DELIVERING, Stage.INDUSTRIALISED}
#: What an institution may do in a deal of others; and who of them needs no appointment.
_OTHERS = {Move.CONTACT, Move.START_TALKS, Move.CERTIFY, Move.REJECT}
_UNAPPOINTED = _OTHERS - {Move.START_TALKS}
_REGISTRARS = {Move.CERTIFY, Move.REJECT}
_ALONE = {CooperationMode.ASSIGNMENT, CooperationMode.LICENCE_EXCLUSIVE, CooperationMode.LICENCE_SOLE}


class Laws:
    """The laws over advances that come in the order of their achievement's partition."""

    def __init__(self) -> None:
        self._deals: dict[str, dict[str, DealAdvanced]] = {}
        #: By achievement, the demand of the deal that has it alone.
        self._taken: dict[str, str] = {}

    def take(self, deal: DealAdvanced) -> list[Difference]:
        """What is wrong with one more advance, after all before it."""
        achievement, demand = deal.achievement_ref, deal.demand_ref
        others = self._deals.setdefault(achievement, {})
        before = others.get(demand)
        taken_for = self._taken.get(achievement, demand)
        laws = (
            ("number", self._is_misnumbered(before, deal)),
            ("stage", deal.stage not in _AFTER[Stage.MATCHED if before is None else before.stage]),
            ("pause", self._resumes_elsewhere(before, deal)),
            ("confirmation", self._is_unconfirmed(before, deal)),
            ("exclusivity", taken_for != demand and deal.stage is not Stage.ENDED),
            ("market", self._is_no_act_of_the_market(before, deal)),
            ("role", self._is_anothers(before, deal)),
            ("certification", self._is_certified_otherwise(before, deal)),
        )
        others[demand] = deal
        if _is_alone(deal):
            self._taken[achievement] = demand
        return [_broken(law, deal) for law, wrong in laws if wrong]

    def at_the_end(self) -> Iterator[Difference]:
        """What is wrong with how deals stand: beside one that has its achievement alone all others have ended."""
        for achievement, demand in sorted(self._taken.items()):
            for other, deal in sorted(self._deals[achievement].items()):
                if other != demand and deal.stage is not Stage.ENDED:
                    yield _broken("exclusivity", deal)

    @staticmethod
    def _is_misnumbered(before: DealAdvanced | None, deal: DealAdvanced) -> bool:
        last = 0 if before is None else before.sequence
        # What the market ends carries the number of the last move that a party made.
        return deal.sequence != (last if not deal.by else last + 1)

    @staticmethod
    def _resumes_elsewhere(before: DealAdvanced | None, deal: DealAdvanced) -> bool:
        if before is None or before.stage is not Stage.PAUSED or deal.stage is Stage.ENDED:
            return False
        return deal.stage is not before.resume_to

    @staticmethod
    def _is_unconfirmed(before: DealAdvanced | None, deal: DealAdvanced) -> bool:
        """Both sides stand by the latest terms when they are agreed; the contract is over the very same."""
        if deal.stage not in {Stage.TERMS_AGREED, Stage.CONTRACTED}:
            return False
        is_agreed = deal.terms_version > 0 and deal.owner_confirmed == deal.enterprise_confirmed == deal.terms_version
        is_other = deal.stage is Stage.CONTRACTED and (before is None or before.terms != deal.terms)
        return not is_agreed or is_other

    @staticmethod
    def _is_no_act_of_the_market(before: DealAdvanced | None, deal: DealAdvanced) -> bool:
        """The market ends deals that stood before, for one of two causes; no party ends one for these."""
        by_market = deal.end_cause in {EndCause.EXCLUSIVELY_CONTRACTED, EndCause.EXPIRED}
        return by_market != (not deal.by) or (by_market and (before is None or deal.stage is not Stage.ENDED))

    @staticmethod
    def _is_anothers(before: DealAdvanced | None, deal: DealAdvanced) -> bool:
        """Who is neither side helps to begin, appointed where talks begin, and a registrar is neither side."""
        if deal.by in {"", deal.achievement_institution_id, deal.demand_institution_id}:
            return bool(deal.by) and deal.move in _REGISTRARS
        appointed = set() if before is None else {before.owner_broker, before.enterprise_broker}
        return deal.move not in (_OTHERS if deal.by in appointed else _UNAPPOINTED)

    @staticmethod
    def _is_certified_otherwise(before: DealAdvanced | None, deal: DealAdvanced) -> bool:
        """Only CERTIFY certifies, the version that stands; and no certificate outlives its contract."""
        last = 0 if before is None else before.certified_version
        if deal.move is Move.CERTIFY:
            return deal.certified_version != deal.contract_version or deal.certified_by != deal.by
        return deal.certified_version not in ({0} if deal.contract is None else {last})


def broken(advances: Iterable[DealAdvanced]) -> list[Difference]:
    """Every law that ``advances`` break, in the order of each achievement."""
    laws = Laws()
    found = [wrong for deal in advances for wrong in laws.take(deal)]
    return [*found, *laws.at_the_end()]


def _is_alone(deal: DealAdvanced) -> bool:
    return deal.stage in _SOLD and deal.terms is not None and deal.terms.mode in _ALONE


def _broken(law: str, deal: DealAdvanced) -> Difference:
    return {
        "what": f"law of deals: {law}", "deal": str(deal.deal_id), "sequence": deal.sequence,
        "move": deal.move, "stage": deal.stage,
    }  # fmt: skip
