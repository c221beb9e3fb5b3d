"""What parties wrote is shown as they wrote it, whatever it looks like to the terminal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas.records import SpotlightChosen, Text as Words
from streams import pipeline_commands, spotlight_commands
from streams.domain.funnel import Group
from streams.domain.spotlight import Offer, Rule, chosen
from tests.unit.streams.making import achievement


def test_a_title_with_brackets_stands_whole_in_a_spotlight(capsys: pytest.CaptureFixture[str]) -> None:
    offer = Offer(achievement(zh=Words("苯[a]芘 [/b]")), 0)
    entries, over = chosen([offer], Rule(1, 1, ()))
    made = SpotlightChosen("spring [/x]", datetime.now(UTC), "li", 1, 1, (), (), entries, over)
    spotlight_commands._show(made, as_json=False)
    told = capsys.readouterr().out
    assert "苯[a]芘 [/b]" in told
    assert "Spotlight spring [/x]" in told
    assert "1 = maturity 1 × fit 1 × evidence 1 × interest 1 (0 demands)" in told


def test_reasons_of_lost_deals_are_words_and_only_the_first_are_told() -> None:
    lost = {f"too dear [/budget {n}]": 9 - n for n in range(7)}
    title = pipeline_commands._title(Group("all", 42, 0, lost, ()))
    assert "9 lost: too dear [/budget 0]" in title
    assert "[/budget 5]" not in title
    assert title.endswith("; 7 lost for other reasons")
