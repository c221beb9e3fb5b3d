"""What records of the nine key tasks do to the tables: more than one row each, and rows named by where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from consumers.rows.change import Change, Values, document, without

#: Partition and offset of a record in its topic.
Place = tuple[int, int]
_SUBJECT = ("subject_institution_id", "subject_id")
_DOCUMENTS = ("labels", "assessment", "shares", "policy", "conclusion")


def _advanced(values: Values, place: Place) -> Iterator[Change]:
    """The last word about a case, one more event, and the lines of a fund."""
    case_id, amount = values["case_id"] or "", values["amount"] or {}
    row = {**without(values, "by", "entries"), **{name: document(values[name]) for name in _DOCUMENTS}}
    row |= {"case_id": case_id, "moved_by": values["by"]}
    row |= {"amount": amount.get("amount"), "currency": amount.get("currency")}
    key = values["task"], values["subject_institution_id"], values["subject_id"], case_id
    yield Change("task_cases", key, row)
    at = {"states_partition": place[0], "states_offset": place[1]}
    yield Change("task_events", place, {**at, **row})
    named = {name: row[name] for name in (*_SUBJECT, "case_id", "moved_at")}
    for entry in values["entries"]:
        yield Change("fund_entries", (*place, entry["account"]), {**at, **named, **entry})


def _refused(values: Values, place: Place) -> Iterator[Change]:
    row = {**without(values, "by"), "case_id": values["case_id"] or "", "moved_by": values["by"]}
    yield Change("task_refusals", place, {"refusals_partition": place[0], "refusals_offset": place[1], **row})


#: By the record's name.
CHANGES: Mapping[str, Callable[[Values, Place], Iterator[Change]]] = {
    "TaskAdvanced": _advanced,
    "TaskRefused": _refused,
}
