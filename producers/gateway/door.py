"""Who may come in, and for what: the token of a request against what is said of institutions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from confluent_kafka import Message
from fastapi import Request

from producers.gateway.problems import Problem
from producers.gateway.rates import Rate, Rates
from producers.tokens import Bearer, Tokens
from schemas import codec
from schemas.days import CHINA
from schemas.institutions import Institutions, Status
from schemas.records import TokenScope

#: Submissions, or questions, of one institution.
OF_INSTITUTIONS = Rate(500.0, 2_000.0)
#: Requests of one address without a token that is worth anything.
OF_STRANGERS = Rate(5.0, 50.0)
_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/=-]{1,512})")


class Door:
    """Hears of institutions as it goes on, and knows the tokens that stand."""

    def __init__(
        self, now: Callable[[], datetime], monotonic: Callable[[], float],
        of_institutions: Rate = OF_INSTITUTIONS, of_strangers: Rate = OF_STRANGERS,
    ) -> None:  # fmt: skip
        self._now = now
        self._standing = Institutions()
        self._tokens = Tokens(self._standing)
        self._rates = Rates(of_institutions, monotonic)
        self._strangers = Rates(of_strangers, monotonic)
        #: Whether everything was heard that was said before we came.
        self.is_open = False

    def hear(self, messages: Sequence[Message], is_at_end: bool) -> None:
        """Take in what is said of institutions."""
        for message in messages:
            self._standing.take(codec.decode(message.value()), message.offset() + 1)
        if messages:
            self._tokens = Tokens(self._standing)
        self.is_open = self.is_open or is_at_end

    def bearer(self, request: Request, scope: TokenScope) -> Bearer:
        """Who sends a request, where the token lets them do this. Raises ``Problem``."""
        found = self._tokens.bearer(_shown(request), self._now())
        if found is None or found.is_over:
            raise self._turned_away(request, "it is past its last day" if found is not None else None)
        if found.status is not Status.ADMITTED:
            raise Problem(
                "institution-suspended",
                f"{found.institution_id} is suspended ({found.reason}): send this again once it is resumed.",
            )
        if scope not in found.scopes:
            raise Problem(
                "not-allowed", f"Token {found.token_id} is not for this: ask for one with --scope {scope.lower()}."
            )
        return found

    def admitted_at(self, bearer: Bearer) -> datetime:
        """When the bearer was admitted; after a removal the last time."""
        return self._standing.known[bearer.institution_id].admitted_at

    def speaks_for(self, speaker: str, owner: str) -> bool:
        """Whether it is its own, or a delegation stands today in China."""
        return speaker == owner or self._standing.is_granted(owner, speaker, self._now().astimezone(CHINA).date())

    def pay(self, bearer: Bearer, cost: float = 1.0) -> None:
        """Raises ``Problem`` where the institution has sent more than it may; then it costs nothing."""
        if wait := self._rates.wait(bearer.institution_id, cost):
            detail = f"{bearer.institution_id} may send {self._rates.rate.per_second:.0f} submissions a second."
            raise Problem("too-many-requests", detail, retry_after=wait)

    def _turned_away(self, request: Request, why: str | None) -> Problem:
        address = request.client.host if request.client else ""
        if wait := self._strangers.wait(address):
            return Problem(
                "too-many-requests", "Too many requests without a good token come from here.", retry_after=wait
            )
        detail = why or "send `Authorization: Bearer TOKEN` with a token of `techdock token issue` that stands"
        return Problem("not-authenticated", f"No request without a good token: {detail}.")


def _shown(request: Request) -> str:
    found = _BEARER.fullmatch(request.headers.get("authorization", ""))
    return "" if found is None else found[1]
