"""A child is started again after growing pauses, and stopped with grace."""

from __future__ import annotations

import sys

import pytest

from infra import children, runfiles
from infra.children import Child, Command, Deaths, ended, tail
from infra.home import Home
from tests.unit.infra.conftest import Until

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}"


def child(place: Home, code: str, grace: float = 5.0) -> Child:
    return Child(Command("dummy", (sys.executable, "-c", code), grace=grace), place, lambda: True)


def test_pauses_double_and_five_deaths_within_a_minute_are_too_many() -> None:
    deaths = Deaths()
    pauses = []
    for now in range(5):
        deaths.count(float(now))
        pauses.append(deaths.pause)
    assert pauses == [0.5, 1.0, 2.0, 4.0, 30.0]
    assert deaths.too_many


def test_deaths_of_more_than_a_minute_ago_are_forgiven_but_counted() -> None:
    deaths = Deaths()
    for now in (0.0, 20.0, 40.0, 60.0, 80.0, 100.0):
        deaths.count(now)
    assert not deaths.too_many
    assert deaths.total == 6


def test_a_child_that_dies_is_started_again_and_the_news_says_so(place: Home, until: Until) -> None:
    dying = child(place, "import sys; sys.exit(3)")
    dying.start()
    until(lambda: dying.exit_code() is not None)
    news = dying.look_after(100.0)
    assert news is not None
    assert "dummy ended with code 3" in news
    assert dying.state == "restarting"
    assert dying.look_after(100.4) is None
    assert dying.exit_code() is None
    dying.look_after(100.6)
    until(lambda: dying.exit_code() == 3)
    assert dying.deaths.total == 1
    assert children.stop([dying]) == ()


def test_a_healthy_child_is_ready_and_recorded_so(place: Home, until: Until) -> None:
    sleeping = child(place, SLEEPS)
    sleeping.start()
    until(lambda: tail(sleeping.log) == "up")
    assert sleeping.look_after(0.0) is None
    (record,) = runfiles.read_all(place.run)
    assert (record.name, record.state) == ("dummy", "ready")
    assert runfiles.is_alive(record)
    assert children.stop([sleeping]) == ()
    assert runfiles.read_all(place.run) == ()


def test_a_child_that_does_not_stop_is_killed_after_its_grace(place: Home, until: Until) -> None:
    stubborn = child(place, STUBBORN, grace=0.2)
    stubborn.start()
    until(lambda: tail(stubborn.log) == "up")
    (record,) = runfiles.read_all(place.run)
    assert children.stop([stubborn]) == ("dummy",)
    assert not runfiles.is_alive(record)


@pytest.mark.parametrize(
    ("code", "sentence"), [(0, "ended with code 0"), (-9, "was killed by SIGKILL"), (-200, "was killed by signal 200")]
)
def test_how_a_process_ended_is_said_in_words(code: int, sentence: str) -> None:
    assert ended(code) == sentence


def test_a_log_that_grew_large_is_put_aside_at_the_next_start(place: Home, until: Until) -> None:
    grown = child(place, "print('fresh')")
    grown.log.write_bytes(b"x" * (16 * 1024 * 1024 + 1))
    grown.start()
    until(lambda: grown.exit_code() == 0)
    assert tail(grown.log) == "fresh"
    assert grown.log.with_suffix(".log.1").stat().st_size > 16 * 1024 * 1024
