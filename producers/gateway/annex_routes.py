"""The routes for confidential annexes: in as plain text over TLS and sealed here, out under a grant that stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from producers.annexes.archive import Plain, Unsealable, Withheld
from producers.gateway import bodies, document
from producers.gateway.desk import EVERYWHERE, Gateway
from producers.gateway.problems import Error, Problem
from producers.gateway.submissions import written
from producers.tokens import Bearer
from schemas import codec, rules
from schemas.errors import Unreadable
from schemas.padding import MOST_BYTES
from schemas.records import TokenScope, reference
from schemas.texts import SLUG

#: Annexes that are sealed or opened at once: each holds a thread while Kafka is asked.
_AT_ONCE = 4
#: A plain text is kept by nobody on the way, and taken for no page.
_PRIVATE = {"Cache-Control": "no-store", "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
_Achievement = Annotated[str, Path(description="The achievement's id within its institution.", max_length=200)]
_Owner = Annotated[str, Path(pattern=f"^{SLUG.pattern}$", description="The institution that owns the achievement.")]
_After = Annotated[int, Query(ge=0, lt=2**31, description="To open an erased annex anew: the erasure it follows.")]


def add(made: FastAPI, gateway: Callable[[], Gateway]) -> None:
    """Adds the routes."""
    room = asyncio.Semaphore(_AT_ONCE)

    @made.put(
        "/v1/annexes/{achievement_id:path}", status_code=202, openapi_extra=document.annex_body(),
        response_class=JSONResponse,
        responses=document.answers(202, "Kafka has it, sealed, on every replica in sync.", "Taken")
        | document.problems(
            "not-understood", "too-slow", "too-large", "unsupported-media-type", "not-well-formed", *EVERYWHERE
        ),
    )  # fmt: skip
    async def deposit_annex(request: Request, achievement_id: _Achievement, after_erasure: _After = 0) -> Response:
        """Deposit the confidential annex of an achievement of one's own; its receipt tells what became of it."""
        at = gateway()
        bearer = at.admit(request, TokenScope.SUBMIT)
        with at.room.held(bearer.institution_id) as more:
            body = await bodies.whole(request, MOST_BYTES, at.limits.body_seconds, more)
            plain = Plain(_media_type(request), body)
            async with room:
                return await _deposited(at, bearer, achievement_id, plain, after_erasure)

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
                plain = await asyncio.to_thread(at.archive.read, ref, bearer.institution_id)
        except Withheld as why:
            raise Problem("not-found", f"{why}.") from None
        except Unreadable as error:
            raise Problem("damaged", f"{error}.") from None
        return Response(plain.content, media_type=plain.media_type, headers=_PRIVATE)


async def _deposited(at: Gateway, bearer: Bearer, achievement_id: str, plain: Plain, after_erasure: int) -> Response:
    seal = partial(at.archive.deposit, bearer.institution_id, achievement_id, plain, after_erasure)
    try:
        record = await asyncio.to_thread(seal)
    except Unsealable as error:
        raise Problem(
            "not-well-formed", "The annex was not taken.", [Error(None, error.fault, error.fault.field)]
        ) from None
    name, values = type(record).__name__, codec.plain(record)
    if wrong := rules.faults(name, values, arrived_at=at.counter.now()):
        errors = [Error(None, one, one.field) for one in wrong]
        raise Problem("not-well-formed", "The annex was not taken.", errors)
    return JSONResponse(await at.counter.hand_in(bearer.institution_id, None, [written("", name, values)]), 202)


def _media_type(request: Request) -> str:
    found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not found:
        raise Problem("unsupported-media-type", "Say in Content-Type what it is, for example application/pdf.")
    return found
