"""Of what may be the same one is matched: who, and what people's decisions do to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from schemas.records import Disclosure, DuplicateOutcome
from streams.domain.duplicates import Pair, Seniority, pair, sketched
from streams.domain.matched_once import MatchedOnce
from streams.domain.representation import Decisions, represented
from tests.unit.streams.making import achievement, long_text, no_achievement, patent, resolved
from tests.unit.streams.truth import duplicates_by_comparison

MERGE, DISTINCT, UNKNOWN = DuplicateOutcome.MERGE, DuplicateOutcome.DISTINCT, DuplicateOutcome.UNKNOWN


def _standing(*refs: str) -> dict[str, Seniority]:
    """These, in the order of their seniority."""
    return {ref: Seniority(False, since, ref) for since, ref in enumerate(refs)}


def _of(*pairs: str) -> list[Pair]:
    return [pair(*both.split()) for both in pairs]


def _represented(standing: str, suspected: Iterable[Pair], decisions: Decisions | None = None) -> dict[str, str]:
    return represented(_standing(*standing.split()), suspected, (decisions or Decisions()).body_of)


def test_the_senior_of_two_stands_for_both() -> None:
    assert _represented("b a", _of("a b")) == {"a": "b"}


def test_what_is_like_the_like_stands_for_itself() -> None:
    assert _represented("a b c", _of("a b", "b c")) == {"b": "a"}


def test_of_three_that_are_all_alike_one_stands() -> None:
    assert _represented("c a b", _of("a b", "b c", "a c")) == {"a": "c", "b": "c"}


def test_the_most_senior_of_those_that_stand_is_named() -> None:
    assert _represented("a b c", _of("a c", "b c")) == {"c": "a"}


def test_what_does_not_stand_stands_for_nobody() -> None:
    assert _represented("b", _of("a b")) == {}


def test_merged_are_one_also_through_a_third_that_is_gone() -> None:
    decisions = Decisions()
    for both in _of("a b", "b c"):
        decisions.take(both, MERGE)
    assert _represented("c a", (), decisions) == {"a": "c"}


def test_what_is_like_one_of_a_body_is_like_the_body() -> None:
    decisions = Decisions()
    decisions.take(("b", "c"), MERGE)
    assert _represented("a b c", _of("a c"), decisions) == {"b": "a", "c": "a"}


def test_a_body_stands_by_its_senior_member() -> None:
    decisions = Decisions()
    decisions.take(("a", "c"), MERGE)
    assert _represented("a b c", _of("b c"), decisions) == {"b": "a", "c": "a"}


def test_the_last_decision_about_a_pair_holds() -> None:
    decisions = Decisions()
    assert decisions.take(("a", "b"), MERGE) == {"a", "b"}
    assert decisions.take(("b", "c"), MERGE) == {"a", "b", "c"}
    assert decisions.take(("a", "b"), DISTINCT) == {"a", "b", "c"}
    assert (decisions.body("a"), decisions.body("b")) == (frozenset("a"), frozenset("bc"))
    assert decisions.is_distinct(("a", "b"))
    decisions.take(("a", "b"), UNKNOWN)
    assert not decisions.is_distinct(("a", "b"))
    assert decisions.is_open(("a", "b"))


def test_a_pair_is_decided_through_a_third_as_well() -> None:
    decisions = Decisions()
    for both in _of("a b", "b c"):
        decisions.take(both, MERGE)
    assert not decisions.is_open(("a", "c"))
    assert decisions.is_open(("a", "d"))


_refs = st.sampled_from("abcdef")
_pairs = st.tuples(_refs, _refs).filter(lambda both: both[0] != both[1]).map(lambda both: pair(*both))


@given(
    st.permutations("abcdef"),
    st.sets(_pairs, max_size=10),
    st.lists(st.tuples(_pairs, st.sampled_from([MERGE, DISTINCT]))),
)
@settings(deadline=None)
def test_never_both_of_two_and_everyone_is_stood_for_by_one_that_stands(
    order: list[str], suspected: set[Pair], decided: list[tuple[Pair, DuplicateOutcome]]
) -> None:
    decisions = Decisions()
    for both, outcome in decided:
        decisions.take(both, outcome)
    standing = _standing(*order)
    alike = {both for both in suspected if not decisions.is_distinct(both)}
    found = represented(standing, alike, decisions.body_of)
    stands = standing.keys() - found.keys()
    for one, other in alike:
        assert one not in stands or other not in stands
    for ref in standing:
        assert len(decisions.body(ref) & stands) <= 1
        assert ref in stands or found[ref] in stands
        assert found.get(ref, ref) in stands
    # Nobody steps back without a reason.
    for ref, by in found.items():
        bodies = {decisions.body_of(one) for one in (ref, by)}
        linked = any({decisions.body_of(one) for one in both} == bodies for both in alike)
        assert len(bodies) == 1 or linked


class Market(RuleBasedStateMachine):
    """Institutions register what may be the same, people decide; after any number of events all is as by comparison."""

    def __init__(self) -> None:
        super().__init__()
        self.once = MatchedOnce()
        self.register: list[tuple[Any, int]] = []
        self.decided: list[Any] = []
        self.told: dict[str, str] = {}
        self.suspected: dict[Pair, Any] = {}

    @rule(
        by=st.sampled_from(["dlut", "dicp", "dmu"]), name=st.sampled_from(["A1", "A2"]),
        words=st.sampled_from([long_text(0), long_text(2), long_text(5), "pump"]),
        number=st.sampled_from(["ZL201810123456.5", "CN201810123456", "CN108123456A", ""]),
        disclosure=st.sampled_from([Disclosure.PUBLIC, Disclosure.PUBLIC, Disclosure.CONFIDENTIAL]),
    )  # fmt: skip
    def offer(self, by: str, name: str, words: str, number: str, disclosure: Disclosure) -> None:
        rights = patent(number) if number else ()
        version = len(self.register) + 1
        fact = achievement(name, words, version, institution_id=by, ip_rights=rights, disclosure=disclosure)
        self.register.append((fact, version))
        self._note(self.once.register(sketched(fact), version))

    @rule(by=st.sampled_from(["dlut", "dicp", "dmu"]), name=st.sampled_from(["A1", "A2"]))
    def withdraw(self, by: str, name: str) -> None:
        fact = no_achievement(name, len(self.register) + 1, institution_id=by)
        self.register.append((fact, fact.version))
        self._note(self.once.withdraw(fact.ref))

    @rule(one=st.sampled_from(["dlut/A1", "dlut/A2", "dicp/A1"]), other=st.sampled_from(["dmu/A1", "dmu/A2"]),
          outcome=st.sampled_from(DuplicateOutcome))  # fmt: skip
    def decide(self, one: str, other: str, outcome: DuplicateOutcome) -> None:
        decision = resolved(one, other, outcome)
        self.decided.append(decision)
        self.once.decide(decision.pair, outcome)

    def _note(self, changed: dict[Pair, Any]) -> None:
        for both, evidence in changed.items():
            assert self.suspected.get(both) != evidence, "what is told is news"
            self.suspected[both] = evidence
            if evidence is None:
                del self.suspected[both]

    @rule()
    def tell(self) -> None:
        for ref, by in self.once.changes().items():
            assert self.told.get(ref) != by, "what is told is news"
            self.told[ref] = by or ""
            if by is None:
                del self.told[ref]
        found = duplicates_by_comparison(self.register, self.decided)
        assert self.told == found.represented
        decisions = Decisions()
        for one in self.decided:
            decisions.take(one.pair, one.outcome)
        assert self.once.undecided() == sum(map(decisions.is_open, found.suspected))

    @invariant()
    def what_is_suspected_is_what_comparing_all_finds(self) -> None:
        found = duplicates_by_comparison(self.register, self.decided)
        assert self.suspected == found.suspected
        assert set(self.once.suspects.pairs()) == found.suspected.keys()


Market.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestMarket = Market.TestCase


def test_a_merged_achievement_stands_when_the_other_is_withdrawn_though_nothing_else_binds_them() -> None:
    once = MatchedOnce()
    for arrived, name in enumerate(("dlut", "dicp")):
        once.register(sketched(achievement(institution_id=name)), arrived)
    once.decide(("dicp/A1", "dlut/A1"), MERGE)
    assert once.changes() == {"dicp/A1": "dlut/A1"}
    once.withdraw("dlut/A1")
    assert once.changes() == {"dicp/A1": None}
    once.register(sketched(achievement(version=3)), 5)
    assert once.changes() == {"dlut/A1": "dicp/A1"}


def test_the_order_of_facts_and_decisions_does_not_matter_where_arrivals_are_the_same() -> None:
    names = [(by, name) for by in ("dlut", "dicp", "dmu") for name in ("A1", "A2", "A3")]
    offers = [
        (achievement(name, long_text(3 * number), institution_id=by, ip_rights=patent() if number % 2 else ()), number)
        for number, (by, name) in enumerate(names)
    ]
    decisions = [resolved("dlut/A1", "dmu/A3", MERGE), resolved("dicp/A2", "dlut/A2", DISTINCT)]
    seen = set()
    for seed in range(20):
        once = MatchedOnce()
        steps: list[Callable[[], object]] = [partial(once.register, sketched(fact), at) for fact, at in offers]
        steps += [partial(once.decide, one.pair, one.outcome) for one in decisions]
        random.Random(seed).shuffle(steps)
        told: dict[str, str | None] = {}
        for step in steps:
            step()
            if seed % 2:
                told.update(once.changes())
        told.update(once.changes())
        seen.add(frozenset((ref, by) for ref, by in told.items() if by is not None))
    assert len(seen) == 1
    assert len(next(iter(seen))) > 2


def test_of_any_number_that_have_one_number_or_text_the_most_senior_are_compared_whatever_comes_and_goes() -> None:
    chance = random.Random(11)
    once, register = MatchedOnce(), list[tuple[Any, int]]()
    suspected: dict[Pair, Any] = {}
    told: dict[str, str | None] = {}
    most = 0
    for version in range(1, 701):
        by, name = chance.choice(["dlut", "dicp", "dmu"]), f"A{chance.randrange(60)}"
        if chance.random() < 0.2:
            register.append((no_achievement(name, version, institution_id=by), version))
            changed = once.withdraw(f"{by}/{name}")
        else:
            words, rights = chance.choice([long_text(), "pump"]), chance.choice([patent(), ()])
            shown = chance.choice([Disclosure.PUBLIC, Disclosure.PUBLIC, Disclosure.CONFIDENTIAL])
            fact = achievement(name, words, version, institution_id=by, ip_rights=rights, disclosure=shown)
            register.append((fact, version))
            changed = once.register(sketched(fact), version)
        assert all(suspected.get(both) != now for both, now in changed.items()), "what is told is news"
        suspected = {both: now for both, now in (suspected | changed).items() if now is not None}
        told |= once.changes()
        if version % 50 == 0:
            found = duplicates_by_comparison(register, [])
            assert suspected == found.suspected
            assert {ref: by for ref, by in told.items() if by is not None} == found.represented
            assert once.undecided() == len(suspected)
            most = max(most, found.unproposed)
    assert most > 0, "a text that more have than are compared by it"
