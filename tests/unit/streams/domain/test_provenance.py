"""What a term contributes belongs to the fields of the achievement that it stands in."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from schemas.records import FIELD_PARTS, AchievementRegistered, DemandPosted, Factor, Text
from streams.domain import matching
from streams.domain.counts import OFFERED, counts_by_field, said, term_counts
from streams.domain.index.text_index import TextIndex, Vocabulary
from streams.domain.model import ScoringModel
from streams.domain.profile import AchievementProfile, DemandProfile, achievement_profile, demand_profile
from streams.domain.provenance import Split
from tests.unit.streams.making import MODEL, achievement, achievement_facets, demand, demand_facets

_words = st.lists(st.sampled_from(["pump", "valve", "blade", "泵", "阀", "泵阀", "6 mm"]), max_size=6).map(" ".join)
_texts = st.none() | st.builds(Text, _words, _words, st.lists(_words, max_size=3).map(tuple))
_records = st.builds(lambda zh, en, facets: achievement(zh=zh, en=en, **facets), _texts, _texts, achievement_facets)
_asked = st.builds(lambda words, facets: demand(words=words, **facets), _words, demand_facets)


def _with_lead(lead: int) -> ScoringModel:
    return replace(MODEL, zh=replace(MODEL.zh, lead=lead), en=replace(MODEL.en, lead=lead))


def _split(term: str, **text: str | tuple[str, ...]) -> Split | None:
    values = {"title": "", "abstract": "", **text}
    return achievement_profile(achievement(zh=None, en=Text(**values)), MODEL).fields.get(term)  # type: ignore[arg-type]


def test_a_term_belongs_to_its_fields_in_proportion_to_its_counts_there_by_their_weights() -> None:
    assert _split("pump", title="pump", abstract="a pump for water") == (180, 0)
    assert _split("pump", title="pump", abstract="pump, pump", keywords=("pump",)) == (103, 69)
    assert _split("pump", title="pump", keywords=("pump", "pump valve")) == (103, 137)
    assert _split("pump", keywords=("pump",)) == (0, FIELD_PARTS)
    # Words of the abstract alone are not kept: they are most.
    assert _split("pump", title="valve", abstract="pump") is None


@given(_texts, st.integers(0, 20))
def test_counting_by_fields_counts_the_whole_text_to_the_last_bit(text: Text | None, lead: int) -> None:
    if text is not None:
        assert counts_by_field(said(text, OFFERED, lead)).every == term_counts(text, OFFERED, lead)


@given(_texts, _texts, st.integers(0, 20))
@settings(deadline=None)
def test_the_parts_of_a_term_are_what_each_field_alone_counts_in_both_languages(
    zh: Text | None, en: Text | None, lead: int
) -> None:
    profile = achievement_profile(achievement(zh=zh, en=en), _with_lead(lead))
    texts = [text for text in (zh, en) if text is not None]
    for term in profile.terms:
        title, keywords, abstract = (
            math.fsum(term_counts(field, OFFERED, lead).get(term, 0.0) for field in fields)
            for fields in (
                [Text(text.title) for text in texts],
                [Text("", "", text.keywords) for text in texts],
                [Text("", text.abstract) for text in texts],
            )
        )
        first, second = profile.fields.get(term, (0, 0))
        whole = title + keywords + abstract
        assert abs(first - FIELD_PARTS * title / whole) <= 0.5
        assert abs(second - FIELD_PARTS * keywords / whole) <= 0.5
        assert first + second <= FIELD_PARTS
        assert (first + second == FIELD_PARTS) == (not abstract)
    assert profile.fields.keys() <= profile.terms.keys()


@given(_records, _asked, st.integers(0, 3))
@settings(deadline=None)
def test_contributions_of_fields_recompute_each_terms_contribution_and_so_the_score(
    offered: AchievementRegistered, asked: DemandPosted, named: int
) -> None:
    mine, theirs = achievement_profile(offered, MODEL), demand_profile(asked, MODEL)
    found = matching.reasons(mine, theirs, matching.shared_terms(mine, theirs), named)
    for reason in found:
        assert math.isclose(
            math.fsum(reason.fields.values()),
            reason.contribution if reason.factor is Factor.TERM else 0.0,
            abs_tol=1e-12,
        )
        assert all(part > 0 for part in reason.fields.values())
        assert bool(reason.fields) == (reason.factor is Factor.TERM)
    facets = math.fsum(reason.contribution for reason in found if reason.factor is not Factor.TERM)
    by_field = math.fsum(part for reason in found for part in reason.fields.values())
    worth = matching.points(matching.text_points(mine, theirs), mine, theirs)
    assert math.isclose(by_field + facets, worth / matching.FULL, abs_tol=1e-9)


def test_terms_that_are_not_named_are_told_by_their_fields_together() -> None:
    offered = achievement_profile(achievement(words="pump", zh=Text("pump", "valve", ("blade",))), MODEL)
    asked = demand_profile(demand(words="pump valve blade"), MODEL)
    shared = matching.shared_terms(offered, asked)
    (rest,) = (one for one in matching.reasons(offered, asked, shared, 0) if one.factor is Factor.TERM)
    every = [one for one in matching.reasons(offered, asked, shared) if one.factor is Factor.TERM]
    assert rest.detail == "+3"
    assert {one.detail: list(one.fields) for one in every} == {
        "pump": ["title"], "blade": ["keywords"], "valv": ["abstract"],
    }  # fmt: skip
    by_detail = {one.detail: one.contribution for one in every}
    assert rest.fields == pytest.approx(
        {"title": by_detail["pump"], "keywords": by_detail["blade"], "abstract": by_detail["valv"]},
        abs=rest.contribution / FIELD_PARTS,
    )


@given(st.lists(_texts, min_size=1, max_size=5), _words)
@settings(deadline=None)
def test_the_index_tells_the_fields_of_what_stands_in_it_also_after_revisions(
    texts: list[Text | None], wish: str
) -> None:
    vocabulary = Vocabulary()
    achievements: TextIndex[AchievementProfile] = TextIndex(vocabulary)
    demands: TextIndex[DemandProfile] = TextIndex(vocabulary)
    asked = demand_profile(demand(words=wish), MODEL)
    demands.put(asked)
    for text in texts:
        profile = achievement_profile(achievement(zh=text), MODEL)
        achievements.put(profile)
        assert achievements.whole(profile) == profile
        assert achievements.shared(profile, demands, asked) == matching.shared_terms(profile, asked)
