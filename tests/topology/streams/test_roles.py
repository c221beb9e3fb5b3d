"""Both sides, brokers, offices and registrars move one deal through their own inboxes, in any order of work."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from schemas import codec, topics
from schemas.codec import plain
from schemas.records import (
    AdmittedBy,
    Certification,
    ContractKind,
    DealAdvanced,
    InstitutionAdmitted,
    InstitutionKind,
    LedgerPosted,
    Move,
    NegotiationUpdated,
    SubmissionAccepted,
    SubmissionRefused,
)
from streams import admission, deals, ledger_laws
from streams.deal_laws import broken
from streams.mandate_check import MandateCheck
from tests.unit.streams.house import House
from tests.unit.streams.making import EXCLUSIVE_TERMS, NOW, WITH_TERMS, achievement, move, payment, tech_contract
from tests.unit.streams.truth import deals_as_told, deals_by_recount

_KINDS = {
    "dlut": InstitutionKind.UNIVERSITY, "district-210202": InstitutionKind.ENTERPRISE,
    "liaodong": InstitutionKind.BROKER, "bohai": InstitutionKind.BROKER, "office": InstitutionKind.DISTRICT_OFFICE,
    "registrar": InstitutionKind.REGISTRAR,
}  # fmt: skip
_SIDES = {"dlut", "district-210202"}
#: Written down again, and not as the lanes have it.
_THEIRS = {
    InstitutionKind.BROKER: {"CONTACT", "START_TALKS"}, InstitutionKind.DISTRICT_OFFICE: {"CONTACT"},
    InstitutionKind.REGISTRAR: {"CERTIFY", "REJECT"},
}  # fmt: skip
_names = st.sampled_from(sorted(_KINDS))
_others = st.sampled_from(sorted(set(_KINDS) - _SIDES))
_steps = st.sampled_from([step for step in Move if step is not Move.UNKNOWN])
#: A deal that goes well, with its helpers; each is tried when it is its turn, among much else.
_WELL: tuple[tuple[str, Move], ...] = (
    ("dlut", Move.APPOINT), ("liaodong", Move.CONTACT), ("liaodong", Move.START_TALKS), ("dlut", Move.AGREE),
    ("district-210202", Move.AGREE), ("dlut", Move.CONTRACT), ("dlut", Move.REGISTER), ("dlut", Move.PAY),
    ("registrar", Move.REJECT), ("dlut", Move.REGISTER), ("registrar", Move.CERTIFY), ("dlut", Move.PAY),
    ("dlut", Move.AMEND), ("registrar", Move.CERTIFY),
)  # fmt: skip


class Roles(RuleBasedStateMachine):
    """``drain`` holds what was accepted against the operator's word, and what was told against laws and a recount."""

    @initialize(seed=st.integers(0, 1000))
    def begin(self, seed: int) -> None:
        self.plans = admission.plan(), deals.plan()
        self.house = House(self.plans, random.Random(seed))
        self.events: list[InstitutionAdmitted] = []
        self.sent: dict[Any, tuple[NegotiationUpdated, str]] = {}
        self.next, self.place = 1, 0
        for name, kind in _KINDS.items():
            assert self.house.logs[topics.inbox(name).name, 0] == []
            self._describe(name, kind, "210202")
        self.house.submit("dlut", achievement())
        self.house.drain()

    def teardown(self) -> None:
        self.drain()

    def _describe(self, name: str, kind: InstitutionKind, district: str) -> None:
        event = InstitutionAdmitted(name, None, name, kind, district, AdmittedBy.OPERATOR, NOW)
        self.events.append(event)
        self.house.append(topics.INSTITUTIONS, event)

    @rule(name=_others, kind=st.sampled_from([*_THEIRS]), district=st.sampled_from(["210202", "210202", "210204"]))
    def describe(self, name: str, kind: InstitutionKind, district: str) -> None:
        """The operator says something else of an institution."""
        self._describe(name, kind, district)

    @rule(many=st.integers(1, 4))
    def go_well(self, many: int) -> None:
        """The deal goes on as it should."""
        for _ in range(many):
            self.house.drain()
            by, step = _WELL[self.place % len(_WELL)]
            self._send(self._made(by, step, self._expected()), by)
            self.place += 1

    @rule(by=_names, step=_steps, ahead=st.integers(0, 2), broker=_names, inbox=st.none() | _names)
    def try_anything(self, by: str, step: Move, ahead: int, broker: str, inbox: str | None) -> None:
        """Somebody says that somebody makes some move."""
        made = self._made(by, step, self._expected() + ahead)
        self._send(replace(made, broker=broker) if step is Move.APPOINT else made, inbox or by)

    @rule(number=st.integers(0, 30))
    def send_again(self, number: int) -> None:
        if self.sent:
            made, inbox = list(self.sent.values())[number % len(self.sent)]
            self.house.submit(inbox, made)

    def _expected(self) -> int:
        return 1 + max((deal.sequence for deal in self._told()), default=0)

    def _made(self, by: str, step: Move, sequence: int) -> NegotiationUpdated:
        told = self._told()
        version = told[-1].contract_version if told else 0
        return move(
            step, sequence, EXCLUSIVE_TERMS if step in WITH_TERMS else None, institution_id=by,
            broker="liaodong" if step is Move.APPOINT else None,
            contract=tech_contract() if step in {Move.REGISTER, Move.AMEND} else None,
            payment=payment("1.00") if step is Move.PAY else None,
            certification=(
                Certification(max(version, 1), ContractKind.LICENCE, EXCLUSIVE_TERMS.price)
                if step is Move.CERTIFY else None
            ),
        )  # fmt: skip

    def _send(self, made: NegotiationUpdated, inbox: str) -> None:
        self.sent[made.submission_id] = made, inbox
        self.house.submit(inbox, made)

    @rule(plan=st.integers(0, 1), shard=st.integers(0, 6), many=st.integers(1, 3))
    def work(self, plan: int, shard: int, many: int) -> None:
        chosen = self.plans[plan]
        if keys := self.house.keys(chosen):
            self.house.turn(chosen, keys[shard % len(keys)], many)

    @rule(plan=st.integers(0, 1), shard=st.integers(0, 6))
    def die(self, plan: int, shard: int) -> None:
        chosen = self.plans[plan]
        if keys := self.house.keys(chosen):
            self.house.abort(chosen, keys[shard % len(keys)])
            for key in keys:
                self.house.restart(chosen, key)

    def _told(self) -> list[DealAdvanced]:
        return [one for one in self.house.read(topics.DEALS.name) if isinstance(one, DealAdvanced)]

    @rule()
    def drain(self) -> None:
        self.house.drain()
        told = self._told()
        assert broken(told) == []
        postings = [one for one in self.house.read(topics.LEDGER.name) if isinstance(one, LedgerPosted)]
        assert list(ledger_laws.broken(told[-1:], postings)) == []
        lanes = topics.DEALS, topics.HELD_MOVES, topics.REFUSALS, topics.LEDGER
        recounted = deals_by_recount(self.house.read(topics.NEGOTIATIONS.name))
        assert deals_as_told(*(self.house.read(topic.name) for topic in lanes)) == recounted
        self._follows_from_what_the_operator_said()
        for deal in told:
            self._is_of_its_role(deal)

    def _follows_from_what_the_operator_said(self) -> None:
        registered = {
            (topics.NEGOTIATIONS.name, place[1], offset): codec.decode(one.value)
            for place, log in self.house.logs.items() if place[0] == topics.NEGOTIATIONS.name
            for offset, one in enumerate(log)
        }  # fmt: skip
        check = MandateCheck(enumerate(self.events))
        for name in _KINDS:
            for receipt in self.house.read(topics.receipts(name).name):
                if isinstance(receipt, SubmissionAccepted):
                    spot = receipt.register_topic, receipt.register_partition, receipt.register_offset
                    made = registered.get(spot)
                    is_move = isinstance(made, NegotiationUpdated)
                    check.take("SubmissionAccepted", plain(receipt), plain(made) if is_move else None)
                elif isinstance(receipt, SubmissionRefused):
                    check.take("SubmissionRefused", plain(receipt))
        assert check.differences == []

    def _is_of_its_role(self, deal: DealAdvanced) -> None:
        if deal.by in _SIDES:
            assert deal.move not in _THEIRS[InstitutionKind.REGISTRAR]
            return
        made, inbox = self.sent[deal.submission_id]
        assert inbox == deal.by == made.institution_id
        kinds = {event.kind for event in self.events if event.institution_id == deal.by}
        assert any(deal.move in _THEIRS[kind] for kind in kinds)


Roles.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestRoles = Roles.TestCase
