"""What people see of policies: which there are, what a deal qualifies for and why not, and whether a rule holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from streams.domain.policies.deciding import Finding, Key, Policy, finding, hints
from streams.domain.policies.language import Answer, Wrong
from streams.domain.policies.seen import LANGUAGE, NAMES, values
from streams.domain.trace import deal_named
from streams.policy_check import Log


class Listed(NamedTuple):
    """A policy that is not closed, how it stands on a day, and how many deals qualify under it."""

    policy: Policy
    state: str
    deals: int

    @property
    def errors(self) -> list[str]:
        """What is wrong with its rules; they are of an earlier release."""
        rules = (self.policy.rule, *(proof.rule for proof in self.policy.proofs))
        return [rule.why for rule in rules if isinstance(rule, Wrong)]

    def plain(self) -> dict[str, Any]:
        """It as values that JSON can hold."""
        one = self.policy
        return {
            "policy": one.ref, "title": one.title, "benefit": one.benefit, "state": self.state, "deals": self.deals,
            "since": _iso(one.since), "until": _iso(one.until), "districts": list(one.districts),
            "rule": None if isinstance(one.rule, Wrong) else one.rule.text,
            "proofs": [proof.name for proof in one.proofs], "errors": self.errors,
        }  # fmt: skip


def listed(log: Log, day: int) -> list[Listed]:
    """All policies that nobody has closed, by reference."""
    deals = {key: log.seen(key) for key in log.deals}
    return [
        Listed(one, _state(one, day), len(hints([one], deals, day)))
        for one in sorted(log.standing(), key=lambda one: one.ref)
    ]


def _state(one: Policy, day: int) -> str:
    if one.is_in_force(day):
        return "in force"
    return "over" if one.until is not None and one.until.toordinal() < day else "to come"


class Asked(NamedTuple):
    """A deal with what was found of it under each policy."""

    deal: str
    key: Key
    stage: str
    found: list[tuple[Policy, Finding]]

    def plain(self, everything: bool) -> dict[str, Any]:
        """It as values that JSON can hold; without ``everything`` only what it qualifies for."""
        return {
            "deal": self.deal, "achievement": self.key.achievement_ref, "demand": self.key.demand_ref,
            "stage": self.stage,
            "policies": [_plain(*one) for one in self.found if everything or one[1].qualifies],
        }  # fmt: skip

    def lines(self, everything: bool) -> Iterator[str]:
        """It as text."""
        yield f"deal {self.deal}  {self.key.achievement_ref} for {self.key.demand_ref}: {self.stage}"
        chosen = [one for one in self.found if everything or one[1].qualifies]
        for one, found in sorted(chosen, key=lambda pair: not pair[1].qualifies):
            yield from _lines(one, found)
        if not chosen:
            yield f"it qualifies under none of {len(self.found)} policies; --all says why not"


def asked(log: Log, name: str, day: int) -> Asked:
    """What a deal qualifies for on a day, named by its id or its beginning. Raises ``UnknownDeal``."""
    deal = deal_named(name, log.deals.values())
    key = Key(deal.achievement_ref, deal.demand_ref)
    policies = sorted(log.standing(), key=lambda one: one.ref)
    found = [(one, finding(one, log.seen(key), day)) for one in policies]
    return Asked(str(deal.deal_id), key, deal.stage.value, found)


class Tried(NamedTuple):
    """What a rule says of a deal, and what it sees of it."""

    answer: Answer
    sees: Mapping[str, object]


def tried(log: Log, rule: str, name: str, day: int) -> Tried | Wrong:
    """Whether a rule holds for a deal; what is wrong where it is no rule. Raises ``UnknownDeal``."""
    compiled = LANGUAGE.compiled(rule)
    if isinstance(compiled, Wrong):
        return compiled
    deal = deal_named(name, log.deals.values())
    sees = values(log.seen(Key(deal.achievement_ref, deal.demand_ref)), day)
    return Tried(compiled.answer(sees), sees)


def shown(name: str, value: object) -> str:
    """A value as a rule would write it: days as such."""
    if isinstance(value, int) and not isinstance(value, bool) and (name == "day" or name.endswith("_on")):
        return f'date("{date.fromordinal(value)}")'
    return str(value).lower() if isinstance(value, bool) else repr(value)


def names() -> Iterator[tuple[str, str, str]]:
    """All that a rule may name: name, type, what it says."""
    return ((name, "list of strings" if one.type == "list" else one.type, one.about) for name, one in NAMES.items())


def _lines(one: Policy, found: Finding) -> Iterator[str]:
    last = f"until {one.until}" if one.until is not None else "until it is closed"
    yield f"{'yes' if found.qualifies else 'no':<4}{one.ref}  {one.title}: {one.benefit}; {last}"
    for missing in found.missing if found.qualifies else ():
        yield f"      missing: {missing.name}" + ("" if missing.error is None else f" ({missing.error})")
    for why in found.against:
        yield f"      {why}"


def _plain(one: Policy, found: Finding) -> dict[str, Any]:
    return {
        "policy": one.ref, "title": one.title, "benefit": one.benefit, "until": _iso(one.until),
        "qualifies": found.qualifies, "missing": [missing._asdict() for missing in found.missing],
        "against": list(found.against),
    }  # fmt: skip


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
