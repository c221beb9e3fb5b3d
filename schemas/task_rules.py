"""Rules of moves in the nine key tasks, as far as the move alone tells: which fields each needs, and which it takes.

One table for each task, by move: fields that have to be there, fields that may be. Moves of the subject itself, which
name no case, stand apart from those of a case. A field that a move does not take is refused: nobody would read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from schemas import texts
from schemas.amounts import money, number
from schemas.faults import fault
from schemas.records import Fault, LifeTask, TaskMove

MAX_LINE, MAX_TEXT, MAX_NAME, MAX_PARTS = 500, 10_000, 200, 1_000_000
#: Longest expression of a policy.
MAX_RULE = 2_000

Values = Mapping[str, Any]


class Takes(NamedTuple):
    """What a move needs, and what it may have besides; ``reason`` may always be there."""

    needs: frozenset[str]
    may: frozenset[str]


def _takes(needs: str = "", may: str = "") -> Takes:
    return Takes(frozenset(needs.split()), frozenset(may.split()))


M = TaskMove
_NOTHING, _WHY, _PROOF = _takes(), _takes("reason"), _takes("evidence", "text")
_CAMPAIGN = _takes("title count since until", "text")
_POLICY = _takes("title policy since", "text until labels")
_PROFILE = _takes("title labels count", "text")
_INCUBATOR = _takes("title count", "text labels")
_BASE = _takes("title labels", "text")
#: What each move of a subject takes.
OF_SUBJECT: Mapping[LifeTask, Mapping[TaskMove, Takes]] = {
    LifeTask.MINING: {M.OPEN: _CAMPAIGN, M.REVISE: _CAMPAIGN, M.CLOSE: _NOTHING},
    LifeTask.EVALUATION: {},
    LifeTask.MARKET_PLAYERS: {},
    LifeTask.POLICY: {M.OPEN: _POLICY, M.REVISE: _POLICY, M.CLOSE: _WHY},
    LifeTask.INTERMEDIARY: {
        M.OPEN: _PROFILE, M.REVISE: _PROFILE, M.QUALIFY: _takes("title evidence until"), M.SUSPEND: _WHY,
        M.CLOSE: _NOTHING,
    },
    LifeTask.INCUBATION: {M.OPEN: _INCUBATOR, M.REVISE: _INCUBATOR, M.CLOSE: _NOTHING},
    LifeTask.APPLICATION: {},
    LifeTask.FUND: {
        M.OPEN: _takes("title amount", "text"), M.COMMIT: _takes("title amount evidence"), M.CLOSE: _NOTHING,
    },
    LifeTask.PILOT_BASE: {
        M.OPEN: _BASE, M.REVISE: _BASE, M.OFFER: _takes("slot_id count since until labels", "text"),
        M.CLOSE: _NOTHING,
    },
}  # fmt: skip
#: What each move of a case takes.
OF_CASE: Mapping[LifeTask, Mapping[TaskMove, Takes]] = {
    LifeTask.MINING: {
        M.REPORT: _takes("title text", "party_institution_id person evidence"), M.CONFIRM: _NOTHING,
        M.MERGE: _takes("achievement count"), M.REJECT: _WHY, M.WITHDRAW: _NOTHING,
    },
    LifeTask.EVALUATION: {
        M.REQUEST: _takes("title count", "text"), M.APPOINT: _takes("person party_institution_id"),
        M.DECLARE: _takes("person reason"), M.ASSESS: _takes("person assessment evidence", "text"),
        M.CONCLUDE: _NOTHING, M.WITHDRAW: _NOTHING,
    },
    LifeTask.MARKET_PLAYERS: {
        M.INVITE: _takes("achievement until", "text"), M.REQUEST: _takes("achievement until", "text"),
        M.ACCEPT: _NOTHING, M.DECLINE: _WHY, M.WITHDRAW: _NOTHING,
    },
    LifeTask.POLICY: {
        M.REPORT: _takes("title text", "achievement"), M.RESOLVE: _takes("text", "evidence"), M.CONFIRM: _NOTHING,
        M.REJECT: _WHY, M.WITHDRAW: _NOTHING,
    },
    LifeTask.INTERMEDIARY: {
        M.ASSIGN: _takes("title until", "text achievement amount"), M.ACCEPT: _NOTHING, M.DECLINE: _WHY,
        M.COMPLETE: _PROOF, M.CONFIRM: _NOTHING, M.REJECT: _WHY, M.WITHDRAW: _NOTHING,
    },
    LifeTask.INCUBATION: {
        M.APPLY: _takes("title achievement shares", "text"), M.ADMIT: _NOTHING, M.REJECT: _WHY, M.ADVANCE: _PROOF,
        M.GRADUATE: _PROOF, M.LEAVE: _WHY, M.WITHDRAW: _NOTHING,
    },
    LifeTask.APPLICATION: {
        M.PROPOSE: _takes("title text", "party_institution_id"), M.TRY: _takes("since evidence", "text"),
        M.USE: _takes("since evidence", "text"), M.EARN: _takes("amount since until evidence", "text"),
        M.CLOSE: _WHY,
    },
    LifeTask.FUND: {
        M.APPLY: _takes("title amount", "text achievement"), M.APPROVE: _takes("amount", "text"), M.REJECT: _WHY,
        M.DRAW: _takes("amount evidence"), M.REPAY: _takes("amount evidence"),
        M.WRITE_OFF: _takes("amount reason", "evidence"), M.CLOSE: _NOTHING, M.WITHDRAW: _NOTHING,
    },
    LifeTask.PILOT_BASE: {
        M.BOOK: _takes("slot_id achievement maturity", "text"), M.CANCEL: _WHY, M.COMPLETE: _PROOF,
    },
}  # fmt: skip
#: Fields that only some moves take, with what stands in each where it is not given.
_ABSENT: Mapping[str, object] = {
    "title": "", "text": "", "evidence": "", "achievement_institution_id": None, "party_institution_id": None,
    "person": None, "amount": None, "count": None, "maturity": None, "since": None, "until": None, "labels": [],
    "slot_id": None, "assessment": None, "shares": [], "policy": None,
}  # fmt: skip
_SPELLED = {"achievement_institution_id": "achievement"}


def moved(found: list[Fault], values: Values) -> None:
    """Every rule that a move breaks by itself, but those of who and when."""
    texts.identifier(found, "subject_id", values["subject_id"])
    if values["case_id"] is not None:
        texts.identifier(found, "case_id", values["case_id"])
    takes = _taken(found, values)
    if takes is not None:
        _present(found, values, takes)
    _words(found, values)
    _about(found, values)
    _numbers(found, values)
    _assessment(found, values["assessment"])
    _shares(found, values["shares"])
    _policy(found, values["policy"])


def _taken(found: list[Fault], values: Values) -> Takes | None:
    """What the move takes; with a fault where its task has no such move of this place."""
    task, move, is_case = values["task"], values["move"], values["case_id"] is not None
    if task == "UNKNOWN":
        found.append(fault("task", "unknown-value", task, "name one of the tasks that the schema lists"))
        return None
    here, there = (OF_CASE, OF_SUBJECT) if is_case else (OF_SUBJECT, OF_CASE)
    takes = here[task].get(move)
    if takes is None and move in there[task]:
        repair = f"{move} moves the subject itself: leave case_id out" if is_case else f"{move} moves a case: name it"
        found.append(fault("case_id", "misplaced", values["case_id"], repair))
    elif takes is None:
        repair = f"in {task} a {'case' if is_case else 'subject'} has the moves {', '.join(here[task]) or 'none'}"
        found.append(fault("move", "unknown-value", move, repair))
    return takes


def _present(found: list[Fault], values: Values, takes: Takes) -> None:
    for field, absent in _ABSENT.items():
        name = _SPELLED.get(field, field)
        is_given = values[field] != absent
        if name in takes.needs and not is_given:
            found.append(fault(field, "missing-field", None, f"{values['move']} in {values['task']} needs {name}"))
        elif is_given and name not in takes.needs | takes.may:
            repair = f"{values['move']} in {values['task']} takes no {name}: leave it out"
            found.append(fault(field, "misplaced", values[field], repair))
    if "reason" in takes.needs and not values["reason"].strip():
        found.append(fault("reason", "reason-missing", values["reason"], "say in words why"))


def _words(found: list[Fault], values: Values) -> None:
    for field, limit in (("title", MAX_LINE), ("evidence", MAX_LINE), ("person", MAX_NAME)):
        if values[field]:
            texts.line(found, field, values[field], limit)
    if values["slot_id"] is not None:
        texts.identifier(found, "slot_id", values["slot_id"])
    for field in ("text", "reason"):
        texts.prose(found, field, values[field], MAX_TEXT)
    texts.lines(found, "labels", values["labels"], MAX_NAME)


def _about(found: list[Fault], values: Values) -> None:
    owner, local = values["achievement_institution_id"], values["achievement_id"]
    if (owner is None) != (local is None):
        repair = "name an achievement by both achievement_institution_id and achievement_id, or by neither"
        found.append(fault("achievement_id", "missing-field", local, repair))
    if local is not None:
        texts.identifier(found, "achievement_id", local)
    for field in ("subject_institution_id", "achievement_institution_id", "party_institution_id"):
        if values[field] is not None and texts.SLUG.fullmatch(values[field]) is None:
            repair = "use 1 to 63 lower-case letters, digits and hyphens, no hyphen at an end, for example dlut"
            found.append(fault(field, "institution-id", values[field], repair))


def _numbers(found: list[Fault], values: Values) -> None:
    number(found, "count", values["count"], 1, MAX_PARTS)
    number(found, "maturity", values["maturity"], 1, 9)
    money(found, "amount", values["amount"])
    if values["amount"] is not None and values["amount"]["amount"] == 0:
        found.append(fault("amount.amount", "positive", values["amount"]["amount"], "state an amount above 0"))
    since, until = values["since"], values["until"]
    if since is not None and until is not None and until < since:
        found.append(fault("until", "dates", until, f"it is before since, {since}: give that day or a later one"))


def _assessment(found: list[Fault], given: Values | None) -> None:
    if given is None:
        return
    number(found, "assessment.maturity", given["maturity"], 1, 9)
    for score in ("advancement", "market", "team", "risk"):
        number(found, f"assessment.{score}", given[score], 0, 100)
    low, high = given["value_low"], given["value_high"]
    money(found, "assessment.value_low", low)
    money(found, "assessment.value_high", high)
    if (low is None) != (high is None):
        repair = "say the least and the most that it is worth, or neither"
        found.append(fault("assessment.value_high", "missing-field", None, repair))
    elif low is not None and high is not None:
        if low["currency"] != high["currency"]:
            repair = f"say both in {low['currency']}"
            found.append(fault("assessment.value_high.currency", "currency", high["currency"], repair))
        elif low["amount"].is_finite() and high["amount"].is_finite() and high["amount"] < low["amount"]:
            repair = "it is below value_low: swap them"
            found.append(fault("assessment.value_high.amount", "amount", high["amount"], repair))


def _shares(found: list[Fault], given: list[Values]) -> None:
    for index, share in enumerate(given[: texts.MAX_ENTRIES]):
        texts.line(found, f"shares[{index}].holder", share["holder"], MAX_NAME)
        number(found, f"shares[{index}].parts", share["parts"], 1, MAX_PARTS)
    texts.entries(found, "shares", [share["holder"] for share in given])


def _policy(found: list[Fault], given: Values | None) -> None:
    if given is None:
        return
    texts.line(found, "policy.rule", given["rule"], MAX_RULE)
    texts.line(found, "policy.benefit", given["benefit"], MAX_LINE)
    for index, proof in enumerate(given["proofs"][: texts.MAX_ENTRIES]):
        texts.line(found, f"policy.proofs[{index}].name", proof["name"], MAX_NAME)
        texts.line(found, f"policy.proofs[{index}].rule", proof["rule"], MAX_RULE)
    texts.entries(found, "policy.proofs", [proof["name"] for proof in given["proofs"]])
