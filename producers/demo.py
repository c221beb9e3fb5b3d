"""The demo: a whole TechDock with the Dalian scenario going through it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich.console import Console

from infra import home
from infra.home import Home
from infra.settings import Settings
from producers import admittance
from producers.demo_commands import announced, verified
from producers.demo_feed import Feed
from producers.demo_summary import Summary, summary
from producers.demo_system import System, system
from producers.demo_view import LiveView, PlainView, StartView, view
from producers.demo_watch import Watch
from producers.scenario import LENGTH, Scenario, scenario

_ILLUSTRATIVE = "The Dalian scenario is illustrative: its achievements, enterprises, prices and deals are made up."
#: How long a round stays in sight, in seconds.
_LINGER = 0.7
#: Nothing more comes when nothing came for so long, in seconds; longer than a poll.
_SILENCE = 0.6
_NEXT = (
    "The story is told; everything stays up until Ctrl-C. In another terminal, try:",
    "  techdock matches                      the best matches, with their reasons",
    "  techdock matches --demand {demand}",
    "  techdock explain {demand} {achievement}",
    "  techdock deals                        deals and the pipeline by stage",
    "  techdock status                       processes, and what waits",
    "  techdock verify --drain               recompute everything and compare",
    "  techdock load --rate 50 --count 1000  more to do",
    "Over HTTPS: {intake}/v1/submissions, with a token of `techdock token issue ID`.",
)


@dataclass(frozen=True, slots=True)
class Telling:
    """How the demo is told: of which seed, to whom, and whether it ends by itself."""

    seed: int
    console: Console
    exits: bool
    settings: Settings


def run(telling: Telling) -> Summary:
    """Tells the story and returns its summary; a story that does not end by itself ends with ``KeyboardInterrupt``.

    Raises as ``techdock up``; whatever happens, a system that was started for it is stopped.
    """
    _end_like_interrupted()
    console = telling.console
    console.print(_ILLUSTRATIVE, soft_wrap=True)
    with StartView(console) as start, system(Home(telling.settings.home), start.say) as running:
        start.stop()
        reached = home.endpoints(telling.settings)
        bootstrap = reached.bootstrap
        story = scenario(telling.seed, _start())
        slugs = [institution.slug for institution in story.institutions]
        if new := admittance.introduce(bootstrap, story.described, datetime.now(UTC)):
            start.say(f"{new} institutions admitted and described")
        with Watch(bootstrap, slugs) as watch, view(console, watch) as shown:
            tick = _tick(running, shown)
            with Feed(bootstrap, watch, tick) as feed:
                for told in story.rounds:
                    shown.phase(told.title)
                    feed.round(told)
                    if told.announces:
                        count = announced(told.announces, tick)
                        shown.say(f"{count} achievements are announced for session {told.announces}")
                    if not telling.exits:
                        _linger(watch, tick)
            if not telling.exits:
                _stay(story, watch, shown, tick, reached.intake_url)
            shown.phase("waiting until everything is worked off, then recomputing and comparing it")
            report = verified(tick)
            _catch_up(watch)
            with watch.looking() as market:
                return summary(market, story, report)


def _stay(
    story: Scenario, watch: Watch, shown: LiveView | PlainView, tick: Callable[[], None], intake: str | None
) -> None:
    """Until Ctrl-C."""
    shown.phase("the market is open")
    for line in _NEXT:
        shown.say(
            line.format(demand=story.demands[0].ref, achievement=story.achievements[0].ref, intake=intake or "nowhere")
        )
    while True:
        watch.wait(1.0)
        tick()


def _linger(watch: Watch, tick: Callable[[], None]) -> None:
    """Someone is looking: let every round be seen."""
    until = time.monotonic() + _LINGER
    while (left := until - time.monotonic()) > 0:
        watch.wait(left)
        tick()


def _catch_up(watch: Watch) -> None:
    """Everything is decided and written: returns when nothing of it is left to hear."""
    heard = -1
    while heard != watch.records:
        heard = watch.records
        watch.wait(_SILENCE)


def _start() -> datetime:
    """The story ends today."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=LENGTH)


def _tick(running: System, shown: LiveView | PlainView) -> Callable[[], None]:
    def tick() -> None:
        running.check()
        shown.tick()

    return tick


def _end_like_interrupted() -> None:
    """Being asked to stop is the same as Ctrl-C: what was started is stopped before we go."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, interrupt)
