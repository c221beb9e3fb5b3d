"""What must be true of places in incubators and of slots of pilot-test bases: none twice, first come, first served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schemas.records import LifeTask, TaskAdvanced, TaskMove, TaskState

_S, _M = TaskState, TaskMove
#: States in which a case has a place, or has used it up.
_HELD: Mapping[LifeTask, set[TaskState]] = {
    LifeTask.INCUBATION: {_S.INCUBATING, _S.GROWING},
    LifeTask.PILOT_BASE: {_S.BOOKED, _S.COMPLETED},
}


@dataclass(slots=True)
class _Slot:
    """How many places there are, who has one, and who waits for one, in the order of arrival."""

    places: int = 0
    holders: set[str] = field(default_factory=set)
    queue: list[str] = field(default_factory=list)
    #: The move that gave a place back while somebody waited.
    given_back: TaskAdvanced | None = None


class PlaceLaws:
    """The laws over the advances of one incubator or base, in their order; an incubator is one slot."""

    def __init__(self) -> None:
        self._slots: dict[str, _Slot] = {}
        self._slot_of: dict[str, str] = {}

    def take(self, told: TaskAdvanced) -> Iterator[str]:
        """The laws that one more advance breaks."""
        for slot in self._slots.values():
            if slot.given_back is not None and told.move is not _M.PROMOTE:
                slot.given_back = None
                yield "queue: a place was free and somebody waited"
        if told.case_id is None:
            if told.count is not None and (told.task is LifeTask.INCUBATION or told.move is _M.OFFER):
                self._slots.setdefault(told.slot_id or "", _Slot()).places = told.count
            return
        name = self._slot_of.setdefault(told.case_id, told.slot_id or "")
        yield from _moved(self._slots.setdefault(name, _Slot()), told, told.case_id)

    def at_the_end(self) -> Iterator[TaskAdvanced]:
        """Moves that gave a place back, and nobody got it though somebody waits."""
        yield from (slot.given_back for slot in self._slots.values() if slot.given_back is not None)


def _moved(slot: _Slot, told: TaskAdvanced, case_id: str) -> Iterator[str]:
    is_held, is_free = told.state in _HELD[told.task], len(slot.holders) < slot.places
    if is_held and case_id not in slot.holders:
        yield from _entered(slot, told, case_id, is_free)
        slot.holders.add(case_id)
    elif not is_held:
        slot.holders.discard(case_id)
    if told.state is _S.WAITING and case_id not in slot.queue:
        if is_free:
            yield "queue: waits though a place is free"
        slot.queue.append(case_id)
    elif told.state is not _S.WAITING and case_id in slot.queue:
        slot.queue.remove(case_id)
    is_owed = slot.queue and len(slot.holders) < slot.places
    slot.given_back = told if is_owed else None


def _entered(slot: _Slot, told: TaskAdvanced, case_id: str, is_free: bool) -> Iterator[str]:
    if not is_free:
        yield "places: more than there are"
    if slot.queue and slot.queue[0] != case_id:
        yield "queue: passed by who came first"
    if told.move is _M.PROMOTE and case_id not in slot.queue:
        yield "queue: nobody waited"
