"""What people are shown of policies: how they stand, what a deal qualifies for, why not, and what a rule sees."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from schemas.records import Record, Stage
from streams import policy_desk as desk
from streams.domain.policies.language import Wrong
from streams.domain.trace import UnknownDeal
from streams.domain.working_days import day_at
from streams.policy_check import Log
from tests.unit.streams.domain.policies.cases import OFFICE, TODAY, deal, opened
from tests.unit.streams.making import achievement, demand

DEAL = str(deal().deal_id)


def _log(*facts: Record) -> Log:
    log = Log()
    for fact in (achievement(maturity=6, district="210203"), demand(district="210202"), *facts):
        log.take(fact)
    return log


def test_policies_are_listed_with_how_they_stand_and_how_many_qualify() -> None:
    over, later = date(2026, 2, 1), date(2026, 4, 1)
    log = _log(opened("P3", until=over), opened("P1"), opened("P2", since=later), deal(), deal(achievement_id="A2"))
    found = desk.listed(log, TODAY)
    assert [(one.policy.ref, one.state, one.deals) for one in found] == [
        (f"{OFFICE}/P1", "in force", 2), (f"{OFFICE}/P2", "to come", 0), (f"{OFFICE}/P3", "over", 0),
    ]  # fmt: skip
    assert found[0].plain()["until"] == "2026-12-31"


def test_a_rule_of_another_release_is_listed_with_what_is_wrong() -> None:
    (found,) = desk.listed(_log(opened(rule="deal.price > 1", proofs=(("p", "nope"),))), TODAY)
    assert found.plain()["rule"] is None
    assert [error.split(": ")[1] for error in found.errors] == [
        "undeclared reference to 'deal.price'", "undeclared reference to 'nope'",
    ]  # fmt: skip


def test_a_deal_is_told_what_it_qualifies_for_and_with_all_why_not() -> None:
    proofs = (("invoice", "deal.paid_fen > 0"), ("level", "achievement.maturity > deal.signed_on"))
    log = _log(opened("P1", proofs=proofs), opened("P2", "false"), opened("P3", labels=("31",)), deal())
    found = desk.asked(log, DEAL[:8], TODAY)
    assert list(found.lines(everything=False)) == [
        f"deal {DEAL}  dlut/A1 for {OFFICE}/D1: REGISTERED",
        f"yes {OFFICE}/P1  Subsidy: 3 %; until 2026-12-31",
        "      missing: invoice",
        "      missing: level",
    ]
    assert list(found.lines(everything=True))[4:] == [
        f"no  {OFFICE}/P2  Subsidy: 3 %; until 2026-12-31",
        "      the rule does not hold",
        f"no  {OFFICE}/P3  Subsidy: 3 %; until 2026-12-31",
        "      it is for 31, and the deal is in 210203 and 210202",
    ]
    assert [one["policy"] for one in found.plain(everything=False)["policies"]] == [f"{OFFICE}/P1"]
    assert found.plain(everything=True)["policies"][1]["against"] == ["the rule does not hold"]


def test_a_deal_that_qualifies_for_nothing_hears_how_to_ask_why() -> None:
    lines = [*desk.asked(_log(opened(rule="false"), deal()), DEAL, TODAY).lines(everything=False)]
    assert lines[1:] == ["it qualifies under none of 1 policies; --all says why not"]


def test_why_a_proof_could_not_be_looked_at_is_shown() -> None:
    log = _log(opened(rule="true", proofs=(("number", "deal.registered_on > 0"),)), deal(Stage.CONTRACTED))
    assert "      missing: number (No value with name" in list(desk.asked(log, DEAL, TODAY).lines(everything=False))[2]


def test_a_rule_is_tried_on_a_deal_and_shows_what_it_sees() -> None:
    found = desk.tried(_log(deal()), "deal.signed_on == day", DEAL, TODAY)
    assert not isinstance(found, Wrong)
    assert found.answer.holds
    sees = {name: desk.shown(name, value) for name, value in found.sees.items()}
    assert (sees["day"], sees["deal.signed_on"], sees["deal.has_contract"]) == (
        'date("2026-03-01")', 'date("2026-03-01")', "true",
    )  # fmt: skip
    assert (sees["deal.amount_fen"], sees["deal.currency"]) == ("10000", "'CNY'")
    assert isinstance(desk.tried(_log(deal()), "deal.price > 1", DEAL, TODAY), Wrong)


def test_what_a_rule_is_shown_it_may_say() -> None:
    log = _log(deal())
    found = desk.tried(log, "true", DEAL, TODAY)
    assert not isinstance(found, Wrong)
    for name, value in found.sees.items():
        again = desk.tried(log, f"{name} == {desk.shown(name, value)}", DEAL, TODAY)
        assert not isinstance(again, Wrong)
        assert again.answer.holds, name


def test_a_deal_that_is_not_there_is_not_known() -> None:
    for name in ("", "ffff"):
        with pytest.raises(UnknownDeal):
            desk.asked(_log(deal()), name, TODAY)


def test_today_is_that_of_china() -> None:
    assert day_at(datetime(2026, 2, 28, 16, 0, tzinfo=UTC)) == TODAY


def test_every_name_is_told_with_its_type() -> None:
    assert ("deal.amount_fen", "int") in [one[:2] for one in desk.names()]
