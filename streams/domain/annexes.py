"""What may be said of a confidential annex: of what is registered, in order, and after an erasure only when asked.

All acts about an annex have their versions in one order, so that the last deposit and the last erasure say which holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.faults import fault
from schemas.records import Fault, SubmissionKind

FAMILY = "annex"
_DEPOSIT, _ERASURE = "annex-deposit", "annex-erasure"
#: What is remembered of an act beside its version.
MARKS: Mapping[SubmissionKind, str] = {
    SubmissionKind.ANNEX_DEPOSITED: _DEPOSIT,
    SubmissionKind.ANNEX_ERASED: _ERASURE,
}
#: Everything that decides about an annex, of whichever inbox.
NAMES = (FAMILY, _DEPOSIT, _ERASURE, "achievement")


def objections(kind: SubmissionKind, values: Mapping[str, Any], versions: Mapping[tuple[str, str], int]) -> list[Fault]:
    """What speaks against an act; ``versions`` are the last ones of each subject and mark.

    An erasure needs no deposit: what it destroys may lie in an inbox, refused.
    """
    local = values["achievement_id"]
    if ("achievement", local) not in versions:
        repair = "register the achievement before you say anything of its annex, or check the id"
        return [fault("achievement_id", "known", local, repair)]
    if kind is SubmissionKind.ANNEX_ERASED:
        return []
    erased = versions.get((_ERASURE, local), 0)
    if kind is SubmissionKind.ANNEX_DEPOSITED:
        return _reopening(values["after_erasure"], erased)
    if versions.get((_DEPOSIT, local), 0) > erased:
        return []
    return [fault("achievement_id", "annex-missing", local, "deposit an annex before you say who may read it")]


def _reopening(after: int, erased: int) -> list[Fault]:
    if after == erased:
        return []
    if erased:
        repair = f"the annex was erased by version {erased}: to open it anew, seal it again after that erasure"
    else:
        repair = "the annex was never erased: give 0"
    return [fault("after_erasure", "annex-erased", after, repair)]
