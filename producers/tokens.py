"""Tokens for the intake over HTTPS: what may be said of them, and what the one that somebody shows is worth.

A token is a secret of 256 random bits, of which only the hash is kept. The key of an institution, as
``techdock institution rotate-key`` prints it, is worth as much as a token with every scope.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from producers.institutions import Decision, key_hash, known
from schemas import texts
from schemas.days import CHINA
from schemas.errors import Misconfigured
from schemas.institutions import Institutions, Status
from schemas.records import Fault, InstitutionEvent, TokenIssued, TokenRevoked, TokenScope
from schemas.rules import MAX_NAME

#: What a token lets its bearer do.
SCOPES = (TokenScope.SUBMIT, TokenScope.READ)
#: The id by which the institution's own key goes.
KEY = "key"
#: Tokens that one institution may have at once.
MAX_TOKENS = 100


@dataclass(frozen=True, slots=True)
class Grant:
    """What whoever applies for a token wants."""

    institution_id: str
    scopes: tuple[TokenScope, ...]
    about: str
    until: date | None

    def problems(self, now: datetime) -> list[str]:
        """Everything that is wrong with it, each with what to do."""
        found: list[Fault] = []
        if self.about:
            texts.line(found, "--about", self.about, MAX_NAME)
        problems = [f"{one.field} {one.value!r}: {one.repair}" for one in found]
        if not self.scopes:
            problems.append("--scope: name what the token is for: submit, read, or both")
        if self.until is not None and self.until < now.astimezone(CHINA).date():
            problems.append(f"--until {self.until}: that day is over in China; give today or a later one")
        return problems


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who shows a token, and what it is good for."""

    institution_id: str
    token_id: str
    scopes: frozenset[TokenScope]
    status: Status
    #: Why the institution is suspended.
    reason: str
    is_over: bool


def new_id() -> str:
    """A name for a token; no secret."""
    return secrets.token_hex(4)


def issue(wanted: Grant, token_id: str, token: str, now: datetime) -> Decision:
    """An institution has one more token, of which only the hash is said. Raises ``Misconfigured``."""
    if problems := wanted.problems(now):
        raise Misconfigured(problems)

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        name = wanted.institution_id
        tokens = known(standing, name).tokens
        if len(tokens) >= MAX_TOKENS:
            raise Misconfigured([f"{name} has {len(tokens)} tokens: revoke one first (`techdock token list {name}`)"])
        if token_id in tokens:
            raise Misconfigured([f"{name} has a token {token_id} already: try again"])
        return (TokenIssued(name, token_id, key_hash(token), wanted.scopes, wanted.about, wanted.until, now),)

    return decide


def revoke(institution_id: str, token_id: str, now: datetime) -> Decision:
    """A token is worth nothing any more."""

    def decide(standing: Institutions) -> Sequence[InstitutionEvent]:
        if token_id not in known(standing, institution_id).tokens:
            told = f"{institution_id} has no token {token_id}: see `techdock token list {institution_id}`"
            raise Misconfigured([f"{told}; a key is replaced by `techdock institution rotate-key`"])
        return (TokenRevoked(institution_id, token_id, now),)

    return decide


class Tokens:
    """Every token that stands, by its hash; made anew whenever something was said of institutions."""

    def __init__(self, standing: Institutions) -> None:
        self._held: dict[str, tuple[str, str, frozenset[TokenScope], date | None]] = {}
        self._standing = standing
        for name, one in standing.known.items():
            if one.key_hash is not None:
                self._held[one.key_hash] = (name, KEY, frozenset(SCOPES), None)
            for token_id, said in one.tokens.items():
                self._held[said.token_hash] = (name, token_id, frozenset(said.scopes), said.until)

    def bearer(self, shown: str, now: datetime) -> Bearer | None:
        """Whose token this is; ``None`` for one that was never issued, or was revoked.

        What is compared is the hash, which nobody can steer: how far two hashes agree tells nothing of a token.
        """
        presented = key_hash(shown)
        found = self._held.get(presented)
        if found is None:
            return None
        name, token_id, scopes, until = found
        one = self._standing.known[name]
        kept = one.key_hash if token_id == KEY else one.tokens[token_id].token_hash
        if kept is None or not hmac.compare_digest(kept, presented):
            return None
        is_over = until is not None and now.astimezone(CHINA).date() > until
        return Bearer(name, token_id, scopes, one.status, one.reason, is_over)
