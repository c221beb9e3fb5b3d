"""Advances of deals with the fields that the pipeline counts, and logs of them for hypothesis."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from schemas.records import CooperationMode, DealAdvanced, EndCause, Money, Move, Stage, Terms
from tests.unit.streams.making import DAY, NOW


def advance(deal: str, sequence: int, stage: Stage, day: float, **changes: Any) -> DealAdvanced:
    """A deal of dlut over A1 for the demand ``deal``, made so many days after ``NOW``."""
    values: dict[str, Any] = {
        "deal_id": uuid.uuid5(uuid.NAMESPACE_OID, deal), "achievement_institution_id": "dlut", "achievement_id": "A1",
        "demand_institution_id": "neusoft", "demand_id": deal, "move": Move.CONTACT, "by": "dlut",
        "sequence": sequence, "stage": stage, "resume_to": None, "terms": None, "terms_version": 0, "reason": "",
        "moved_at": NOW + day * DAY, "submission_id": uuid.UUID(int=0), "is_evaluated": False, "owner_confirmed": None,
        "enterprise_confirmed": None, "reopen_to": None, "end_cause": None, "contract": None, "contract_version": 0,
        "payment": None, "paid": None,
        "owner_broker": None,
        "enterprise_broker": None,
        "certified_version": 0,
        "certified_by": None,
    }  # fmt: skip
    return DealAdvanced(**{**values, **changes})


def worth(amount: str, currency: str = "CNY") -> Terms:
    """Terms for so much."""
    return Terms(CooperationMode.SERVICE, Money(Decimal(amount), currency))


_steps = st.tuples(
    st.sampled_from([stage for stage in Stage if stage is not Stage.UNKNOWN]),
    st.integers(-50, 50),
    st.none() | st.builds(worth, st.sampled_from(["1.10", "7", "300.05"]), st.sampled_from(["CNY", "EUR"])),
    st.sampled_from(["dlut", "neusoft", ""]),
    st.none() | st.sampled_from([*EndCause]),
)


@st.composite
def logs(draw: st.DrawFn) -> list[DealAdvanced]:
    """Up to three deals in the order of the log; stages and times as they come, for late moves have any."""
    told: list[DealAdvanced] = []
    sequences: dict[str, int] = {}
    for deal, (stage, day, terms, by, cause) in draw(st.lists(st.tuples(st.sampled_from(["D1", "D2", "D3"]), _steps))):
        last = sequences.get(deal, 0)
        # The market ends what stands, once for each move of a party.
        is_market = not by and last > 0 and bool(told) and not any(
            one.demand_id == deal and one.sequence == last and not one.by for one in told
        )  # fmt: skip
        sequences[deal] = last if is_market else last + 1
        told.append(
            advance(deal, sequences[deal], stage, day, terms=terms, by="" if is_market else "dlut", end_cause=cause)
        )
    return told
