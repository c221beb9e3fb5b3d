"""Records are found by their names, and what the register says of them is taken into the explanation."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from schemas.errors import Misconfigured
from streams.domain.explanation import Obstacle
from streams.explanation import UnknownReference, as_json, explanation, reference_of
from streams.register import Facts
from tests.unit.streams.making import DAY, MODEL, NOW, achievement, demand

KNOWN = ["dlut/A1", "dlut/A2", "dicp/A2", "dicp/A/3", "A/3"]


def test_a_record_is_found_by_its_id_or_by_institution_and_id() -> None:
    assert reference_of("achievement", "A1", KNOWN) == "dlut/A1"
    assert reference_of("achievement", "dicp/A2", KNOWN) == "dicp/A2"
    # A reference goes before an id that is spelled alike.
    assert reference_of("achievement", "A/3", KNOWN) == "A/3"
    assert reference_of("achievement", "3", KNOWN) == "A/3"


def test_an_id_of_several_is_refused_and_names_them() -> None:
    with pytest.raises(UnknownReference, match=r"is the id of 2: give one of dicp/A2, dlut/A2$"):
        reference_of("achievement", "A2", KNOWN)


@pytest.mark.parametrize(("asked", "near"), [("A11", "dlut/A1"), ("dlut/A3", "dlut/A1"), ("DLUT/A1", "dlut/A1")])
def test_an_unknown_name_is_told_what_is_near(asked: str, near: str) -> None:
    with pytest.raises(UnknownReference, match=f"there is no achievement '{asked}'.*near are .*{near}"):
        reference_of("achievement", asked, KNOWN)


def test_an_unknown_name_that_resembles_nothing_is_told_what_to_give() -> None:
    with pytest.raises(UnknownReference, match=r"give its id as it was submitted, or institution/id$"):
        reference_of("demand", "zzzz", [])


MODELS = {0: MODEL, 1: MODEL}


def _facts() -> Facts:
    """Two lanes whose clocks differ, with one of everything that is gone."""
    lanes = {
        0: [achievement("A1"), achievement("SOLD"), achievement("TWICE")],
        1: [achievement("A2", "pump pump"), achievement("OLD", valid_until=date(2026, 2, 27))],
    }
    gone, closed = achievement("GONE"), demand("CLOSED")
    return Facts(
        {lane: {one.ref: one for one in records} for lane, records in lanes.items()},
        {one.ref: one for one in (demand("D1"), demand("D2", matches_wanted=1))},
        withdrawn={0: {}, 1: {gone.ref: gone}},
        closed={closed.ref: closed},
        contracted={"dlut/SOLD"},
        represented={"dlut/TWICE": "dicp/A1"},
        clocks={0: NOW, 1: NOW + DAY},
    )


def test_the_achievements_of_all_lanes_compete_for_a_place_and_what_is_sold_does_not() -> None:
    facts = _facts()
    first, second = (explanation(facts, "D1", name, MODELS) for name in ("A1", "A2"))
    assert {first.place, second.place} == {1, 2}
    assert first.is_match
    assert second.is_match
    assert {first.pair.now, second.pair.now} == {NOW, NOW + DAY}
    loser = first if first.place == 2 else second
    told = explanation(facts, "D2", loser.pair.achievement.ref, MODELS)
    assert (told.obstacles, told.place, len(told.ahead)) == ((Obstacle.OUTRANKED,), 2, 1)


@pytest.mark.parametrize(
    ("wish", "offer", "obstacle"),
    [
        ("D1", "GONE", Obstacle.ACHIEVEMENT_WITHDRAWN),
        ("D1", "SOLD", Obstacle.ACHIEVEMENT_CONTRACTED),
        ("D1", "TWICE", Obstacle.DUPLICATE),
        ("D1", "OLD", Obstacle.ACHIEVEMENT_EXPIRED),
        ("CLOSED", "A1", Obstacle.DEMAND_WITHDRAWN),
    ],
)
def test_what_is_gone_is_still_explained(wish: str, offer: str, obstacle: Obstacle) -> None:
    told = explanation(_facts(), wish, offer, MODELS)
    assert told.obstacles == (obstacle,)
    assert told.score > told.threshold


def test_each_lane_scores_by_the_model_that_it_follows() -> None:
    strict = replace(MODEL, version="strict", threshold=1.0)
    ranked = explanation(_facts(), "D1", "A1", {0: MODEL, 1: strict})
    assert ranked.place == 1
    assert ranked.threshold == pytest.approx(MODEL.threshold)
    told = explanation(_facts(), "D1", "A2", {0: MODEL, 1: strict})
    assert (told.obstacles, told.threshold) == ((Obstacle.BELOW_THRESHOLD,), 1.0)


def test_without_a_model_nothing_can_be_explained_and_what_to_do_is_said() -> None:
    with pytest.raises(Misconfigured, match="techdock model publish"):
        explanation(_facts(), "D1", "A1", {1: MODEL})


def test_an_explanation_is_plain_values_for_machines() -> None:
    said = json.loads(json.dumps(as_json(explanation(_facts(), "D2", "dlut/A1", MODELS))))
    assert (said["demand"], said["achievement"]) == ("district-210202/D2", "dlut/A1")
    assert said["is_match"] == (not said["obstacles"])
    assert sum(one["contribution"] for one in said["reasons"]) == pytest.approx(said["score"])
    assert said["gates"][2] == {"name": "maturity", "passed": True, "offered": None, "asked": None}
