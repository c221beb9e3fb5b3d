"""The routes of the intake.

POST /v1/submissions        one, or a batch; JSON or Avro       GET /v1/submissions/{id}    pending, or its receipt
GET  /v1/receipts           in order, with a cursor             GET /healthz
PUT  /v1/annexes/{institution}/{id}   sealed here               GET, the same: under a grant
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import cache, partial
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from infra import metrics
from producers.gateway import annex_routes, bodies, document, file_routes
from producers.gateway.counter import Question, checked_key
from producers.gateway.desk import EVERYWHERE, Gateway
from producers.gateway.problems import Error, Problem
from producers.gateway.requests import Counted
from producers.gateway.submissions import Outgoing, decoded, drafted, named
from schemas.errors import Unavailable
from schemas.faults import fault
from schemas.records import TokenScope

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
#: Bodies beyond so many bytes are read in a thread, so that nobody else waits for it.
_LARGE = 32 * 1024

_AFTER = "The `next` of the answer before; from the first one unless given."


class ReceiptsQuery(BaseModel):
    """Which receipts."""

    model_config = ConfigDict(extra="forbid")

    after: str = Field("0", pattern=r"^[0-9]{1,18}$", description=_AFTER)
    limit: int = Field(100, ge=1, le=500, description="At most so many.")
    status: Literal["accepted", "refused"] | None = Field(None, description="Only those.")
    wait: float = Field(0, ge=0, le=20, description="Seconds to wait where there is none yet.")

    def question(self) -> Question:
        """The same for the counter."""
        name = None if self.status is None else f"Submission{self.status.capitalize()}"
        return Question(int(self.after), self.limit, name, self.wait)


def app(gateway: Callable[[], Gateway], lifespan: Lifespan | None = None) -> FastAPI:
    """The application; ``gateway`` is there once ``lifespan`` has begun."""
    made = FastAPI(
        docs_url=None, redoc_url=None, lifespan=lifespan, generate_unique_id_function=lambda route: route.name
    )
    for kind, tell in _TELL.items():
        made.add_exception_handler(kind, tell)
    made.add_middleware(Counted)
    _add_submissions(made, gateway)
    _add_receipts(made, gateway)
    file_routes.add(made, gateway)
    annex_routes.add(made, gateway)
    _add_operations(made, gateway)
    # Anybody may ask for it: it is made once.
    made.openapi = cache(partial(document.completed, made))  # type: ignore[method-assign]
    return made


def _add_submissions(made: FastAPI, gateway: Callable[[], Gateway]) -> None:
    @made.post(
        "/v1/submissions", status_code=202, openapi_extra=document.submissions_body(),
        responses=document.taken()
        | document.problems(
            "not-understood", "too-slow", "in-progress", "too-large", "unsupported-media-type", "not-well-formed",
            "key-reused", *EVERYWHERE,
        ),
        response_class=JSONResponse,
    )  # fmt: skip
    async def submit(request: Request) -> Response:
        """Submit one record, or several; what became of each is told by its receipt."""
        # Asked of the request itself: FastAPI's own way to parameters would be a fifth of all that this takes.
        with metrics.INTAKE_SECONDS.time():
            return await _taken(gateway(), request, request.headers.get("idempotency-key"))


async def _taken(at: Gateway, request: Request, key: str | None) -> Response:
    bearer = at.admit(request, TokenScope.SUBMIT)
    key = checked_key(key)
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form not in {"application/json", "application/avro"}:
        raise Problem("unsupported-media-type", "Send application/json in UTF-8, or application/avro.")
    with at.room.held(bearer.institution_id) as more:
        body = await bodies.whole(request, at.limits.body_bytes, at.limits.body_seconds, more)
        read = partial(_submissions, at, bearer.institution_id, key, body, form)
        submissions = await asyncio.to_thread(read) if len(body) > _LARGE else read()
        if len(submissions) > 1:
            at.door.pay(bearer, len(submissions) - 1)
        return JSONResponse(await at.counter.hand_in(bearer.institution_id, key, submissions), 202)


def _submissions(
    at: Gateway, institution_id: str, key: str | None, body: bytes, form: str
) -> Sequence[Outgoing]:  # fmt: skip
    if form == "application/avro":
        return decoded(body, at.counter.now())
    rows = bodies.rows(body, at.limits)
    return drafted(rows, institution_id, partial(named, institution_id, key), at.counter.now())


def _add_receipts(made: FastAPI, gateway: Callable[[], Gateway]) -> None:
    @made.get(
        "/v1/submissions/{submission_id}", response_class=JSONResponse, openapi_extra=document.BEHIND_A_TOKEN,
        responses=document.answers(200, "Pending, or its receipt.", "Status")
        | document.problems("not-found", "not-well-formed", *EVERYWHERE),
    )  # fmt: skip
    async def tell_status(request: Request, submission_id: uuid.UUID) -> Response:
        """What became of a submission, whichever way it came in."""
        at = gateway()
        bearer = at.admit(request, TokenScope.READ)
        return JSONResponse(await at.counter.status(bearer.institution_id, submission_id))

    @made.get(
        "/v1/receipts", response_class=JSONResponse, openapi_extra=document.BEHIND_A_TOKEN,
        responses=document.answers(200, "Receipts in the order in which they were written.", "Receipts")
        | document.problems("not-well-formed", *EVERYWHERE),
    )  # fmt: skip
    async def list_receipts(request: Request, asked: Annotated[ReceiptsQuery, Query()]) -> Response:
        """Every receipt of the institution; one that was told again, for a repeated submission, stands there again."""
        at = gateway()
        bearer = at.admit(request, TokenScope.READ)
        return JSONResponse(await at.counter.receipts(bearer.institution_id, asked.question()))


def _add_operations(made: FastAPI, gateway: Callable[[], Gateway]) -> None:
    @made.get(
        "/healthz", response_class=JSONResponse,
        responses=document.answers(200, "Kafka answers.", "Health") | document.problems("not-available"),
    )  # fmt: skip
    async def health() -> Response:
        """Whether submissions can be taken now."""
        at = gateway()
        if not at.door.is_open or not at.is_up():
            raise Unavailable("Kafka does not answer", 5.0)
        return JSONResponse({"ok": True})


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _unavailable(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Unavailable)
    return Problem("not-available", error.what, retry_after=error.retry_after).response()


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found: Sequence[Any] = error.errors()
    errors = [
        Error(None, fault("", "wrong-type", each.get("input"), str(each["msg"])), ".".join(map(str, each["loc"][1:])))
        for each in found
    ]
    return Problem("not-well-formed", f"The parameters of {request.url.path} are not right.", errors).response()


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "not-understood")
    answer = Problem(kind, f"{error.detail}: see the OpenAPI document at /openapi.json.").response()
    answer.headers.update(error.headers or {})
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return answer


def _methods(request: Request) -> set[str]:
    """What may be done at a path: each method has a route of its own, and the first of them knows of itself alone."""
    here = (each for each in request.app.routes if each.matches(request.scope)[0] is not Match.NONE)
    return {method for route in here for method in route.methods or ()}


_TELL = {Problem: _problem, Unavailable: _unavailable, RequestValidationError: _invalid, HTTPException: _http}


def described() -> document.Document:
    """The OpenAPI document, as ``docs/openapi.yaml`` keeps it; nothing runs for it."""

    def nobody() -> Gateway:
        raise AssertionError("the document is made without anybody asking anything")

    return document.completed(app(nobody))
