"""What speaks against a policy before it is registered: a rule that is none, or names what no rule sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.faults import fault
from schemas.records import Fault
from streams.domain.policies.language import Wrong
from streams.domain.policies.seen import LANGUAGE

#: Most characters of all rules of a policy together.
MAX_RULES = 10_000


def about_rules(policy: Mapping[str, Any] | None) -> Iterator[Fault]:
    """A fault for each rule of a policy that does not compile; none without a policy."""
    if policy is None:
        return
    rules = {
        "policy.rule": policy["rule"],
        **{f"policy.proofs[{index}].rule": proof["rule"] for index, proof in enumerate(policy["proofs"])},
    }
    if sum(map(len, rules.values())) > MAX_RULES:
        repair = f"keep rule and proofs below {MAX_RULES:,} characters together: each deal is asked all of them"
        yield fault("policy", "too-long", policy["rule"], repair)
        return
    for field, text in rules.items():
        found = LANGUAGE.compiled(text)
        if isinstance(found, Wrong):
            repair = f"{found.why}; `techdock policies test` tries a rule and lists what it may name"
            yield fault(field, "rule", text, repair)
