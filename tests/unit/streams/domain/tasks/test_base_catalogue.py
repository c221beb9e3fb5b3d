"""The catalogue of pilot-test bases tells what is free and who waits, and finds bases by what they can do."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import LifeTask, TaskMove, TaskState, Text
from streams.domain.tasks.base_catalogue import Base, catalogue, fits, fitting
from tests.unit.streams.domain.tasks.playing import TODAY, Play
from tests.unit.streams.making import achievement

M = TaskMove
_OFFERED = {"achievement_institution_id": "dlut", "achievement_id": "A1"}


def _base(*labels: str) -> Play:
    play = Play(LifeTask.PILOT_BASE)
    play.counts(M.OPEN, title="base", labels=labels or ("distillation",))
    play.counts(M.OFFER, slot_id="W1", count=1, since=TODAY, until=TODAY, labels=labels[:1])
    return play


def _catalogued(**bases: Play) -> tuple[Base, ...]:
    return catalogue({(LifeTask.PILOT_BASE, f"dlut/{name}"): play.subject for name, play in bases.items()})


def test_a_slot_tells_who_has_its_places_and_who_waits_in_which_order() -> None:
    play = _base()
    for case_id in ("B1", "B2", "B3"):
        play.move(M.BOOK, case_id, slot_id="W1", maturity=5, **_OFFERED)
    ((slot,),) = (base.slots for base in _catalogued(LINE=play))
    assert (slot.places, slot.free) == (1, 0)
    assert [(one.case_id, one.achievement, one.state) for one in slot.booked] == [("B1", "dlut/A1", TaskState.BOOKED)]
    assert [one.case_id for one in slot.waiting] == ["B2", "B3"]
    play.move(M.CANCEL, "B1")
    ((slot,),) = (base.slots for base in _catalogued(LINE=play))
    assert [[one.case_id for one in part] for part in (slot.booked, slot.waiting)] == [["B2"], ["B3"]]


def test_what_is_free_is_what_nobody_has() -> None:
    ((slot,),) = (base.slots for base in _catalogued(LINE=_base()))
    assert (slot.free, slot.booked, slot.waiting) == (1, (), ())


@pytest.mark.parametrize(
    ("label", "offered", "does"),
    [
        ("C26", {"industries": ("C2661",)}, True),
        ("C2661", {"industries": ("C26",)}, True),
        ("C27", {"industries": ("C26",)}, False),
        ("Centrifuge", {"industries": ("C",)}, False),
        ("Membrane", {"en": Text("A membrane for hydrogen")}, True),
        ("催化剂", {"zh": Text("膜电极", keywords=("催化剂",))}, True),
        ("催化", {"zh": Text("膜电极", keywords=("催化剂",))}, False),
        ("laser", {"en": Text("A membrane", "cut by laser")}, False),
    ],
)
def test_a_label_fits_by_industry_or_by_title_and_keywords(label: str, offered: dict[str, Any], does: bool) -> None:
    assert fits(label, achievement(**offered)) is does


def test_bases_that_fit_by_more_labels_come_first_and_closed_ones_not_at_all() -> None:
    closed = _base("C26")
    closed.counts(M.CLOSE)
    bases = _catalogued(A=_base("C26"), B=_base("C26", "pump"), C=_base("C37"), D=closed)
    found = fitting(bases, achievement(words="pump", industries=("C26",)))
    assert [(base.ref, base.fitting) for base in found] == [("dlut/B", ("C26", "pump")), ("dlut/A", ("C26",))]
