"""The nine key tasks over an achievement's life: nine small tables.

Each task has a table of its subject's own moves and one of its cases' moves: (state, move) → next state, who may make
it, and guards. What a move brings about besides (medians of experts, lines of a fund's ledger) is the task's
``outcome``; who comes next when a place is free, its ``then``; the last day on which a case waits, its ``until``.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.records import LifeTask, TaskMove, TaskState
from streams.domain.tasks import evaluation, fund, incubation, mining, pilot_bases, players, services
from streams.domain.tasks.cases import Guard, Rule, Task, Who, is_in_time

S, M, W = TaskState, TaskMove, Who
_KEEPER, _OPENER, _OWNER, _ANYONE = (frozenset({who}) for who in (W.KEEPER, W.OPENER, W.OWNER, W.ANYONE))
_NAMED = frozenset({W.NAMED})
_EITHER = frozenset({W.KEEPER, W.OPENER})


def _to(state: TaskState, who: frozenset[Who], *guards: Guard, is_given: bool = False) -> Rule:
    return Rule(state, who, guards, is_given)


def _kept() -> dict[tuple[TaskState, TaskMove], Rule]:
    """A subject that its institution opens, revises and closes."""
    return {
        (S.NONE, M.OPEN): _to(S.OPEN, _KEEPER),
        (S.OPEN, M.REVISE): _to(S.OPEN, _KEEPER),
        (S.OPEN, M.CLOSE): _to(S.CLOSED, _KEEPER),
    }


MINING = Task(
    of_subject=_kept(),
    of_case={
        (S.NONE, M.REPORT): _to(S.REPORTED, _ANYONE, mining.is_running),
        (S.REPORTED, M.CONFIRM): _to(S.CONFIRMED, _KEEPER),
        (S.REPORTED, M.REJECT): _to(S.REJECTED, _KEEPER),
        (S.REPORTED, M.WITHDRAW): _to(S.WITHDRAWN, _OPENER),
        (S.CONFIRMED, M.MERGE): _to(S.MERGED, _KEEPER),
        (S.CONFIRMED, M.REJECT): _to(S.REJECTED, _KEEPER),
    },
)
EVALUATION = Task(
    of_subject={},
    of_case={
        (S.NONE, M.REQUEST): _to(S.REQUESTED, _ANYONE, evaluation.is_of_a_standard, evaluation.asks_enough),
        (S.REQUESTED, M.APPOINT): _to(S.REQUESTED, _OPENER, evaluation.is_new, evaluation.is_impartial),
        (S.REQUESTED, M.DECLARE): _to(S.REQUESTED, _OPENER | _NAMED, evaluation.is_appointed, evaluation.is_its_expert),
        (S.REQUESTED, M.ASSESS): _to(
            S.REQUESTED,
            _NAMED,
            evaluation.is_appointed,
            evaluation.is_its_expert,
            evaluation.is_without_conflict,
            evaluation.is_valued_alike,
        ),
        (S.REQUESTED, M.CONCLUDE): _to(S.CONCLUDED, _OPENER, evaluation.has_enough),
        (S.REQUESTED, M.WITHDRAW): _to(S.WITHDRAWN, _OPENER),
    },
    outcome=evaluation.concluded,
)
MARKET_PLAYERS = Task(
    of_subject={},
    of_case={
        (S.NONE, M.INVITE): _to(S.INVITED, _ANYONE, is_in_time, players.is_matched, players.is_only_one),
        (S.NONE, M.REQUEST): _to(S.REQUESTED, _KEEPER, is_in_time, players.is_matched, players.is_only_one),
        (S.INVITED, M.ACCEPT): _to(S.ACCEPTED, _KEEPER),
        (S.INVITED, M.DECLINE): _to(S.DECLINED, _KEEPER),
        (S.INVITED, M.WITHDRAW): _to(S.WITHDRAWN, _OPENER),
        (S.REQUESTED, M.ACCEPT): _to(S.ACCEPTED, _OWNER),
        (S.REQUESTED, M.DECLINE): _to(S.DECLINED, _OWNER),
        (S.REQUESTED, M.WITHDRAW): _to(S.WITHDRAWN, _OPENER),
    },
    expires={S.INVITED: S.EXPIRED, S.REQUESTED: S.EXPIRED},
)
POLICY = Task(
    of_subject=_kept(),
    of_case={
        (S.NONE, M.REPORT): _to(S.REPORTED, _ANYONE),
        (S.REPORTED, M.RESOLVE): _to(S.RESOLVED, _KEEPER),
        (S.REPORTED, M.REJECT): _to(S.REJECTED, _KEEPER),
        (S.REPORTED, M.WITHDRAW): _to(S.WITHDRAWN, _OPENER),
        (S.RESOLVED, M.CONFIRM): _to(S.CONFIRMED, _OPENER),
        (S.RESOLVED, M.REJECT): _to(S.REPORTED, _OPENER),
    },
)
INTERMEDIARY = Task(
    of_subject={
        (S.NONE, M.OPEN): _to(S.PENDING, _KEEPER),
        (S.PENDING, M.REVISE): _to(S.PENDING, _KEEPER),
        (S.PENDING, M.QUALIFY): _to(S.QUALIFIED, _ANYONE, services.is_by_another, is_in_time),
        (S.QUALIFIED, M.QUALIFY): _to(S.QUALIFIED, _ANYONE, services.is_by_another, is_in_time),
        (S.QUALIFIED, M.REVISE): _to(S.QUALIFIED, _KEEPER),
        (S.QUALIFIED, M.SUSPEND): _to(S.SUSPENDED, _ANYONE, services.is_by_another),
        (S.SUSPENDED, M.QUALIFY): _to(S.QUALIFIED, _ANYONE, services.is_by_another, is_in_time),
        **{(state, M.CLOSE): _to(S.CLOSED, _KEEPER) for state in (S.PENDING, S.QUALIFIED, S.SUSPENDED, S.EXPIRED)},
        (S.EXPIRED, M.QUALIFY): _to(S.QUALIFIED, _ANYONE, services.is_by_another, is_in_time),
    },
    of_case={
        (S.NONE, M.ASSIGN): _to(S.ASSIGNED, _ANYONE, services.is_by_another),
        (S.ASSIGNED, M.ACCEPT): _to(S.ACCEPTED, _KEEPER, is_given=True),
        (S.ASSIGNED, M.DECLINE): _to(S.DECLINED, _KEEPER),
        (S.ASSIGNED, M.WITHDRAW): _to(S.WITHDRAWN, _OPENER),
        (S.ACCEPTED, M.COMPLETE): _to(S.COMPLETED, _KEEPER),
        (S.COMPLETED, M.CONFIRM): _to(S.CONFIRMED, _OPENER),
        (S.COMPLETED, M.REJECT): _to(S.ACCEPTED, _OPENER),
    },
    expires={S.QUALIFIED: S.EXPIRED},
)
INCUBATION = Task(
    of_subject=_kept(),
    of_case={
        (S.NONE, M.APPLY): _to(S.APPLIED, _OWNER),
        (S.APPLIED, M.ADMIT): _to(S.INCUBATING, _KEEPER, incubation.has_a_place, is_given=True),
        (S.APPLIED, M.REJECT): _to(S.REJECTED, _KEEPER),
        (S.APPLIED, M.WITHDRAW): _to(S.WITHDRAWN, _OPENER),
        (S.INCUBATING, M.ADVANCE): _to(S.GROWING, _KEEPER),
        (S.GROWING, M.GRADUATE): _to(S.GRADUATED, _KEEPER),
        (S.INCUBATING, M.LEAVE): _to(S.LEFT, _EITHER),
        (S.GROWING, M.LEAVE): _to(S.LEFT, _EITHER),
    },
)
APPLICATION = Task(
    of_subject={},
    of_case={
        (S.NONE, M.PROPOSE): _to(S.PROPOSED, _ANYONE),
        # Whose achievement it is says that it is tried: a stranger's scenario is nobody's use.
        (S.PROPOSED, M.TRY): _to(S.TRIED, _KEEPER),
        (S.TRIED, M.USE): _to(S.IN_USE, _KEEPER | _NAMED),
        (S.IN_USE, M.EARN): _to(S.IN_USE, _KEEPER | _NAMED, services.is_earned_once),
        **{(state, M.CLOSE): _to(S.CLOSED, _EITHER) for state in (S.PROPOSED, S.TRIED, S.IN_USE)},
    },
)
FUND = Task(
    of_subject={
        (S.NONE, M.OPEN): _to(S.OPEN, _KEEPER),
        (S.OPEN, M.COMMIT): _to(S.OPEN, _KEEPER, fund.is_in_its_currency),
        (S.OPEN, M.CLOSE): _to(S.CLOSED, _KEEPER, fund.is_settled),
    },
    of_case={
        (S.NONE, M.APPLY): _to(S.APPLIED, _ANYONE, fund.is_in_its_currency),
        (S.APPLIED, M.APPROVE): _to(
            S.APPROVED, _KEEPER, fund.is_in_its_currency, fund.is_applied_for, fund.is_there, is_given=True
        ),
        (S.APPLIED, M.REJECT): _to(S.REJECTED, _KEEPER),
        (S.APPLIED, M.WITHDRAW): _to(S.WITHDRAWN, _OPENER),
        **{
            (state, move): rule
            for state in (S.APPROVED, S.DRAWN, S.REPAID)
            for move, rule in {
                M.DRAW: _to(S.DRAWN, _KEEPER, fund.is_in_its_currency, fund.is_approved),
                M.REPAY: _to(S.REPAID, _KEEPER, fund.is_in_its_currency, fund.is_owed),
                M.WRITE_OFF: _to(S.WRITTEN_OFF, _KEEPER, fund.is_in_its_currency, fund.is_owed),
                M.CLOSE: _to(S.CLOSED, _KEEPER, fund.is_repaid),
            }.items()
        },
        (S.WRITTEN_OFF, M.CLOSE): _to(S.CLOSED, _KEEPER, fund.is_repaid),
        # What was written off in part may be lost in the end, or come back.
        (S.WRITTEN_OFF, M.WRITE_OFF): _to(S.WRITTEN_OFF, _KEEPER, fund.is_in_its_currency, fund.is_owed),
        (S.WRITTEN_OFF, M.REPAY): _to(S.REPAID, _KEEPER, fund.is_in_its_currency, fund.is_owed),
    },
    outcome=fund.posted,
)
PILOT_BASE = Task(
    of_subject={
        **_kept(),
        (S.OPEN, M.OFFER): _to(S.OPEN, _KEEPER, pilot_bases.is_new, pilot_bases.is_capable),
    },
    of_case={
        (S.NONE, M.BOOK): _to(S.BOOKED, _OWNER, pilot_bases.is_offered, pilot_bases.is_ripe),
        (S.BOOKED, M.CANCEL): _to(S.CANCELLED, _EITHER),
        (S.WAITING, M.CANCEL): _to(S.CANCELLED, _EITHER),
        (S.BOOKED, M.COMPLETE): _to(S.COMPLETED, _KEEPER),
    },
    outcome=pilot_bases.placed,
    then=pilot_bases.promoted,
    expires={S.WAITING: S.EXPIRED},
    last_day=pilot_bases.last_day,
)

TASKS: Mapping[LifeTask, Task] = {
    LifeTask.MINING: MINING,
    LifeTask.EVALUATION: EVALUATION,
    LifeTask.MARKET_PLAYERS: MARKET_PLAYERS,
    LifeTask.POLICY: POLICY,
    LifeTask.INTERMEDIARY: INTERMEDIARY,
    LifeTask.INCUBATION: INCUBATION,
    LifeTask.APPLICATION: APPLICATION,
    LifeTask.FUND: FUND,
    LifeTask.PILOT_BASE: PILOT_BASE,
}
