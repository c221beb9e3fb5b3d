"""The nine key tasks of the scenario, played by turns: one module for each."""

from __future__ import annotations

from datetime import datetime

from producers.scenario.acts import Cast, turns
from producers.scenario.rounds import Round
from producers.scenario.tasks import (
    bases,
    campaigns,
    companies,
    evaluations,
    funds,
    intermediaries,
    invitations,
    policies,
    uses,
)

_TASKS = (evaluations, campaigns, invitations, policies, intermediaries, companies, uses, funds, bases)


def task_rounds(cast: Cast, seed: int, start: datetime) -> tuple[Round, ...]:
    """What all tasks have to say, turn by turn."""
    said = turns([thread for task in _TASKS for thread in task.threads(cast)], seed, start)
    last = max(said)
    return tuple(Round(f"tasks, turn {turn + 1} of {last + 1}", tuple(parcels)) for turn, parcels in said.items())
