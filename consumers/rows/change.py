"""What one record does to one row, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consumers import tables

Values = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What one record does to one row; ``values`` of ``None`` takes the row away, columns that are absent stay."""

    table: str
    key: Key
    values: Values | None


#: What makes the change of a record, by the record's name.
Changes = Mapping[str, Callable[[Values], Change]]


class Effects:
    """Changes folded to the last word about each row."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, Values | None]] = {}

    def add(self, change: Change) -> None:
        """Take in one more change, later than all before."""
        rows = self.tables.setdefault(change.table, {})
        before = rows.get(change.key)
        if before is not None and change.table in tables.FIRST_COUNTS:
            return
        if before is None or change.values is None:
            rows[change.key] = change.values
        else:
            rows[change.key] = {**before, **change.values}


def money(name: str, told: Values | None) -> Values:
    """The columns of an amount and its currency; ``None`` empties both."""
    return {
        f"{name}_amount": None if told is None else told["amount"],
        f"{name}_currency": None if told is None else told["currency"],
    }


def without(values: Values, *names: str) -> Values:
    """The same but for ``names``."""
    return {name: value for name, value in values.items() if name not in names}


def document(value: Any) -> Any:
    """The same as JSON can hold it: amounts as text, to the last digit, and days as text."""
    if isinstance(value, Mapping):
        return {name: document(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [document(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
