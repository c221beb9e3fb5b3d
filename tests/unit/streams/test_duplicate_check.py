"""The check finds what comparing all with all finds, and whatever was told otherwise."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

from schemas.records import DuplicateOutcome, DuplicateRetracted, DuplicateSuspected
from streams.domain import sketches
from streams.duplicate_check import Outcome, Standing, differences, expected, suspected_as_told
from tests.unit.streams.making import NOW, achievement, long_text, no_achievement, patent, resolved

BOTH = ("dicp/A1", "dlut/A1")


def _two() -> Standing:
    standing = Standing()
    for arrived, name in enumerate(("dlut", "dicp")):
        standing.take(achievement(institution_id=name, ip_rights=patent()), arrived)
    return standing


def test_all_that_are_near_are_found_as_by_trying_every_pair() -> None:
    chance = random.Random(7)
    words = [f"word{number}" for number in range(400)]
    first = [" ".join(chance.sample(words, 40)) for _ in range(12)]
    standing, texts = Standing(), {}
    for number in range(60):
        kept = chance.choice(first).split()
        for _ in range(chance.randrange(4)):
            kept[chance.randrange(40)] = chance.choice(words)
        fact = achievement(f"A{number}", " ".join(kept), institution_id=f"lab-{number % 5}")
        standing.take(fact, number)
        texts[fact.ref] = sketches.runs(fact.zh)
    found = expected(standing, ())
    near = {
        (one, other)
        for one, other in itertools.combinations(sorted(texts), 2)
        if one.split("/")[0] != other.split("/")[0] and sketches.similarity(texts[one], texts[other]) >= sketches.NEAR
    }
    assert len(near) > 25
    assert found.near == len(near)
    assert near - found.suspected.keys() == {both for both in near if not _share_a_band(*(texts[ref] for ref in both))}
    assert found.unproposed == len(near - found.suspected.keys())


def _share_a_band(one: sketches.Runs, other: sketches.Runs) -> bool:
    return not sketches.bands(one, 0).isdisjoint(sketches.bands(other, 0))


def test_what_is_withdrawn_is_compared_with_nothing() -> None:
    standing = _two()
    standing.take(no_achievement(), 2)
    assert expected(standing, ()).suspected == {}


def test_a_later_claim_takes_nobody_off_the_market() -> None:
    standing = Standing()
    standing.take(achievement("junk", institution_id="evil"), 1)
    standing.take(achievement(institution_id="good", ip_rights=patent()), 3)
    standing.take(achievement("junk", version=2, institution_id="evil", ip_rights=patent()), 4)
    assert expected(standing, ()).represented == {"evil/junk": "good/A1"}


def test_a_decision_changes_who_stands_and_not_what_is_suspected() -> None:
    alone = expected(_two(), ())
    apart = expected(_two(), [resolved(*BOTH, DuplicateOutcome.DISTINCT)])
    assert alone.suspected == apart.suspected
    assert (alone.represented, apart.represented) == ({"dicp/A1": "dlut/A1"}, {})


def test_what_was_told_is_the_last_word_about_a_pair() -> None:
    told = DuplicateSuspected("dicp", "A1", 1, "dlut", "A1", 1, ("PATENT:CN201810123456",), 1.0, False, NOW)
    again = replace(told, second_version=2)
    (one,) = suspected_as_told([told, again]).values()
    assert (one.versions, one.evident) == ((1, 2), int(NOW.timestamp() * 1000))
    assert suspected_as_told([told, DuplicateRetracted("dicp", "A1", "dlut", "A1", NOW)]) == {}


def test_everything_that_was_told_otherwise_is_named() -> None:
    should = expected(_two(), ())
    assert not [*differences(should, should)]
    (evidence,) = should.suspected.values()
    wrong = Outcome({BOTH: evidence._replace(similarity=0.5)}, {"dlut/A1": "dicp/A1"})
    found = [*differences(should, wrong)]
    assert [(one["what"], one.get("achievement")) for one in found] == [
        ("duplicate", None), ("representation", "dicp/A1"), ("representation", "dlut/A1"),
    ]  # fmt: skip
    assert [one["what"] for one in differences(should, Outcome({}, {}))] == ["duplicate", "representation"]
    assert [one["what"] for one in differences(Outcome({}, {}), should)] == ["duplicate", "representation"]


def test_texts_of_both_languages_are_compared_each_with_its_own() -> None:
    standing = Standing()
    for arrived, (name, language) in enumerate((("dlut", "zh"), ("dicp", "en"), ("dmu", "en"))):
        fact = achievement(institution_id=name, words=long_text())
        standing.take(replace(fact, zh=None, en=fact.zh) if language == "en" else fact, arrived)
    assert set(expected(standing, ()).suspected) == {("dicp/A1", "dmu/A1")}
