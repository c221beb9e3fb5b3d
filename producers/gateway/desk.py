"""What every route of the intake asks first: who sends the request, and may it be served now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import Request

from producers.annexes.archive import Archive
from producers.gateway.bodies import Limits, Room
from producers.gateway.counter import Counter
from producers.gateway.door import Door
from producers.gateway.files import Files
from producers.tokens import Bearer
from schemas.errors import Unavailable
from schemas.records import TokenScope

#: Problems that every route behind a token may answer.
EVERYWHERE = ("not-authenticated", "not-allowed", "institution-suspended", "too-many-requests", "not-available")


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the answers are made of."""

    door: Door
    counter: Counter
    files: Files
    archive: Archive
    #: Whether Kafka answers.
    is_up: Callable[[], bool]
    limits: Limits = field(default_factory=Limits)
    room: Room = field(default_factory=Room)

    def admit(self, request: Request, scope: TokenScope) -> Bearer:
        """Who sends a request. Raises ``Problem``, and ``Unavailable`` where nobody can know."""
        if not self.door.is_open or not self.is_up():
            raise Unavailable("Kafka does not answer; nothing was taken", 5.0)
        bearer = self.door.bearer(request, scope)
        self.door.pay(bearer)
        return bearer
