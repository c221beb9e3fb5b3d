"""What is told of deals and policies, kept up to date change by change: the same as ``hints`` finds in one go.

What a change may have made otherwise is noted, and looked at in portions: a new policy meets all deals, and no single
turn takes longer for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    DealAdvanced,
    DemandPosted,
    DemandWithdrawn,
    HintCause,
    Record,
    Stage,
    TaskAdvanced,
)
from streams.domain.policies.deciding import Hint, Key, Policy, hint, policy
from streams.domain.policies.seen import Seen


class Change(NamedTuple):
    """A deal and a policy: what is to be told of them now, or why nothing is any more."""

    policy_ref: str
    key: Key
    hint: Hint | None
    cause: HintCause


class Register:
    """Deals with what the register says of their achievements and demands; titles and abstracts are left out."""

    def __init__(self) -> None:
        self.deals: dict[Key, DealAdvanced] = {}
        self._achievements: dict[str, AchievementRegistered] = {}
        self._withdrawn: set[str] = set()
        self._demands: dict[str, DemandPosted] = {}
        #: Deals by the reference of their achievement, and of their demand.
        self._about: defaultdict[str, dict[Key, None]] = defaultdict(dict)

    def take(self, fact: Record) -> tuple[Key, ...] | None:
        """Note a fact; the deals that it says something of, ``None`` where it is no fact of theirs."""
        match fact:
            case DealAdvanced():
                key = Key(fact.achievement_ref, fact.demand_ref)
                self.deals[key] = fact
                # An achievement and a demand of one name are two.
                self._about[f"achievement {key.achievement_ref}"][key] = None
                self._about[f"demand {key.demand_ref}"][key] = None
                return (key,)
            case AchievementRegistered():
                self._achievements[fact.ref] = replace(fact, zh=None, en=None)
                self._withdrawn.discard(fact.ref)
                return tuple(self._about.get(f"achievement {fact.ref}", ()))
            case AchievementWithdrawn():
                self._withdrawn.add(fact.ref)
                return tuple(self._about.get(f"achievement {fact.ref}", ()))
            case DemandPosted():
                self._demands[fact.ref] = replace(fact, zh=None, en=None)
                return tuple(self._about.get(f"demand {fact.ref}", ()))
            case DemandWithdrawn():
                # What was agreed over it goes on.
                return ()
        return None

    def seen(self, key: Key) -> Seen | None:
        """A deal as rules see it; ``None`` where there is none."""
        deal = self.deals.get(key)
        if deal is None:
            return None
        achievement, demand = self._achievements.get(key.achievement_ref), self._demands.get(key.demand_ref)
        return Seen(deal, achievement, demand, key.achievement_ref not in self._withdrawn)


class Standing:
    """Policies, deals, and what was told of both."""

    def __init__(self) -> None:
        self.register = Register()
        self.day: int | None = None
        self._policies: dict[str, Policy] = {}
        self._told: defaultdict[str, dict[Key, Hint]] = defaultdict(dict)
        #: What may be otherwise than it was told: deals under all policies, and policies over the deals that are left.
        self._deals: dict[Key, HintCause] = {}
        self._sweeps: dict[str, tuple[HintCause, list[Key]]] = {}
        #: What the last step has cost.
        self._spent = 0

    @property
    def waiting(self) -> int:
        """Pairs of a policy and a deal that are still to be looked at."""
        return len(self._deals) * len(self._policies) + sum(len(keys) for _, keys in self._sweeps.values())

    def take(self, fact: Record) -> bool:
        """Note a fact of the register, a deal or a policy; false where it is none of these."""
        if isinstance(fact, TaskAdvanced):
            self._take_policy(fact)
            return True
        keys = self.register.take(fact)
        if keys is None:
            return False
        cause = HintCause.DEAL_CHANGED if isinstance(fact, DealAdvanced) else HintCause.REGISTER_CHANGED
        self._deals.update(dict.fromkeys(keys, cause))
        return True

    def _take_policy(self, told: TaskAdvanced) -> None:
        one = policy(told)
        if one is None:
            self._policies.pop(told.subject_ref, None)
        else:
            self._policies[one.ref] = one
        self._sweep(told.subject_ref, HintCause.POLICY_CHANGED)

    def turn(self, day: int) -> None:
        """It is now this day in China, as ``date.toordinal`` gives it; an earlier one changes nothing."""
        before = self.day
        if before is not None and day <= before:
            return
        self.day = day
        for ref, one in self._policies.items():
            if before is None or one.needs_day or one.is_in_force(before) != one.is_in_force(day):
                self._sweep(ref, HintCause.DAY_CHANGED)

    def recall(self, policy_ref: str, key: Key, found: Hint | None) -> None:
        """Take in what was told before; ``None`` where it was withdrawn."""
        if found is None:
            self._told[policy_ref].pop(key, None)
        else:
            self._told[policy_ref][key] = found

    def look_anew(self) -> None:
        """Look at everything once more: another release may decide otherwise than what was told."""
        self._deals.clear()
        for ref in {*self._policies, *self._told}:
            self._sweep(ref, HintCause.DECIDED_ANEW)

    def changes(self, most: int) -> Iterator[Change]:
        """What is to be told otherwise than it was; none before a day. Looks at ``most`` pairs, fewer of long rules."""
        if self.day is None:
            return
        while most > 0 and (self._deals or self._sweeps):
            yield from self._next(self.day)
            most -= max(1, self._spent)

    def _next(self, day: int) -> Iterator[Change]:
        self._spent = 0
        if self._deals:
            # From the end: the front of a dictionary is slow to find once much was taken from there.
            key, cause = self._deals.popitem()
            for ref in sorted(self._policies):
                yield from self._looked(ref, key, cause, day)
            return
        ref = next(iter(self._sweeps))
        cause, keys = self._sweeps[ref]
        if keys:
            yield from self._looked(ref, keys.pop(), cause, day)
        if not keys:
            del self._sweeps[ref]

    def _looked(self, ref: str, key: Key, cause: HintCause, day: int) -> Iterator[Change]:
        one, seen = self._policies.get(ref), self.register.seen(key)
        self._spent += 1 if one is None else one.weight
        found, told = hint(one, seen, day), self._told[ref].get(key)
        if found == told:
            return
        self.recall(ref, key, found)
        if one is None or not one.is_in_force(day):
            cause = HintCause.POLICY_ENDED
        elif seen is not None and seen.deal.stage is Stage.ENDED:
            cause = HintCause.DEAL_ENDED
        yield Change(ref, key, found, cause)

    def _sweep(self, ref: str, cause: HintCause) -> None:
        # From the last to the first.
        keys = sorted({*self.register.deals, *self._told.get(ref, ())}, reverse=True)
        self._sweeps[ref] = cause, keys
