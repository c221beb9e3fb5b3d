"""What the demo counts, says and shows, without a market."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from threading import Condition
from typing import Any, cast

from rich.console import Console

from producers.demo_feed import is_as_meant
from producers.demo_summary import summary
from producers.demo_view import PlainView, picture
from producers.demo_watch import Market, Watch
from producers.demo_words import why
from producers.scenario import scenario
from producers.scenario.rounds import Fate, Parcel
from schemas import codec, topics
from schemas.records import (
    CooperationMode,
    DealAdvanced,
    Factor,
    Fault,
    MatchProposed,
    MatchWithdrawn,
    Money,
    Move,
    MoveRefused,
    NegotiationUpdated,
    Reason,
    Receipt,
    Stage,
    SubmissionAccepted,
    SubmissionKind,
    SubmissionRefused,
    Terms,
    WithdrawalReason,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ABOUT: dict[str, Any] = {
    "demand_institution_id": "district-210202", "demand_id": "D1", "demand_version": 1,
    "achievement_institution_id": "dlut", "achievement_id": "A1", "achievement_version": 1,
    "demand_title": "空压机抢气 Surge", "achievement_title": "面向空压站的防喘振技术 Dry-running compressor control",
    "industries": ("C34",), "maturity": 7, "achievement_district": "210211", "demand_district": "210202",
    "match_id": uuid.UUID(int=9), "caused_at": NOW,
}  # fmt: skip
REASONS = tuple(
    Reason(factor, detail, contribution, -1, -1)
    for factor, detail, contribution in (
        (Factor.TERM, "空压", 0.2), (Factor.TERM, "compress", 0.1), (Factor.TERM, "防喘", 0.09),
        (Factor.TERM, "喘振", 0.08), (Factor.TERM, "机", 0.05), (Factor.TERM, "dri", 0.05), (Factor.TERM, "+3", 0.05),
        (Factor.BUDGET, "1800000.00 ≤ 2500000.00 CNY", 0.03), (Factor.MATURITY, "TRL 7 / 6", 0.02),
        (Factor.PLACE, "2102", 0.02), (Factor.INDUSTRY, "", 0.0), (Factor.GATE, "open", 0.0),
    )
)  # fmt: skip
MATCH = MatchProposed(score=0.6, model_version="m", reasons=REASONS, **ABOUT)
DEAL = DealAdvanced(
    uuid.UUID(int=8), "dlut", "A1", "district-210202", "D1", Move.OFFER, "dlut", 3, Stage.IN_TALKS, None,
    Terms(CooperationMode.SERVICE, Money(Decimal("1800000.00"), "CNY")), 1, "", NOW, uuid.UUID(int=3),
    False, 1, None, None, None, None, 0, None, None, None, None, 0, None,
)  # fmt: skip
FAULT = Fault("sequence", "sequence", "9", "the next move of this deal carries sequence 4")


def accepted(number: int) -> Receipt:
    return SubmissionAccepted(
        uuid.UUID(int=number), "dlut", SubmissionKind.NEGOTIATION_UPDATED, "x", 1, "t", 0, 0, NOW, None, None
    )  # fmt: skip


def refused(number: int) -> Receipt:
    return SubmissionRefused(
        uuid.UUID(int=number), "dlut", SubmissionKind.NEGOTIATION_UPDATED, "x", 1, (FAULT,), NOW, None, None
    )  # fmt: skip


def heard(*records: Any) -> Market:
    market = Market()
    for record in records:
        market.hear("any", codec.encode(record))
    return market


def test_a_move_is_answered_by_the_deals_and_not_by_its_receipt() -> None:
    market = heard(accepted(3))
    assert market.is_answered(uuid.UUID(int=3), is_move=False)
    assert not market.is_answered(uuid.UUID(int=3), is_move=True)
    market.hear("any", codec.encode(DEAL))
    assert market.is_answered(uuid.UUID(int=3), is_move=True)


def test_a_move_that_admission_refused_waits_for_nothing() -> None:
    assert heard(refused(4)).is_answered(uuid.UUID(int=4), is_move=True)


def test_a_move_that_the_deals_refused_is_answered_and_told() -> None:
    by = MoveRefused(
        uuid.UUID(int=8), "dlut", "A1", "district-210202", "D1", Move.OFFER, "dlut", 9, Stage.IN_TALKS,
        (FAULT,), NOW, uuid.UUID(int=5),
    )  # fmt: skip
    market = heard(accepted(5), by)
    assert market.is_answered(uuid.UUID(int=5), is_move=True)
    assert "carries sequence 4" in drawn(market)


def test_the_same_receipt_again_counts_once() -> None:
    assert len(heard(accepted(1), accepted(1), accepted(2)).accepted) == 2


def test_a_match_that_was_withdrawn_is_no_longer_live() -> None:
    gone = MatchWithdrawn(reason=WithdrawalReason.OUTRANKED, **ABOUT)
    assert heard(MATCH).best(3) == [MATCH]
    assert heard(MATCH, gone).best(3) == []


def test_quarantined_bytes_are_counted_and_not_read() -> None:
    market = Market()
    market.hear(topics.QUARANTINE.name, b"\x00\xff")
    assert market.quarantined == 1


def test_a_match_is_told_in_words_that_the_titles_use() -> None:
    assert why(MATCH) == (
        "both speak of 空压, compressor, 防喘振, Dry-running; within the budget (1,800,000 ≤ 2,500,000 CNY); "
        "maturity 7 where 6 is wanted; same city"
    )


def drawn(market: Market) -> str:
    out = io.StringIO()
    Console(file=out, width=120).print(picture(market, "deals, round 3 of 9"))
    return out.getvalue()


def test_the_picture_shows_receipts_matches_and_deals() -> None:
    shown = drawn(heard(accepted(1), refused(2), MATCH, DEAL))
    for part in (
        "deals, round 3 of 9",
        "in talks",
        "1,800,000",
        "district-210202/D1",
        "last refusal",
        MATCH.achievement_title,
    ):
        assert part in shown


class Listening:
    """A watch whose market the test fills."""

    def __init__(self) -> None:
        self.market = Market()
        self.heard = Condition()


def test_plain_progress_speaks_once_a_second_at_most_and_only_of_news() -> None:
    out, watch, now = io.StringIO(), Listening(), [0.0]
    view = PlainView(Console(file=out, width=80), cast(Watch, watch), lambda: now[0])
    for tick in range(100):
        now[0] = 1 + tick / 20
        watch.market.quarantined = tick // 50
        view.phase("feeding")
    assert out.getvalue().count("\n") == 2
    assert out.getvalue().splitlines()[1].startswith("feeding: receipts 0 accepted, 0 refused · quarantine 1 ")


def test_what_becomes_of_a_parcel_is_held_against_the_story() -> None:
    story = scenario(2026, NOW)
    move = next(p.content for r in story.rounds for p in r.parcels if isinstance(p.content, NegotiationUpdated))
    market = Market(accepted={move.submission_id}, moved={move.submission_id})
    assert is_as_meant(market, Parcel("dlut", move))
    assert not is_as_meant(market, Parcel("dlut", move, Fate.REFUSED))
    assert not is_as_meant(market, Parcel("dlut", move, Fate.MOVE_REFUSED))


def test_a_summary_is_good_only_where_all_became_what_it_was_meant_to_be() -> None:
    story = scenario(2026, NOW)
    good = {"ok": True, "checked": {}, "differences": []}
    market = heard()
    for each in (p for r in story.rounds for p in r.parcels if not isinstance(p.content, bytes)):
        assert not isinstance(each.content, bytes)
        known = {Fate.REFUSED: market.refused, Fate.MOVE_REFUSED: market.moves_refused}.get(each.fate)
        if known is not None:
            cast(dict[uuid.UUID, Any], known)[each.content.submission_id] = FAULT
        else:
            market.accepted.add(each.content.submission_id)
    assert summary(market, story, good).ok
    assert not summary(market, story, {**good, "ok": False}).ok
    assert not summary(heard(), story, good).ok
