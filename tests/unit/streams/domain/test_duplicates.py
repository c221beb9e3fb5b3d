"""What is suspected of two achievements is a function of the two, and is taken back when it does not hold any more."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Disclosure, IpKind, IpRight, Text
from streams.domain import sketches
from streams.domain.duplicates import HOLDERS, Evidence, Pair, Suspects, pair, sketched
from tests.unit.streams.making import achievement, long_text, patent

BOTH = ("dicp/A1", "dlut/A1")


class _Register:
    """Suspects that are told of achievements, one a millisecond."""

    def __init__(self) -> None:
        self.suspects = Suspects()
        self.now = 0

    def put(
        self, institution: str, words: str = "pump", version: int = 1, **facets: Any
    ) -> dict[Pair, Evidence | None]:
        self.now += 1
        fact = achievement("A1", words, version, institution_id=institution, **facets)
        return self.suspects.put(sketched(fact), self.now)


def test_one_patent_of_two_institutions_is_evidence_however_it_is_spelled() -> None:
    register = _Register()
    assert register.put("dlut", ip_rights=patent("ZL ２０１８ １ ０１２３４５６.5")) == {}
    found = register.put("dicp", "valve", 3, ip_rights=patent("cn201810123456"))
    assert found == {BOTH: Evidence((3, 1), ("PATENT:CN201810123456",), 0.0, False, 2)}


def test_one_institution_may_have_a_patent_twice() -> None:
    register = _Register()
    for name in ("A1", "A2"):
        fact = achievement(name, long_text(), ip_rights=patent())
        assert register.suspects.put(sketched(fact), 1) == {}


def test_near_texts_are_evidence_and_far_ones_are_none() -> None:
    register = _Register()
    register.put("dlut", long_text(0))
    assert register.put("dmu", long_text(100)) == {}
    ((both, found),) = register.put("dicp", long_text(2)).items()
    assert both == BOTH
    assert found is not None
    assert found.by_text
    assert found.numbers == ()
    assert 0.8 <= found.similarity < 1.0


def test_equal_titles_are_not_enough() -> None:
    register = _Register()
    register.put("dlut", "船体水下清洗机器人")
    assert register.put("dicp", "船体水下清洗机器人") == {}


def test_texts_are_compared_within_a_language() -> None:
    register = _Register()
    register.put("dlut", zh=Text(long_text()), en=Text("pump"))
    assert register.put("dicp", zh=Text("pump"), en=Text(long_text())) == {}


def test_a_copy_in_the_other_language_beside_does_not_hide_a_copy() -> None:
    register = _Register()
    register.put("dlut", zh=Text(long_text()), en=Text(long_text(500)))
    ((_, found),) = register.put("dicp", zh=Text(long_text())).items()
    assert found is not None
    assert (found.by_text, found.similarity) == (True, 1.0)


def test_a_revision_tells_what_changed_of_the_evidence() -> None:
    register = _Register()
    register.put("dlut", ip_rights=patent())
    register.put("dicp", ip_rights=patent())
    again = register.put("dlut", version=2, ip_rights=patent())
    assert again == {BOTH: Evidence((1, 2), ("PATENT:CN201810123456",), 0.0, False, 3)}
    assert register.put("dlut", version=3) == {BOTH: None}
    assert register.suspects.of("dicp/A1") == {}


def test_a_withdrawal_takes_every_suspicion_back() -> None:
    register = _Register()
    for institution in ("dlut", "dicp", "dmu"):
        register.put(institution, ip_rights=patent())
    assert set(register.suspects.pairs()) == {BOTH, ("dicp/A1", "dmu/A1"), ("dlut/A1", "dmu/A1")}
    assert register.suspects.drop("dmu/A1") == {("dicp/A1", "dmu/A1"): None, ("dlut/A1", "dmu/A1"): None}
    assert register.suspects.drop("dmu/A1") == {}
    assert set(register.suspects.pairs()) == {BOTH}


def _under_one_number(register: _Register, number: int, **facets: Any) -> dict[Pair, Evidence | None]:
    register.now += 1
    fact = achievement(f"A{number}", institution_id=("dicp", "dlut")[number % 2], ip_rights=patent(), **facets)
    return register.suspects.put(sketched(fact), register.now)


def test_of_those_that_have_one_number_the_most_senior_are_compared_and_the_next_takes_a_place_that_is_free() -> None:
    register = _Register()
    for number in range(HOLDERS):
        assert len(_under_one_number(register, number)) == (number + 1) // 2
    assert _under_one_number(register, HOLDERS) == {}
    assert len(set(register.suspects.pairs())) == (HOLDERS // 2) ** 2
    changed = register.suspects.drop("dlut/A1")
    gone = {both for both, found in changed.items() if found is None}
    assert gone == {pair("dlut/A1", f"dicp/A{number}") for number in range(0, HOLDERS, 2)}
    assert changed.keys() - gone == {pair(f"dicp/A{HOLDERS}", f"dlut/A{number}") for number in range(3, HOLDERS, 2)}


def test_what_is_hidden_gives_its_place_to_what_is_matched() -> None:
    register = _Register()
    for number in range(HOLDERS):
        _under_one_number(register, number, disclosure=Disclosure.CONFIDENTIAL)
    changed = _under_one_number(register, HOLDERS)
    assert [found for both, found in changed.items() if f"dlut/A{HOLDERS - 1}" in both] == [None] * (HOLDERS // 2)
    assert len(register.suspects.of(f"dicp/A{HOLDERS}")) == HOLDERS // 2 - 1


def test_who_stands_longest_is_senior_and_a_return_begins_anew() -> None:
    register = _Register()
    for institution in ("dlut", "dicp", "dlut"):
        register.put(institution)
    first, second = (register.suspects.seniority(f"{name}/A1") for name in ("dlut", "dicp"))
    assert first is not None
    assert second is not None
    assert first < second
    register.suspects.drop("dlut/A1")
    register.put("dlut")
    back = register.suspects.seniority("dlut/A1")
    assert back is not None
    assert second < back


def _since(register: _Register) -> int:
    found = register.suspects.seniority("dlut/A1")
    assert found is not None
    return found.since


def test_a_revision_that_claims_a_number_of_another_stands_from_then_on() -> None:
    register = _Register()
    register.put("dlut")
    register.put("dicp", ip_rights=patent())
    register.put("dlut", version=2, ip_rights=patent())
    assert _since(register) == 3
    register.put("dlut", version=3)
    assert _since(register) == 3, "giving a number up claims nothing"
    register.put("dlut", version=4, ip_rights=patent())
    assert _since(register) == 5, "and having had it once neither"


def test_a_revision_with_another_text_stands_from_then_on_also_by_small_steps() -> None:
    register = _Register()
    stood = []
    for step in range(6):
        register.put("dlut", long_text(step), step + 1)
        stood.append(_since(register))
    assert stood == [1, 1, 1, 1, 5, 5]
    register.put("dlut", version=7)
    register.put("dlut", long_text(5), 8)
    assert _since(register) == 8, "a text that was given up"


def test_a_text_too_short_to_be_compared_claims_no_longer_one() -> None:
    register = _Register()
    for version, words in enumerate((9, 10, 11), 1):
        register.put("dlut", long_text(words=words), version)
    assert len(sketches.runs(Text(long_text(words=11)))) == sketches.LEAST_RUNS
    assert _since(register) == 3


def test_what_is_not_matched_is_senior_to_nothing_that_is() -> None:
    register = _Register()
    register.put("dlut", disclosure=Disclosure.CONFIDENTIAL)
    register.put("dicp")
    hidden, shown = (register.suspects.seniority(f"{name}/A1") for name in ("dlut", "dicp"))
    assert hidden is not None
    assert shown is not None
    assert shown < hidden


@pytest.mark.parametrize("institutions", [("dlut", "dicp"), ("dicp", "dlut")])
def test_what_is_suspected_does_not_depend_on_who_came_first(institutions: tuple[str, str]) -> None:
    words = {"dlut": long_text(0), "dicp": long_text(1)}
    register = _Register()
    for name in institutions:
        register.put(name, words[name], ip_rights=(*patent(), IpRight(IpKind.KNOW_HOW, "123 457")))
    found = register.suspects.of("dlut/A1")["dicp/A1"]
    assert found == register.suspects.of("dicp/A1")["dlut/A1"]
    assert (found.numbers, found.by_text, found.evident) == (("PATENT:CN201810123456",), True, 2)
