"""What makes a submission well formed: every rule once, and every fault at once.

``faults`` runs for each submission, so that each rule is first a cheap test that good values pass, and only a value
that fails is looked at closely and described.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas import annex_rules, contracts, roles, task_rules, texts
from schemas.amounts import money, number
from schemas.codes import district_problem, industry_problem, territory_problem
from schemas.days import day_in_china
from schemas.faults import fault
from schemas.records import Fault

MAX_TITLE = 500
MAX_ABSTRACT = 100_000
MAX_KEYWORD = 200
MAX_NAME = 200
MAX_REASON = 10_000
MAX_MILESTONES = 100
MAX_MONTHS = 1200
#: Event times before this day are typing errors, not history.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: How far a sender's clock may run ahead of ours.
CLOCK_SKEW = timedelta(days=1)

_slug = texts.SLUG.fullmatch

Values = Mapping[str, Any]


def faults(name: str, values: Values, *, arrived_at: datetime | None = None) -> list[Fault]:
    """Every rule that a submission breaks, in the order of its fields; empty for a good one.

    ``name`` is one of ``schemas.records.SUBMISSIONS``; ``values`` are plain values of the right types, as they are
    read from Avro (``schemas.shapes`` looks at types). ``arrived_at`` bounds the event time from above.
    """
    found: list[Fault] = []
    _RULES[name](found, values)
    if arrived_at is not None:
        field = EVENT_TIMES[name]
        if values[field] > arrived_at + CLOCK_SKEW:
            repair = f"it arrived at {arrived_at.isoformat()}; check the clock and the time zone of the sender"
            found.append(fault(field, "event-time", values[field], repair))
    return found


# Records -------------------------------------------------------------------------------------------------------------


def _achievement(found: list[Fault], values: Values) -> None:
    _identity(found, values, "achievement_id")
    number(found, "version", values["version"], 1, None)
    _event_time(found, "registered_at", values["registered_at"])
    _languages(found, values)
    texts.lines(found, "owners", values["owners"], MAX_NAME)
    number(found, "maturity", values["maturity"], 1, 9)
    _ip_rights(found, values["ip_rights"])
    _codes(found, "industries", values["industries"], industry_problem)
    _modes(found, values["modes"])
    money(found, "price", values["price"])
    _district(found, values["district"])
    _codes(found, "territories", values["territories"], territory_problem)
    _last_day(found, "valid_until", values["valid_until"], values["registered_at"])


def _demand(found: list[Fault], values: Values) -> None:
    _identity(found, values, "demand_id")
    number(found, "version", values["version"], 1, None)
    _event_time(found, "posted_at", values["posted_at"])
    if values["enterprise"] is not None:
        texts.line(found, "enterprise", values["enterprise"], MAX_NAME)
    _languages(found, values)
    _codes(found, "industries", values["industries"], industry_problem)
    number(found, "maturity_wanted", values["maturity_wanted"], 1, 9)
    _modes(found, values["modes"])
    money(found, "budget", values["budget"])
    _last_day(found, "deadline", values["deadline"], values["posted_at"])
    _district(found, values["district"])
    number(found, "matches_wanted", values["matches_wanted"], 1, 100)


def _achievement_withdrawn(found: list[Fault], values: Values) -> None:
    _withdrawn(found, values, "achievement_id")


def _demand_withdrawn(found: list[Fault], values: Values) -> None:
    _withdrawn(found, values, "demand_id")


def _withdrawn(found: list[Fault], values: Values, id_field: str) -> None:
    _identity(found, values, id_field)
    number(found, "version", values["version"], 1, None)
    _event_time(found, "withdrawn_at", values["withdrawn_at"])
    texts.prose(found, "reason", values["reason"], MAX_REASON)


def _negotiation(found: list[Fault], values: Values) -> None:
    _institution(found, "institution_id", values["institution_id"])
    _institution(found, "achievement_institution_id", values["achievement_institution_id"])
    texts.identifier(found, "achievement_id", values["achievement_id"])
    _institution(found, "demand_institution_id", values["demand_institution_id"])
    texts.identifier(found, "demand_id", values["demand_id"])
    roles.spoken(found, values)
    number(found, "sequence", values["sequence"], 1, None)
    _event_time(found, "moved_at", values["moved_at"])
    _move(found, values)
    contracts.registered(found, values)
    contracts.paid(found, values)
    roles.appointed(found, values)
    roles.certified(found, values)
    texts.prose(found, "reason", values["reason"], MAX_REASON)


def _annex_deposited(found: list[Fault], values: Values) -> None:
    _annex(found, values, "deposited_at")
    annex_rules.deposited(found, values)


def _annex_granted(found: list[Fault], values: Values) -> None:
    _annex(found, values, "granted_at")
    _institution(found, "grantee_institution_id", values["grantee_institution_id"])
    texts.line(found, "nda", values["nda"], MAX_NAME)
    _last_day(found, "until", values["until"], values["granted_at"])


def _annex_revoked(found: list[Fault], values: Values) -> None:
    _annex(found, values, "revoked_at")
    _institution(found, "grantee_institution_id", values["grantee_institution_id"])
    texts.prose(found, "reason", values["reason"], MAX_REASON)


def _annex_erased(found: list[Fault], values: Values) -> None:
    _annex(found, values, "erased_at")
    texts.line(found, "by", values["by"], MAX_NAME)
    texts.prose(found, "reason", values["reason"], MAX_REASON)
    if not values["reason"].strip():
        found.append(fault("reason", "reason-missing", values["reason"], "say in words why the annex is erased"))


def _annex(found: list[Fault], values: Values, time_field: str) -> None:
    _identity(found, values, "achievement_id")
    number(found, "version", values["version"], 1, None)
    _event_time(found, time_field, values[time_field])


def _fact_verified(found: list[Fault], values: Values) -> None:
    _identity(found, values, "fact_id")
    number(found, "version", values["version"], 1, None)
    _event_time(found, "verified_at", values["verified_at"])
    _institution(found, "achievement_institution_id", values["achievement_institution_id"])
    texts.identifier(found, "achievement_id", values["achievement_id"])
    number(found, "achievement_version", values["achievement_version"], 1, None)
    if values["kind"] == "UNKNOWN":
        found.append(fault("kind", "unknown-value", "UNKNOWN", "name one of the kinds that the schema lists"))
    texts.line(found, "statement", values["statement"], MAX_TITLE)
    texts.line(found, "evidence", values["evidence"], MAX_TITLE)


def _fact_retracted(found: list[Fault], values: Values) -> None:
    _identity(found, values, "fact_id")
    number(found, "version", values["version"], 1, None)
    _event_time(found, "retracted_at", values["retracted_at"])
    texts.prose(found, "reason", values["reason"], MAX_REASON)
    if not values["reason"].strip():
        found.append(fault("reason", "reason-missing", values["reason"], "say in words why the fact is taken back"))


def _task_moved(found: list[Fault], values: Values) -> None:
    _institution(found, "institution_id", values["institution_id"])
    _event_time(found, "moved_at", values["moved_at"])
    task_rules.moved(found, values)


_RULES: Mapping[str, Callable[[list[Fault], Values], None]] = {
    "AchievementRegistered": _achievement,
    "AchievementWithdrawn": _achievement_withdrawn,
    "DemandPosted": _demand,
    "DemandWithdrawn": _demand_withdrawn,
    "NegotiationUpdated": _negotiation,
    "AnnexDeposited": _annex_deposited,
    "AnnexGranted": _annex_granted,
    "AnnexRevoked": _annex_revoked,
    "AnnexErased": _annex_erased,
    "FactVerified": _fact_verified,
    "FactRetracted": _fact_retracted,
    "TaskMoved": _task_moved,
}
#: Which field of a submission says when it happened.
EVENT_TIMES = {
    "AchievementRegistered": "registered_at",
    "AchievementWithdrawn": "withdrawn_at",
    "DemandPosted": "posted_at",
    "DemandWithdrawn": "withdrawn_at",
    "NegotiationUpdated": "moved_at",
    "AnnexDeposited": "deposited_at",
    "AnnexGranted": "granted_at",
    "AnnexRevoked": "revoked_at",
    "AnnexErased": "erased_at",
    "FactVerified": "verified_at",
    "FactRetracted": "retracted_at",
    "TaskMoved": "moved_at",
}

# Who and when --------------------------------------------------------------------------------------------------------


def _identity(found: list[Fault], values: Values, id_field: str) -> None:
    _institution(found, "institution_id", values["institution_id"])
    texts.identifier(found, id_field, values[id_field])


def _institution(found: list[Fault], path: str, slug: str) -> None:
    if _slug(slug) is None:
        repair = "use 1 to 63 lower-case letters, digits and hyphens, no hyphen at an end, for example dlut"
        found.append(fault(path, "institution-id", slug, repair))


def _event_time(found: list[Fault], path: str, time: datetime) -> None:
    if time < EARLIEST:
        found.append(fault(path, "event-time", time, "give the time when it happened, in 1990 or later"))


def _last_day(found: list[Fault], path: str, day: Any, since: datetime) -> None:
    first = None if day is None else day_in_china(since)
    # Where the event time has no day there, it is refused itself.
    if first is not None and day < first:
        repair = f"it is before the day it was submitted for, {first} in China; give that day or a later one"
        found.append(fault(path, "dates", day, repair))


def _move(found: list[Fault], values: Values) -> None:
    move, terms = values["move"], values["terms"]
    if move == "UNKNOWN":
        found.append(fault("move", "unknown-value", move, "name one of the moves that the schema lists"))
    if terms is not None:
        if terms["mode"] == "UNKNOWN":
            found.append(fault("terms.mode", "unknown-value", terms["mode"], _MODE_REPAIR))
        money(found, "terms.price", terms["price"])
        _further_terms(found, terms)
    elif move in _MOVES_WITH_TERMS:
        found.append(fault("terms", "terms-missing", None, f"{move} needs terms: a cooperation mode and a price"))
    if move in _MOVES_WITH_REASON and not values["reason"].strip():
        repair = "say in words why the deal ends, or why its contract changes or is sent back"
        found.append(fault("reason", "reason-missing", values["reason"], repair))


def _further_terms(found: list[Fault], terms: Values) -> None:
    _codes(found, "terms.territories", terms["territories"], territory_problem)
    number(found, "terms.period_months", terms["period_months"], 1, MAX_MONTHS)
    milestones, royalty = terms["milestones"], terms["royalty_percent"]
    if len(milestones) > MAX_MILESTONES:
        found.append(fault("terms.milestones", "too-many", len(milestones), f"give at most {MAX_MILESTONES}"))
    for index, milestone in enumerate(milestones[:MAX_MILESTONES]):
        texts.line(found, f"terms.milestones[{index}].title", milestone["title"], MAX_TITLE)
    if royalty is not None and (not royalty.is_finite() or not 0 <= royalty <= 100):
        found.append(fault("terms.royalty_percent", "range", royalty, "give a number from 0 to 100"))
    elif royalty is not None and royalty.as_tuple().exponent < -2:
        found.append(fault("terms.royalty_percent", "decimals", royalty, "round it to two decimals"))


_MOVES_WITH_REASON = frozenset({"END", "AMEND", "RESCIND", "REJECT"})
_MOVES_WITH_TERMS = frozenset({"OFFER", "AGREE", "CONTRACT"})
_MODE_REPAIR = "name one of the cooperation modes that the schema lists"

# Words and lists -----------------------------------------------------------------------------------------------------


def _languages(found: list[Fault], values: Values) -> None:
    zh, en = values["zh"], values["en"]
    if zh is not None:
        _text(found, "zh", zh)
    if en is not None:
        _text(found, "en", en)
    elif zh is None:
        found.append(fault("zh", "language-missing", None, "give a title in Chinese (zh) or English (en), or both"))


def _text(found: list[Fault], language: str, text: Values) -> None:
    # Paths are put together for broken values only: this runs for every submission.
    title, abstract, keywords = text["title"], text["abstract"], text["keywords"]
    if not (0 < len(title) <= MAX_TITLE and title.isprintable()) or title.isspace():
        texts.line(found, f"{language}.title", title, MAX_TITLE)
    if not (len(abstract) <= MAX_ABSTRACT and abstract.isprintable()):
        texts.prose(found, f"{language}.abstract", abstract, MAX_ABSTRACT)
    if keywords:
        texts.lines(found, f"{language}.keywords", keywords, MAX_KEYWORD)


def _codes(found: list[Fault], path: str, codes: Sequence[str], problem: Callable[[str], str | None]) -> None:
    if not codes:
        return
    for index, code in enumerate(codes):
        # The longest code has six characters: a long text is not worth a place in the cache.
        repair = problem(code[:10])
        if repair is not None:
            found.append(fault(f"{path}[{index}]", "code", code, repair))
    texts.entries(found, path, codes)


def _modes(found: list[Fault], modes: Sequence[str]) -> None:
    if not modes:
        return
    if "UNKNOWN" in modes:
        found.append(fault(f"modes[{list(modes).index('UNKNOWN')}]", "unknown-value", "UNKNOWN", _MODE_REPAIR))
    texts.entries(found, "modes", modes)


def _ip_rights(found: list[Fault], rights: Sequence[Values]) -> None:
    if not rights:
        return
    for index, right in enumerate(rights):
        if right["kind"] == "UNKNOWN":
            repair = "name one of the kinds of right that the schema lists"
            found.append(fault(f"ip_rights[{index}].kind", "unknown-value", right["kind"], repair))
        if right["number"]:
            texts.line(found, f"ip_rights[{index}].number", right["number"], MAX_NAME)
    texts.entries(found, "ip_rights", [f"{right['kind']} {right['number']}" for right in rights if right["number"]])


# Numbers and codes ---------------------------------------------------------------------------------------------------


def _district(found: list[Fault], code: str | None) -> None:
    if code is not None and (repair := district_problem(code[:10])) is not None:
        found.append(fault("district", "code", code, repair))
