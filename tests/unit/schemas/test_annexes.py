"""Annexes as their events say together: the last deposit counts, an erasure ends it and every grant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.annexes import Annexes
from tests.unit.consumers import facts


def _folded(count: int) -> Annexes:
    found = Annexes()
    for offset, event in enumerate(facts.ANNEXES[:count]):
        found.take(event, offset)
    return found


def test_a_grant_stands_until_it_is_revoked_or_its_day_is_over() -> None:
    annex = _folded(4).known["dlut/a"]
    assert annex.grant_of("neusoft", facts.DAY) == facts.annex_granted(2)
    assert annex.grant_of("neusoft", facts.DAY + timedelta(days=9000)) is None
    assert annex.grant_of("nobody", facts.DAY) is None
    assert _folded(5).known["dlut/a"].grant_of("neusoft", facts.DAY) is None


def test_an_erasure_ends_the_annex_and_its_grants_and_a_later_deposit_begins_without_any() -> None:
    erased = _folded(6)
    annex = erased.known["dlut/a"]
    assert (annex.deposit, annex.grants, annex.erased_version) == (None, {}, 5)
    assert erased.erasures() == {"dlut/a": 5}
    again = _folded(7).known["dlut/a"]
    assert again.deposit is not None
    assert (again.deposit.version, again.deposit.after_erasure, again.deposit.offset) == (6, 5, 6)
    assert again.grants == {}


def test_readings_are_counted_and_are_no_act() -> None:
    annex = _folded(3).known["dlut/a"]
    assert (annex.readings, annex.version) == (1, 2)


def test_what_somebody_looks_at_does_not_change_when_more_is_heard() -> None:
    found = _folded(4)
    seen = found.snapshot()
    for offset, event in enumerate(facts.ANNEXES[4:], 4):
        found.take(event, offset)
    assert seen == _folded(4)
    assert found.position == len(facts.ANNEXES)


def test_another_event_is_a_bug_and_not_passed_over() -> None:
    with pytest.raises(TypeError, match="AchievementRegistered is no event of annexes"):
        Annexes().take(facts.achievement("a"), 0)
