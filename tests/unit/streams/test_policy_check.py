"""The check of policies asks every policy of every deal, and finds whatever was told otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from schemas.records import HintCause, PolicyHinted, PolicyHintWithdrawn, Record, Stage, TaskMove
from streams.domain.policies.deciding import Hint, Key
from streams.policy_check import Log, Outcome, differences
from tests.unit.streams.domain.policies.cases import OFFICE, TODAY, closed, deal, opened
from tests.unit.streams.making import NOW, achievement, demand, no_achievement

KEY = Key("dlut/A1", f"{OFFICE}/D1")
PLACE = f"{OFFICE}/P1", KEY
HINT = Hint("Subsidy", "3 %", date(2026, 12, 31), ())
_NAMES = (OFFICE, "P1", deal().deal_id, "dlut", "A1", OFFICE, "D1")
HINTED = PolicyHinted(*_NAMES, *HINT, NOW)
WITHDRAWN = PolicyHintWithdrawn(*_NAMES, HintCause.DEAL_ENDED, NOW)


def _log(*facts: Record) -> Log:
    log = Log()
    for fact in facts:
        log.take(fact)
    return log


def _outcome(*told: Record) -> Outcome:
    outcome = Outcome()
    for one in told:
        outcome.take(one)
    return outcome


def test_what_qualifies_is_expected_by_the_last_word_about_each() -> None:
    facts = (opened(), achievement(), demand(), deal())
    assert _log(*facts).expected({0: TODAY}) == {PLACE: HINT}
    assert _log(*facts, closed()).expected({0: TODAY}) == {}
    assert _log(*facts, deal(Stage.ENDED)).expected({0: TODAY}) == {}
    offered = opened(step=TaskMove.REVISE, rule="achievement.is_offered")
    assert _log(*facts, offered).expected({0: TODAY}) == {PLACE: HINT}
    assert _log(*facts, offered, no_achievement()).expected({0: TODAY}) == {}


def test_each_partition_has_its_own_day() -> None:
    log = Log()
    for fact in (opened(until=date(2026, 3, 1)), deal()):
        log.take(fact, 1)
    assert list(log.expected({0: TODAY, 1: TODAY})) == [PLACE]
    assert log.expected({0: TODAY, 1: TODAY + 1}) == {}
    assert log.expected({0: TODAY}) == {}


def test_cases_of_a_policy_and_other_tasks_are_no_policies() -> None:
    assert _log(replace(opened(), case_id="C1")).policies == {}


def test_what_is_missing_too_many_or_otherwise_is_a_difference() -> None:
    other = HINT._replace(missing=("invoice",))
    for should, does in (({PLACE: HINT}, {}), ({}, {PLACE: HINT}), ({PLACE: HINT}, {PLACE: other})):
        (found,) = differences(should, does)
        assert (found["policy"], found["expected"], found["found"]) == (PLACE[0], should.get(PLACE), does.get(PLACE))
    assert [*differences({PLACE: HINT}, {PLACE: HINT})] == []


def test_what_is_told_or_withdrawn_twice_is_wrong() -> None:
    assert _outcome(HINTED).hints == {PLACE: HINT}
    assert _outcome(HINTED, WITHDRAWN, HINTED).wrong == []
    assert [one["what"] for one in _outcome(HINTED, HINTED).wrong] == ["policy hint told twice"]
    assert [one["what"] for one in _outcome(HINTED, WITHDRAWN, WITHDRAWN).wrong] == ["policy hint withdrawn twice"]
