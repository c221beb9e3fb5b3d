"""What records of the market do to the tables: achievements, demands, matches and what may be the same."""

from __future__ import annotations

from consumers.rows.change import Change, Changes, Key, Values, money, without

_ON_THE_MARKET: Values = {"withdrawn_at": None, "withdrawal_reason": None}


def _registered(values: Values) -> Change:
    row = {**without(values, "price"), **money("price", values["price"]), **_ON_THE_MARKET}
    return Change("achievements", (values["institution_id"], values["achievement_id"]), row)


def _posted(values: Values) -> Change:
    row = {**without(values, "budget"), **money("budget", values["budget"]), **_ON_THE_MARKET}
    return Change("demands", (values["institution_id"], values["demand_id"]), row)


def _achievement_withdrawn(values: Values) -> Change:
    return Change("achievements", (values["institution_id"], values["achievement_id"]), _withdrawal(values))


def _demand_withdrawn(values: Values) -> Change:
    return Change("demands", (values["institution_id"], values["demand_id"]), _withdrawal(values))


def _withdrawal(values: Values) -> Values:
    return {**without(values, "reason"), "withdrawal_reason": values["reason"]}


def _matched(values: Values) -> Change:
    return Change("matches", (values["match_id"],), values)


def _match_withdrawn(values: Values) -> Change:
    return Change("matches", (values["match_id"],), None)


def _suspected(values: Values) -> Change:
    return Change("duplicate_suspicions", _both(values), values)


def _retracted(values: Values) -> Change:
    return Change("duplicate_suspicions", _both(values), None)


def _resolved(values: Values) -> Change:
    return Change("duplicate_decisions", _both(values), values)


def _represented(values: Values) -> Change:
    key = values["institution_id"], values["achievement_id"]
    return Change("representations", key, None if values["by_achievement_id"] is None else values)


def _both(values: Values) -> Key:
    return tuple(
        values[f"{side}_{part}"] for side in ("first", "second") for part in ("institution_id", "achievement_id")
    )


#: By the record's name.
CHANGES: Changes = {
    "AchievementRegistered": _registered,
    "AchievementWithdrawn": _achievement_withdrawn,
    "DemandPosted": _posted,
    "DemandWithdrawn": _demand_withdrawn,
    "MatchProposed": _matched,
    "MatchRevised": _matched,
    "MatchWithdrawn": _match_withdrawn,
    "DuplicateSuspected": _suspected,
    "DuplicateRetracted": _retracted,
    "DuplicateResolved": _resolved,
    "RepresentationChanged": _represented,
}
