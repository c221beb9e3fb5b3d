"""Whether admission decided by what it had heard of institutions: receipt by receipt, at the position that each names.

It does not use the fold that admission uses, but looks up what was said last before a position.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from schemas.days import CHINA
from schemas.records import (
    DelegationGranted,
    DelegationRevoked,
    InstitutionAdmitted,
    InstitutionKind,
    InstitutionRemoved,
    InstitutionResumed,
    InstitutionSuspended,
    Record,
)

_RULE = {"suspended": "institution-suspended", "removed": "institution-removed"}
_BARRING = frozenset(_RULE.values())
#: What an institution of each kind is in deals of others, as the register has to say it.
_ROLES: Mapping[InstitutionKind | None, str] = {
    InstitutionKind.BROKER: "BROKER", InstitutionKind.DISTRICT_OFFICE: "DISTRICT_OFFICE",
    InstitutionKind.REGISTRAR: "REGISTRAR",
}  # fmt: skip
Difference = Mapping[str, object]


class Timeline:
    """What was said of one thing, and since which position it holds."""

    def __init__(self) -> None:
        self._since: list[int] = []
        self._said: list[Any] = []

    def add(self, position: int, said: Any) -> None:
        """It holds for whoever has heard up to ``position`` or further."""
        self._since.append(position)
        self._said.append(said)

    def at(self, position: int) -> Any:
        """What holds there; ``None`` before anything was said."""
        place = bisect.bisect_right(self._since, position)
        return self._said[place - 1] if place else None


class MandateCheck:
    """Takes receipts, in the order of each institution's topic, and keeps those that should have been others.

    ``events`` are all there were when it was made: a receipt that was decided by more is left for the next check.
    """

    def __init__(self, events: Iterable[tuple[int, Record]]) -> None:
        self._bars: defaultdict[str, Timeline] = defaultdict(Timeline)
        self._grants: defaultdict[tuple[str, str], Timeline] = defaultdict(Timeline)
        self._described: defaultdict[str, Timeline] = defaultdict(Timeline)
        self._heard: dict[str, int] = {}
        self._seen: set[tuple[str, Any]] = set()
        self._end = 0
        self.checked = 0
        self.differences: list[Difference] = []
        for offset, event in events:
            self._end = offset + 1
            self._note(self._end, event)

    def take(self, name: str, receipt: Mapping[str, Any], move: Mapping[str, Any] | None = None) -> None:
        """One receipt as its topic holds it; one that comes again was judged before.

        ``move`` is the one that it accepts, where somebody else than the two sides has a part in it.
        """
        inbox, position = receipt["institution_id"], receipt["institutions_position"]
        if position is None or position > self._end or (inbox, receipt["submission_id"]) in self._seen:
            return
        self._seen.add((inbox, receipt["submission_id"]))
        self.checked += 1
        wrong = self._wrong(name, receipt, position)
        if wrong is None and move is not None:
            wrong = self._wrong_move(inbox, move, position)
        if position < self._heard.get(inbox, 0):
            wrong = f"was decided by less than was heard before: {position} after {self._heard[inbox]}"
        self._heard[inbox] = max(position, self._heard.get(inbox, 0))
        if wrong is not None:
            self.differences.append(
                {"what": "mandate", "inbox": inbox, "submission": str(receipt["submission_id"]), "found": wrong}
            )

    def _wrong(self, name: str, receipt: Mapping[str, Any], position: int) -> str | None:
        inbox, owner = receipt["institution_id"], receipt["on_behalf_of"]
        bar = self._bars[inbox].at(position)
        if name == "SubmissionRefused":
            told = [fault for fault in receipt["faults"] if fault["rule"] in _BARRING]
            if bar is not None and [fault["rule"] for fault in receipt["faults"]] != [_RULE[bar]]:
                return f"{inbox} was {bar}, and the refusal does not say that alone"
            untrue = [fault for fault in told if _RULE.get(self._bars[fault["value"]].at(position)) != fault["rule"]]
            return f"{untrue[0]['value']} was not barred by {untrue[0]['rule']}" if untrue else None
        if bar is not None:
            return f"was accepted while {inbox} was {bar}"
        if owner is None:
            return None
        if (bar := self._bars[owner].at(position)) is not None:
            return f"was accepted while {owner} was {bar}"
        day = receipt["submitted_at"].astimezone(CHINA).date()
        is_granted = _stands(self._grants[owner, inbox].at(position), day)
        return None if is_granted else f"was accepted on behalf of {owner} without a grant"

    def _wrong_move(self, inbox: str, move: Mapping[str, Any], position: int) -> str | None:
        speaker, role, broker = move["institution_id"], move["role"], move["broker"]
        kind, district = self._described[speaker].at(position) or _UNDESCRIBED
        is_side = speaker in {move["achievement_institution_id"], move["demand_institution_id"]}
        should = None if is_side else _ROLES.get(kind)
        if role != should or (role is None and not is_side):
            return f"{speaker} moved a deal as {role or 'a side'}, and was {should or 'none of these'}"
        if role is not None and inbox != speaker:
            return f"{inbox} spoke for {speaker} in a deal of others"
        seeker = self._described[move["demand_institution_id"]].at(position) or _UNDESCRIBED
        if role == "DISTRICT_OFFICE" and (district is None or district != seeker[1]):
            return f"{speaker} of {district} contacted for {move['demand_institution_id']} of {seeker[1]}"
        named = InstitutionKind.BROKER if broker is None else (self._described[broker].at(position) or _UNDESCRIBED)[0]
        return None if named is InstitutionKind.BROKER else f"{broker} was appointed, and was no broker"

    def _note(self, position: int, event: Record) -> None:
        match event:
            case InstitutionAdmitted(institution_id=name):
                self._described[name].add(position, (event.kind, event.district))
                if self._bars[name].at(position) == "removed":
                    self._bars[name].add(position, None)
            case InstitutionSuspended(institution_id=name):
                self._bars[name].add(position, "suspended")
            case InstitutionResumed(institution_id=name):
                self._bars[name].add(position, None)
            case InstitutionRemoved(institution_id=name):
                self._bars[name].add(position, "removed")
            case DelegationGranted():
                self._grants[event.from_institution_id, event.to_institution_id].add(position, event)
            case DelegationRevoked():
                self._grants[event.from_institution_id, event.to_institution_id].add(position, None)


#: Kind and district of an institution that nobody described.
_UNDESCRIBED = (None, None)


def _stands(grant: DelegationGranted | None, day: date) -> bool:
    return grant is not None and (grant.until is None or day <= grant.until)
