"""What each record does to the tables, as data: pure, and the same however records are cut into batches.

One module for each kind of subject, as in ``consumers.tables``; those of ``tasks`` change several rows at once.
"""

from __future__ import annotations

from consumers.rows import annexes, deals, institutions, market, submissions
from consumers.rows.change import Change, Changes, Effects, Key, Values
from consumers.rows.submissions import quarantined
from schemas.errors import Unreadable

_CHANGES: Changes = {
    **market.CHANGES, **deals.CHANGES, **submissions.CHANGES, **institutions.CHANGES, **annexes.CHANGES,
}  # fmt: skip


def change(name: str, values: Values) -> Change:
    """What a record of ours does, given by its name and its plain values.

    Raises ``Unreadable`` for a record that has no place in the read model.
    """
    made = _CHANGES.get(name)
    if made is None:
        raise Unreadable("value", f"{name} has no place in the read model")
    return made(values)


__all__ = ["Change", "Effects", "Key", "Values", "change", "quarantined"]
