"""The routes for confidential annexes: in as plain text over TLS and sealed here, out under a grant that stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from producers.annexes.archive import Plain, Reader, Unsealable, Withheld
from producers.gateway import bodies, document
from producers.gateway.desk import EVERYWHERE, Gateway
from producers.gateway.problems import Error, Problem
from producers.gateway.submissions import written
from producers.tokens import Bearer
from schemas import codec
from schemas.errors import Unreadable
from schemas.padding import MOST_BYTES
from schemas.records import AnnexDeposited, TokenScope, reference
from schemas.texts import SLUG

#: Annexes that are sealed or opened at once: each holds a thread while Kafka is asked.
_AT_ONCE = 4
#: An annex counts as so many submissions: each new achievement makes the vault write a key.
_COST = 49.0
#: A plain text is kept by nobody on the way, and taken for no page.
_PRIVATE = {"Cache-Control": "no-store", "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
_Achievement = Annotated[str, Path(description="The achievement's id within its institution.", max_length=200)]
_Owner = Annotated[str, Path(pattern=f"^{SLUG.pattern}$", description="The institution that owns the achievement.")]
_After = Annotated[int, Query(ge=0, lt=2**31, description="To open an erased annex anew: the erasure it follows.")]


def add(made: FastAPI, gateway: Callable[[], Gateway]) -> None:
    """Adds the routes."""
    room = asyncio.Semaphore(_AT_ONCE)

    @made.put(
        "/v1/annexes/{institution_id}/{achievement_id:path}", status_code=202, openapi_extra=document.annex_body(),
        response_class=JSONResponse,
        responses=document.answers(202, "Kafka has it, sealed, on every replica in sync.", "Taken")
        | document.problems(
            "not-understood", "not-found", "too-slow", "too-large", "unsupported-media-type", "not-well-formed",
            *EVERYWHERE,
        ),
    )  # fmt: skip
    async def deposit_annex(
        request: Request, institution_id: _Owner, achievement_id: _Achievement, after_erasure: _After = 0
    ) -> Response:  # fmt: skip
        """Deposit the confidential annex of an achievement, one's own or by delegation; its receipt tells the rest."""
        at = gateway()
        bearer = at.admit(request, TokenScope.SUBMIT)
        _check_speaker(at, bearer, institution_id)
        at.door.pay(bearer, _COST)
        with at.room.held(bearer.institution_id) as more:
            body = await bodies.whole(request, MOST_BYTES, at.limits.body_seconds, more)
            plain = Plain(_media_type(request), body)
            async with room:
                seal = partial(at.archive.deposit, institution_id, achievement_id, plain, after_erasure)
                return await _deposited(at, bearer, seal)

    @made.get(
        "/v1/annexes/{institution_id}/{achievement_id:path}", openapi_extra=document.BEHIND_A_TOKEN,
        response_class=Response,
        responses={
            200: {"description": "The plain text, of the media type that it came with.", "content": {"*/*": {}}},
            **document.problems("not-found", "damaged", "not-well-formed", *EVERYWHERE),
        },
    )  # fmt: skip
    async def read_annex(request: Request, institution_id: _Owner, achievement_id: _Achievement) -> Response:
        """Read an annex, as its owner or under a grant that stands; that it was read is told before."""
        at = gateway()
        bearer = at.admit(request, TokenScope.READ)
        try:
            async with room:
                ref = reference(institution_id, achievement_id)
                reader = Reader(bearer.institution_id, at.door.admitted_at(bearer))
                plain = await asyncio.to_thread(at.archive.read, ref, reader)
        except Withheld as why:
            raise Problem("not-found", f"{why}.") from None
        except Unreadable as error:
            raise Problem("damaged", f"{error}.") from None
        return Response(plain.content, media_type=plain.media_type, headers=_PRIVATE)


def _check_speaker(at: Gateway, bearer: Bearer, institution_id: str) -> None:
    """Nobody has anything sealed in another's name, though admission would refuse it. Raises ``Problem``."""
    if not at.door.speaks_for(bearer.institution_id, institution_id):
        raise Problem("not-allowed", f"{bearer.institution_id} speaks for itself, and not for {institution_id}.")


async def _deposited(at: Gateway, bearer: Bearer, seal: Callable[[], AnnexDeposited]) -> Response:
    try:
        record = await asyncio.to_thread(seal)
    except Unsealable as error:
        errors = [Error(None, one, one.field) for one in error.faults]
        raise Problem("not-well-formed", "The annex was not taken.", errors) from None
    name, values = type(record).__name__, codec.plain(record)
    return JSONResponse(await at.counter.hand_in(bearer.institution_id, None, [written("", name, values)]), 202)


def _media_type(request: Request) -> str:
    found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not found:
        raise Problem("unsupported-media-type", "Say in Content-Type what it is, for example application/pdf.")
    return found
