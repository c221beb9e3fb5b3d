"""Which deals qualify under which policies on a day, which proofs are missing, and why others do not qualify.

This is the definition: what is told of policies is what ``hints`` finds, in whatever order deals, achievements,
demands and policies came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from schemas.records import PolicyRule, Stage, TaskAdvanced, TaskState
from streams.domain.policies.language import Answer, Rule, Wrong
from streams.domain.policies.seen import LANGUAGE, Seen, values

#: Characters of a rule of a usual length.
_USUAL = 500


@dataclass(frozen=True, slots=True)
class Proof:
    """What has to be shown to draw a benefit, and the rule that holds once it is."""

    name: str
    rule: Rule | Wrong


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it stands. It is in force from ``since`` to ``until``, both included; without ``until`` for good."""

    ref: str
    title: str
    benefit: str
    since: date | None
    until: date | None
    #: Districts that it is for, as prefixes of GB/T 2260; all, where it names none.
    districts: tuple[str, ...]
    rule: Rule | Wrong
    proofs: tuple[Proof, ...]

    @property
    def weight(self) -> int:
        """What it costs to ask it of a deal, in rules of a usual length."""
        rules = (self.rule, *(proof.rule for proof in self.proofs))
        return 1 + sum(len(rule.text) for rule in rules if isinstance(rule, Rule)) // _USUAL

    @property
    def needs_day(self) -> bool:
        """Whether what it gives a deal may change with the day alone, while it is in force."""
        rules = (self.rule, *(proof.rule for proof in self.proofs))
        return any(isinstance(rule, Rule) and rule.needs_day for rule in rules)

    def is_in_force(self, day: int) -> bool:
        """Whether it holds on a day in China, as ``date.toordinal`` gives it."""
        is_begun = self.since is None or self.since.toordinal() <= day
        return is_begun and (self.until is None or day <= self.until.toordinal())


class Missing(NamedTuple):
    """A proof that is missing; ``error`` where that could not be found out."""

    name: str
    error: str | None = None


class Finding(NamedTuple):
    """Whether a deal qualifies: all that speaks against it, and which proofs are missing."""

    against: tuple[str, ...]
    missing: tuple[Missing, ...]

    @property
    def qualifies(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against


class Hint(NamedTuple):
    """What a deal qualifies for, until when, and which proofs are missing."""

    title: str
    benefit: str
    until: date | None
    missing: tuple[str, ...]


class Key(NamedTuple):
    """A deal, by its achievement and its demand."""

    achievement_ref: str
    demand_ref: str


def policy(told: TaskAdvanced) -> Policy | None:
    """A policy after its last move; ``None`` once it is closed."""
    if told.state is not TaskState.OPEN or told.policy is None:
        return None
    return Policy(
        told.subject_ref, told.title, told.policy.benefit, told.since, told.until, told.labels,
        LANGUAGE.compiled(told.policy.rule), _proofs(told.policy),
    )  # fmt: skip


def _proofs(rule: PolicyRule) -> tuple[Proof, ...]:
    return tuple(Proof(proof.name, LANGUAGE.compiled(proof.rule)) for proof in rule.proofs)


def finding(one: Policy, seen: Seen, day: int) -> Finding:
    """Whether a deal qualifies under a policy on a ``day`` in China, and what speaks against it or is missing."""
    against = [*_outside(one, seen, day)]
    told = values(seen, day)
    rule = _answer(one.rule, told)
    if not rule.holds:
        against.append("the rule does not hold" if rule.error is None else f"the rule fails: {rule.error}")
    answers = ((proof.name, _answer(proof.rule, told)) for proof in one.proofs)
    return Finding(tuple(against), tuple(Missing(name, found.error) for name, found in answers if not found.holds))


def _outside(one: Policy, seen: Seen, day: int) -> Iterable[str]:
    """What speaks against a deal, whatever the rule says."""
    if not one.is_in_force(day):
        yield f"it is in force from {one.since} to {one.until or 'its closing'}"
    if one.districts and not any(found.startswith(one.districts) for found in seen.districts):
        yield f"it is for {', '.join(one.districts)}, and the deal is in {' and '.join(seen.districts) or 'none'}"
    if seen.deal.stage is Stage.ENDED:
        yield "the deal has ended"


def _answer(rule: Rule | Wrong, told: Mapping[str, object]) -> Answer:
    return Answer(False, rule.why) if isinstance(rule, Wrong) else rule.answer(told)


def hint(one: Policy | None, seen: Seen | None, day: int) -> Hint | None:
    """What a deal is told under a policy; ``None`` where it does not qualify."""
    # Most policies are over or are for others: rules are asked last.
    if one is None or seen is None or any(True for _ in _outside(one, seen, day)):
        return None
    found = finding(one, seen, day)
    if not found.qualifies:
        return None
    return Hint(one.title, one.benefit, one.until, tuple(missing.name for missing in found.missing))


def hints(policies: Iterable[Policy], deals: Mapping[Key, Seen], day: int) -> dict[tuple[str, Key], Hint]:
    """All that is to be told on a day, by policy and deal."""
    return {
        (one.ref, key): found
        for one in policies
        for key, seen in deals.items()
        if (found := hint(one, seen, day)) is not None
    }
