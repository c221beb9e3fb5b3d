"""Admission while institutions are suspended, resumed, removed, and let one another speak, in any order of work."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from schemas import topics
from schemas.codec import plain
from schemas.days import CHINA
from schemas.institutions import Institutions, Status
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    DelegationGranted,
    DelegationRevoked,
    InstitutionEvent,
    InstitutionKind,
    InstitutionRemoved,
    InstitutionResumed,
    InstitutionSuspended,
    SubmissionAccepted,
    SubmissionRefused,
)
from streams import admission
from streams.mandate_check import MandateCheck
from tests.unit.streams.house import House
from tests.unit.streams.making import NOW, achievement, admitted, no_achievement

_ALL = ("neusoft", "office", "broker")
_names = st.sampled_from(_ALL)
_speakers = st.sampled_from(_ALL[1:])
_few = st.integers(0, 2)
_TODAY = NOW.astimezone(CHINA).date()


class Mandates(RuleBasedStateMachine):
    """``drain`` holds receipts and registers against the events, and against what each sender could know."""

    @initialize(seed=st.integers(0, 1000))
    def begin(self, seed: int) -> None:
        self.plan = admission.plan()
        self.house = House((self.plan,), random.Random(seed))
        self.standing = Institutions()
        self.events: list[InstitutionEvent] = []
        #: By submission: what it is, who sent it, and how far institutions were told when it was sent.
        self.sent: dict[Any, tuple[Any, str, int]] = {}
        for name in _ALL:
            # An institution that is admitted has an inbox, be it empty.
            assert self.house.logs[topics.inbox(name).name, 0] == []
            self._tell(admitted(name, InstitutionKind.BROKER))
        for speaker in _ALL[1:]:
            self._tell(DelegationGranted("neusoft", speaker, None, NOW))

    def teardown(self) -> None:
        self.drain()

    def _tell(self, event: InstitutionEvent) -> None:
        self.events.append(event)
        self.standing.take(event, len(self.events))
        self.house.append(topics.INSTITUTIONS, event)

    @rule(name=_names, status=st.sampled_from([Status.SUSPENDED, Status.SUSPENDED, Status.REMOVED]), many=_few)
    def bar(self, name: str, status: Status, many: int) -> None:
        """An institution is barred, and let in again after some turns of others."""
        self._bar(name, status)
        for _ in range(many):
            self.house.turn(self.plan, f"{topics.inbox(name).name}:0", 1)
        if many:
            self._let_in(name)

    def _bar(self, name: str, status: Status) -> None:
        before = self.standing.status(name)
        if status is Status.SUSPENDED and before is Status.ADMITTED:
            self._tell(InstitutionSuspended(name, "looked into", NOW))
        elif status is Status.REMOVED and before is not Status.REMOVED:
            for pair in [pair for pair in self.standing.grants if name in pair]:
                self._tell(DelegationRevoked(*pair, NOW))
            self._tell(InstitutionRemoved(name, "closed", NOW))

    def _let_in(self, name: str) -> None:
        if self.standing.status(name) is Status.SUSPENDED:
            self._tell(InstitutionResumed(name, NOW))
        elif self.standing.status(name) is Status.REMOVED:
            self._tell(admitted(name, InstitutionKind.BROKER))

    @rule(name=_names)
    def let_in(self, name: str) -> None:
        self._let_in(name)

    @rule(speaker=_speakers, days=st.sampled_from([None, -1, 0, 1]))
    def grant(self, speaker: str, days: int | None) -> None:
        if Status.REMOVED not in (self.standing.status("neusoft"), self.standing.status(speaker)):
            until = None if days is None else _TODAY + timedelta(days=days)
            self._tell(DelegationGranted("neusoft", speaker, until, NOW))

    @rule(speaker=_speakers)
    def revoke(self, speaker: str) -> None:
        if ("neusoft", speaker) in self.standing.grants:
            self._tell(DelegationRevoked("neusoft", speaker, NOW))

    @rule(said=st.lists(st.tuples(_names, st.integers(0, 3), st.integers(1, 5)), min_size=1, max_size=4))
    def submit(self, said: list[tuple[str, int, int]]) -> None:
        for inbox, chance, version in said:
            named = {"institution_id": "neusoft" if chance else inbox}
            record = achievement("A1", "pump", version, **named)
            self._send(no_achievement("A1", version, **named) if chance == 3 else record, inbox)

    def _send(self, record: Any, inbox: str) -> None:
        self.sent[record.submission_id] = record, inbox, len(self.events)
        self.house.submit(inbox, record)

    @rule(number=st.integers(0, 30))
    def submit_again(self, number: int) -> None:
        if self.sent:
            record, inbox, _ = list(self.sent.values())[number % len(self.sent)]
            self.house.submit(inbox, record)

    @rule(shard=st.integers(0, 2), many=st.integers(1, 3))
    def work(self, shard: int, many: int) -> None:
        if keys := self.house.keys(self.plan):
            self.house.turn(self.plan, keys[shard % len(keys)], many)

    @rule(shard=st.integers(0, 2))
    def die(self, shard: int) -> None:
        keys = self.house.keys(self.plan)
        if keys and shard < 2:
            self.house.abort(self.plan, keys[shard % len(keys)])
        for key in keys:
            self.house.restart(self.plan, key)

    @rule()
    def drain(self) -> None:
        self.house.drain()
        answers: defaultdict[Any, set[Any]] = defaultdict(set)
        check = MandateCheck(enumerate(self.events))
        for name in _ALL:
            for receipt in self.house.read(topics.receipts(name).name):
                assert isinstance(receipt, SubmissionAccepted | SubmissionRefused)
                answers[receipt.submission_id].add(receipt)
                check.take(type(receipt).__name__, plain(receipt))
        assert check.differences == []
        assert answers.keys() == self.sent.keys()
        for submission, (record, inbox, told) in self.sent.items():
            (receipt,) = answers[submission]
            # What had been told before it was sent was heard before it was decided.
            assert told <= receipt.institutions_position
            self._follows(record, inbox, receipt)
        self._registers_only_rise()

    def _follows(self, record: Any, inbox: str, receipt: Any) -> None:
        heard = Institutions()
        for offset, event in enumerate(self.events[: receipt.institutions_position]):
            heard.take(event, offset + 1)
        owner = record.institution_id
        may_speak = owner == inbox or (
            heard.status(owner) is Status.ADMITTED and heard.is_granted(owner, inbox, _TODAY)
        )  # fmt: skip
        rules = {fault.rule for fault in receipt.faults} if isinstance(receipt, SubmissionRefused) else set()
        if heard.status(inbox) is not Status.ADMITTED or not may_speak:
            assert rules & {"institution-suspended", "institution-removed", "speaks-for-itself"}
            assert receipt.on_behalf_of is None
        else:
            assert rules <= {"newer", "known"}
            assert receipt.on_behalf_of == (None if owner == inbox else owner)

    def _registers_only_rise(self) -> None:
        last: dict[str, int] = {}
        for record in self.house.read(topics.ACHIEVEMENTS.name):
            assert isinstance(record, AchievementRegistered | AchievementWithdrawn)
            assert record.version > last.get(record.ref, 0)
            last[record.ref] = record.version


Mandates.TestCase.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
TestMandates = Mandates.TestCase
