"""What the topics say beside what the tables hold, both ways, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from consumers.column_types import storable
from consumers.folding import Expected, Standing
from schemas.records import QuarantineActed, SubmissionAccepted, TechContract, Terms

Columns = dict[str, Any]
Difference = Mapping[str, object]
#: The rows of a table by primary key.
Rows = Mapping[tuple[Any, ...], Mapping[str, Any]]


def differences(expected: Expected, snapshot: Mapping[str, Rows]) -> Iterator[Difference]:
    """Every row that is missing, too many or different."""
    for table, columns in _COLUMNS.items():
        said = getattr(expected, table)
        wanted = {key if isinstance(key, tuple) else (key,): columns(key, value) for key, value in said.items()}
        yield from _compared(table, wanted, snapshot[table])


def counted(expected: Expected) -> dict[str, int]:
    """How many rows of each table were compared."""
    return {table: len(getattr(expected, table)) for table in _COLUMNS}


def _compared(table: str, wanted: Mapping[tuple[Any, ...], Columns], rows: Rows) -> Iterator[Difference]:
    for key, columns in wanted.items():
        row = rows.get(key)
        if row is None:
            yield _difference(table, key, "in the topics, not in SQL")
            continue
        wrong = {name: [value, row[name]] for name, value in columns.items() if row[name] != value}
        if wrong:
            yield _difference(table, key, "differs", topics_and_sql=wrong)
    for key in rows.keys() - wanted.keys():
        yield _difference(table, key, "in SQL, not in the topics")


def _difference(table: str, key: tuple[Any, ...], what: str, **more: object) -> Difference:
    return {"table": table, "key": "/".join(str(part) for part in key), "what": what, **more}


def _plain(record: Any) -> Columns:
    """A record's fields as JSON and SQL give them back: lists for tuples, and what SQL cannot hold made visible."""
    return {name: _value(getattr(record, name)) for name in record.__dataclass_fields__}


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    return _plain(value) if is_dataclass(value) else storable(value)


def _registered(money: str) -> Callable[[Any, Standing], Columns]:
    def columns(_key: Any, standing: Standing) -> Columns:
        said, withdrawn = standing
        found = {} if said is None else _priced(_plain(said), money)
        found |= {"withdrawn_at": None, "withdrawal_reason": None}
        if withdrawn is not None:
            later = _plain(withdrawn)
            later["withdrawal_reason"] = later.pop("reason")
            found |= later
        return found

    return columns


def _priced(columns: Columns, money: str) -> Columns:
    price = columns.pop(money) or {"amount": None, "currency": None}
    return {**columns, f"{money}_amount": price["amount"], f"{money}_currency": price["currency"]}


def _deal(_key: Any, record: Any) -> Columns:
    columns = _refusal(_key, record)
    terms = columns.pop("terms") or dict.fromkeys(field.name for field in fields(Terms))
    for milestone in terms["milestones"] or ():
        milestone["due"] = milestone["due"] and milestone["due"].isoformat()
    contract = _contract(columns)
    return _priced(columns | terms | contract, "price")


def _contract(columns: Columns) -> Columns:
    """What columns say of a registered contract; its own fields are taken out of ``columns``."""
    contract, paid = columns.pop("contract"), columns.pop("paid")
    del columns["payment"]
    found = dict(contract or dict.fromkeys(field.name for field in fields(TechContract)))
    found["contract"] = found.pop("amount")
    found = _priced(found, "contract")
    for name, column in _CONTRACT_COLUMNS.items():
        found[column] = found.pop(name)
    return found | {"paid_amount": paid}


_CONTRACT_COLUMNS = {
    "registration_number": "contract_number", "kind": "contract_kind", "non_technical": "non_technical_amount",
}  # fmt: skip


def _held(_key: Any, record: Any) -> Columns:
    columns = _refusal(_key, record)
    for name in ("terms", "contract", "payment", "broker", "certification", "role"):
        del columns[name]
    return columns


def _refusal(_key: Any, record: Any) -> Columns:
    columns = _plain(record)
    columns["moved_by"] = columns.pop("by")
    return columns


def _receipt(_key: Any, record: Any) -> Columns:
    columns = _plain(record)
    if isinstance(record, SubmissionAccepted):
        return {**columns, "result": "accepted", "faults": []}
    return {**columns, "result": "refused", "register_topic": None, "register_offset": None}


def _quarantined(_key: Any, aside: tuple[tuple[str, int, int], QuarantineActed | None]) -> Columns:
    origin, act = aside
    columns: Columns = dict.fromkeys(("last_act", "acted_at", "acted_by", "act_reason"))
    if origin[0]:
        columns |= zip(("source_topic", "source_partition", "source_offset"), map(storable, origin), strict=True)
    if act is not None:
        said = _plain(act)
        columns |= {"last_act": said["action"], "act_reason": said["reason"]}
        columns |= {name: said[name] for name in ("acted_at", "acted_by")}
    return columns


def _fact(_key: Any, standing: Standing) -> Columns:
    verified, retracted = standing
    columns: Columns = {"retracted_at": None, "retraction_reason": None} | _plain(verified)
    if retracted is not None:
        later = _plain(retracted)
        later["retraction_reason"] = later.pop("reason")
        columns |= later
    del columns["submission_id"]
    return columns


def _said(_key: Any, columns: Columns) -> Columns:
    return {name: _value(value) for name, value in columns.items()}


def _documented(*names: str) -> Callable[[Any, Any], Columns]:
    """Fields as they are, but for ``names``: documents, which hold amounts as text."""

    def columns(_key: Any, record: Any) -> Columns:
        found = _plain(record)
        return found | {name: _spelled(found[name]) for name in names}

    return columns


def _spelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _spelled(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_spelled(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value


_COLUMNS: Mapping[str, Callable[[Any, Any], Columns]] = {
    "achievements": _registered("price"),
    "demands": _registered("budget"),
    "matches": lambda _key, record: _plain(record),
    "deals": _deal,
    "held_moves": _held,
    "deal_clocks": lambda _key, record: _plain(record),
    "refusals": _refusal,
    "receipts": _receipt,
    "quarantine": _quarantined,
    "institutions": _said,
    "delegations": _said,
    "annexes": _said,
    "facts": _fact,
    "annex_grants": _said,
    "annex_readings": lambda _key, record: _plain(record),
    "duplicate_suspicions": lambda _key, record: _plain(record),
    "duplicate_decisions": lambda _key, record: _plain(record),
    "representations": lambda _key, record: _plain(record),
    "pipeline_windows": _documented("lost", "stages"),
    "ledger_postings": _documented("entries"),
    "recognitions": _documented("positions", "entries"),
}
