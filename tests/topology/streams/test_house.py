"""All lanes together, without a broker: any number of lanes, any order of work, any restart, and then brute force."""

from __future__ import annotations

import random
import tempfile
import uuid
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from schemas import codec, framing, topics
from schemas.framing import Framing
from schemas.records import (
    AnnexErased,
    DuplicateOutcome,
    FactKind,
    FactVerified,
    InstitutionKind,
    LifeTask,
    MatchWithdrawn,
    Money,
    Move,
    Stage,
    TaskMove,
    WithdrawalReason,
)
from streams import admission, deals, duplicates, life_cycle, matching, policies, ranking
from streams.deal_check import sold_twice
from streams.duplicate_check import suspected_as_told
from streams.register import representation_as_told
from tests.unit.schemas.framed import CONFLUENT, READING
from tests.unit.streams.house import House
from tests.unit.streams.making import (
    DAY,
    EXCLUSIVE_TERMS,
    MODEL,
    NOW,
    ORDINARY_TERMS,
    achievement,
    achievement_facets,
    admitted,
    demand,
    demand_facets,
    long_text,
    move,
    no_achievement,
    no_demand,
    patent,
    payment,
    resolved,
    sale,
    subsidy,
    task,
    texts,
)
from tests.unit.streams.truth import (
    deals_as_told,
    deals_by_recount,
    duplicates_by_comparison,
    live_as_told,
    live_by_brute_force,
)

_institutions = st.sampled_from(["dlut", "dicp"])
_owners = st.sampled_from(["dlut", "dicp", "dmu"])
_offers = st.sampled_from(["A1", "A2", "A3"])
_asked = st.sampled_from(["D1", "D2"])
_terms = st.sampled_from([EXCLUSIVE_TERMS, ORDINARY_TERMS])
_further = st.sampled_from([Move.END, Move.REOPEN, Move.RETRACT])
_plans = st.integers(0, 4)
#: One application in several spellings, and another one; texts that are near each other, and one that is far.
_numbers = st.sampled_from(["ZL201810123456.5", "CN 2018 1 0123456", "201810123456.5", "ZL201920654321.0", ""])
_alike = st.sampled_from([long_text(0), long_text(0), long_text(3), long_text(6), long_text(100), "pump"])
_outcomes = st.sampled_from([DuplicateOutcome.MERGE, DuplicateOutcome.DISTINCT, DuplicateOutcome.UNKNOWN])


class WholeHouse(RuleBasedStateMachine):
    """Institutions speak while lanes work, die and come back; ``drain`` compares with the registers."""

    @initialize(seed=st.integers(0, 1000), lanes=st.integers(1, 4))
    def begin(self, seed: int, lanes: int) -> None:
        plans = (admission.plan(lanes=lanes), matching.plan(), ranking.plan(), deals.plan(), duplicates.plan())
        self.folder = tempfile.TemporaryDirectory()
        self.house = House(plans, random.Random(seed), lanes, kept=Path(self.folder.name))
        self.now: datetime = NOW
        self.version = 0
        self.submitted: Counter[str] = Counter()
        self.models = [MODEL]
        self.house.publish(MODEL)
        self._tick(0)

    def _tick(self, days: int) -> None:
        self.now += days * DAY
        self.house.tick(self.now)

    def _say(self, institution: str, record: Any) -> None:
        self.submitted[institution] += 1
        self.house.submit(institution, record)

    def _next(self) -> int:
        self.version += 1
        return self.version

    @rule(confluent=st.booleans())
    def write(self, confluent: bool) -> None:
        """From now on a schema registry is in use, or none any more; what lies in the logs stays as it is."""
        framing.adopt(CONFLUENT if confluent else READING)

    def teardown(self) -> None:
        framing.adopt(Framing())
        self.folder.cleanup()

    @rule(by=_institutions, name=_offers, words=texts, facets=achievement_facets)
    def register(self, by: str, name: str, words: str, facets: dict[str, Any]) -> None:
        self._say(by, achievement(name, words or "pump", self._next(), institution_id=by, **facets))

    @rule(by=_owners, name=_offers, words=_alike, number=_numbers, facets=achievement_facets)
    def register_alike(self, by: str, name: str, words: str, number: str, facets: dict[str, Any]) -> None:
        """What others may have registered as well."""
        rights = patent(number) if number else ()
        self._say(by, achievement(name, words, self._next(), institution_id=by, **facets, ip_rights=rights))

    @rule(one=st.tuples(_owners, _offers), other=st.tuples(_owners, _offers), outcome=_outcomes)
    def decide(self, one: tuple[str, str], other: tuple[str, str], outcome: DuplicateOutcome) -> None:
        """A person decides about any two, whatever stands or is suspected."""
        if one[0] != other[0]:
            decision = resolved("/".join(one), "/".join(other), outcome)
            self.house.append(topics.DUPLICATE_DECISIONS, decision)

    @rule(by=_institutions, name=_asked, words=texts, facets=demand_facets)
    def post(self, by: str, name: str, words: str, facets: dict[str, Any]) -> None:
        self._say(by, demand(name, words or "pump", self._next(), institution_id=by, **facets))

    @rule(by=_institutions, name=_offers)
    def withdraw(self, by: str, name: str) -> None:
        self._say(by, no_achievement(name, self._next(), institution_id=by))

    @rule(by=_institutions, name=_asked)
    def close(self, by: str, name: str) -> None:
        self._say(by, no_demand(name, self._next(), institution_id=by))

    @rule(by=_institutions, name=_offers, asked=_asked, terms=_terms, order=st.permutations(range(5)))
    def negotiate(self, by: str, name: str, asked: str, terms: Any, order: list[int]) -> None:
        """Moves in any order; some may be missing for now."""
        pair = {"achievement_institution_id": by, "achievement_id": name, "demand_institution_id": "dlut"}
        moves = sale(terms, **pair, demand_id=asked)
        for place in order[: 1 + order[0]]:
            if place < len(moves):
                self._say(moves[place].institution_id, moves[place])

    @rule(by=_institutions, name=_offers, asked=_asked, step=_further, number=st.integers(1, 7))
    def move_on(self, by: str, name: str, asked: str, step: Move, number: int) -> None:
        pair = {"achievement_institution_id": by, "achievement_id": name, "demand_institution_id": "dlut"}
        self._say(by, move(step, number, None, institution_id=by, **pair, demand_id=asked))

    @rule(days=st.integers(0, 1))
    def tick(self, days: int) -> None:
        self._tick(days)

    @rule(threshold=st.sampled_from([0.1, 0.3, 0.5]), pump=st.sampled_from([4.0, 6.0]))
    def publish(self, threshold: float, pump: float) -> None:
        surprisal = {**MODEL.surprisal, "pump": pump}
        self.models.append(
            replace(MODEL, version=f"tiny-{len(self.models)}", threshold=threshold, surprisal=surprisal)
        )  # fmt: skip
        self.house.publish(self.models[-1])

    @rule(number=st.integers(0, 3))
    def go_on_in_the_background(self, number: int) -> None:
        self.house.work_in_background(number)

    @rule(lane=_plans, shard=st.integers(0, 3), many=st.integers(1, 3))
    def work(self, lane: int, shard: int, many: int) -> None:
        plan = self.house.plans[lane]
        keys = self.house.keys(plan)
        if keys:
            self.house.turn(plan, keys[shard % len(keys)], many)

    @rule()
    def admit(self) -> None:
        for key in self.house.keys(self.house.plans[0]):
            self.house.turn(self.house.plans[0], key)

    @rule(lane=_plans)
    def die(self, lane: int) -> None:
        for key in self.house.keys(self.house.plans[lane]):
            self.house.restart(self.house.plans[lane], key)

    @rule()
    def keep(self) -> None:
        for key in self.house.keys(self.house.plans[1]):
            self.house.keep(self.house.plans[1], key)

    @rule()
    def drain(self) -> None:
        self.house.drain()
        read = self.house.read
        told = live_as_told(read(topics.MATCHES.name))
        advanced = read(topics.DEALS.name)
        twice = duplicates_by_comparison(
            self.house.arrivals(topics.ACHIEVEMENTS.name), read(topics.DUPLICATE_DECISIONS.name)
        )
        assert suspected_as_told(read(topics.DUPLICATES.name)) == twice.suspected
        assert representation_as_told(read(topics.REPRESENTATIONS.name)) == twice.represented
        assert told == live_by_brute_force(
            read(topics.ACHIEVEMENTS.name), read(topics.DEMANDS.name), advanced, self.now, self.models[-1],
            twice.represented,
        )  # fmt: skip
        adopted = {one.lane: one.version for one in read(topics.MODEL_ADOPTIONS.name)}  # type: ignore[union-attr]
        assert adopted == dict.fromkeys(range(self.house.lanes), self.models[-1].version)
        outcome = deals_as_told(advanced, *map(read, _BESIDE_DEALS))
        assert outcome == deals_by_recount(read(topics.NEGOTIATIONS.name))
        assert list(sold_twice(outcome.deals.values())) == []
        for institution, many in self.submitted.items():
            assert len(read(topics.receipts(institution).name)) == many
        assert read(topics.QUARANTINE.name) == []


_BESIDE_DEALS = (topics.HELD_MOVES.name, topics.REFUSALS.name, topics.LEDGER.name)
WholeHouse.TestCase.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
TestWholeHouse = WholeHouse.TestCase


def _house() -> House:
    lanes = (admission, matching, ranking, deals, duplicates, life_cycle, policies)
    plans = tuple(lane.plan() for lane in lanes)
    house = House(plans, random.Random(1))
    house.publish(MODEL)
    return house


def test_every_record_is_written_where_the_catalogue_says() -> None:
    house = _house()
    house.submit("dlut", achievement())
    house.submit("dlut", achievement("A2"))
    for institution in ("dicp", "dmu"):
        house.submit(institution, achievement("A3", institution_id=institution, ip_rights=patent()))
    house.drain()
    for institution in ("dicp", "dmu"):
        house.submit(institution, no_achievement("A3", institution_id=institution))
    house.submit("dlut", demand(institution_id="dlut", matches_wanted=1))
    house.drain()
    house.submit("dlut", achievement("A1", version=2))
    contract, *before = reversed(sale(demand_institution_id="dlut"))
    for each in (contract, *reversed(before)):
        house.submit("dlut", each)
    house.submit("dlut", move(Move.END, 5, demand_institution_id="dlut"))
    house.submit("dlut", no_achievement("A9"))
    house.drain()
    house.submit("dlut", no_achievement("A2"))
    house.submit("dlut", no_demand(institution_id="dlut"))
    house.wait_until(datetime(2026, 12, 1, tzinfo=UTC))
    house.submit("dlut", move(Move.REGISTER, 5, demand_institution_id="dlut"))
    house.submit("dlut", move(Move.PAY, 6, demand_institution_id="dlut", payment=payment("30.00")))
    house.drain()
    house.tick(datetime(2027, 12, 1, tzinfo=UTC))
    house.submit("dlut", AnnexErased(uuid.uuid4(), "dlut", "A1", 1, NOW, "li", "sold"))
    house.append(topics.INSTITUTIONS, admitted("office", InstitutionKind.DISTRICT_OFFICE))
    fact = FactVerified(uuid.uuid4(), "office", "F1", 1, NOW, "dlut", "A1", 2, FactKind.AWARD, "first prize", "2026/7")
    house.submit("office", fact)
    house.submit("office", subsidy("deal.has_contract"))
    for step in (TaskMove.OPEN, TaskMove.OPEN):
        money = Money(Decimal("100.00"), "CNY")
        house.submit("dlut", task(LifeTask.FUND, step, title="fund", amount=money))
    house.drain()
    house.tick(datetime(2027, 12, 2, tzinfo=UTC))
    house.drain()
    receipts = (topics.receipts(name) for name in ("dlut", "dicp", "dmu", "office"))
    known = {topic.name: topic for topic in (*topics.CATALOGUE, *receipts)}
    for lane, written in house.written.items():
        for topic, record in written:
            assert lane in known[topic].written_by
            assert record in ("", *known[topic].records)
    written_to = {topic for written in house.written.values() for topic, _ in written}
    # The clock and the pipeline are an agent's, models and institutions an operator's; nothing was unreadable.
    others = (
        topics.CLOCK, topics.PIPELINE, topics.PIPELINE_WINDOWS, topics.SCORING_MODELS, topics.INSTITUTIONS,
        topics.QUARANTINE, topics.QUARANTINE_ACTS, topics.SPOTLIGHTS, topics.RECOGNITIONS, topics.DUPLICATE_DECISIONS,
    )  # fmt: skip
    assert written_to == set(known) - {topic.name for topic in others}
    told = {record for topic, record in house.written["ranking"] if topic == topics.MATCHES.name}
    assert told == {"MatchProposed", "MatchRevised", "MatchWithdrawn"}


def test_who_loses_an_achievement_to_another_gets_the_next_best() -> None:
    house = _house()
    for name, words in (("A1", "pump valve"), ("A2", "pump")):
        house.submit("dlut", achievement(name, words))
    for name in ("D1", "D2"):
        house.submit("dlut", demand(name, "pump valve", institution_id="dlut", matches_wanted=1))
    house.drain()
    wanted = {("dlut/D1", "dlut/A1"), ("dlut/D2", "dlut/A1")}
    assert set(live_as_told(house.read(topics.MATCHES.name))) == wanted
    house.submit("dlut", move(Move.CONTACT, 1, demand_institution_id="dlut", demand_id="D2"))
    for each in sale(demand_institution_id="dlut"):
        house.submit("dlut", each)
    house.drain()
    told = house.read(topics.MATCHES.name)
    assert set(live_as_told(told)) == {("dlut/D1", "dlut/A2"), ("dlut/D2", "dlut/A2")}
    assert {one.reason for one in told if isinstance(one, MatchWithdrawn)} == {WithdrawalReason.ACHIEVEMENT_CONTRACTED}
    stages = {deal.demand_id: deal.stage for deal in deals_as_told(house.read(topics.DEALS.name)).deals.values()}
    assert stages == {"D1": Stage.CONTRACTED, "D2": Stage.ENDED}


def test_of_two_that_may_be_the_same_one_is_matched_until_a_person_tells_them_apart() -> None:
    house = _house()
    house.submit("dlut", demand(institution_id="dlut"))
    for institution in ("dmu", "dicp"):
        house.submit(institution, achievement(institution_id=institution, ip_rights=patent()))
        house.drain()
    read = house.read
    assert set(live_as_told(read(topics.MATCHES.name))) == {("dlut/D1", "dmu/A1")}
    house.append(topics.DUPLICATE_DECISIONS, resolved("dmu/A1", "dicp/A1", DuplicateOutcome.DISTINCT))
    house.drain()
    assert set(live_as_told(read(topics.MATCHES.name))) == {("dlut/D1", "dmu/A1"), ("dlut/D1", "dicp/A1")}
    house.append(topics.DUPLICATE_DECISIONS, resolved("dmu/A1", "dicp/A1", DuplicateOutcome.MERGE))
    house.drain()
    assert set(live_as_told(read(topics.MATCHES.name))) == {("dlut/D1", "dmu/A1")}
    reasons = {one.reason for one in read(topics.MATCHES.name) if isinstance(one, MatchWithdrawn)}
    assert reasons == {WithdrawalReason.DUPLICATE}
    house.submit("dmu", no_achievement(institution_id="dmu"))
    house.drain()
    assert set(live_as_told(read(topics.MATCHES.name))) == {("dlut/D1", "dicp/A1")}


def test_what_follows_from_a_record_carries_its_time_of_arrival() -> None:
    house = _house()
    house.submit("dlut", demand(institution_id="dlut"))
    house.drain()
    house.submit("dlut", achievement())
    house.drain()
    (arrived,) = [log[-1].timestamp for place, log in house.logs.items() if place[0] == topics.inbox("dlut").name]
    matches = [log[-1] for place, log in house.logs.items() if log and place[0] == topics.MATCHES.name]
    assert [one.timestamp for one in matches] == [arrived]
    assert codec.decode_fields(matches[0].value)[1]["caused_at"].timestamp() == arrived / 1000
