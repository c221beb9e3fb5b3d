"""The load comes at its rate, in its proportion, under ids that follow from its seed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from statistics import mean

import pytest

from producers.load import Load, load, submissions
from schemas import codec, rules
from schemas.records import AchievementRegistered, DemandPosted, Submission

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """Time that passes by sleeping, and with every submission."""

    def __init__(self, seconds_to_send: float) -> None:
        self.now = 100.0
        self.slept = 0.0
        self.sent: list[Submission] = []
        self.flushed = False
        self._seconds_to_send = seconds_to_send

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.slept += seconds

    def send(self, submission: Submission) -> None:
        self.sent.append(submission)
        self.now += self._seconds_to_send

    def flush(self) -> None:
        self.flushed = True


def test_a_load_comes_at_its_rate() -> None:
    clock = Clock(0.001)
    seconds = load(clock, Load(rate=50, count=500, seed=1), clock, clock.sleep)
    assert seconds == pytest.approx(10, rel=0.01)
    assert len(clock.sent) == 500
    assert clock.flushed


def test_a_load_that_is_too_fast_for_its_outlet_never_sleeps() -> None:
    clock = Clock(0.1)
    seconds = load(clock, Load(rate=50, count=50, seed=1), clock, clock.sleep)
    assert seconds == pytest.approx(5)
    assert clock.slept == 0


def test_one_in_ten_is_a_demand_and_all_keep_the_rules() -> None:
    sent = list(submissions(Load(1, 300, 5, "somebody"), NOW))
    assert Counter(type(each) for each in sent) == {AchievementRegistered: 270, DemandPosted: 30}
    for each in sent:
        assert each.institution_id == "somebody"
        assert rules.faults(*codec.decode_fields(codec.encode(each)), arrived_at=NOW) == []


def test_a_submission_is_about_a_kilobyte() -> None:
    assert 700 < mean(len(codec.encode(each)) for each in submissions(Load(1, 300, 5), NOW)) < 2000


def test_ids_follow_from_the_seed_and_are_never_shared() -> None:
    one, again = ([each.submission_id for each in submissions(Load(1, 300, 5), NOW)] for _ in range(2))
    assert one == again
    assert len(set(one)) == 300
    assert not set(one) & {each.submission_id for each in submissions(Load(1, 300, 6), NOW)}
