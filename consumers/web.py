"""The way out over HTTP: live matches as a stream and as an answer, health, metrics, and the document that says so.

techdock.matches.v1 ──▶ GET /v1/matches/stream      Server-Sent Events, filtered, resumable
SQL                 ──▶ GET /v1/matches             live matches, best first
"""

from __future__ import annotations

import errno
import logging
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Annotated, Any, Self

import uvicorn
from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Engine, text

from consumers import database, queries
from consumers.filters import MatchFilter
from consumers.processes import bootstrap, database_url
from consumers.streaming import Limits, MatchStream, Seats, problem
from consumers.subscription import NOW, Subscription
from infra import metrics
from infra.broker.embedded import is_healthy
from infra.settings import Settings
from schemas import topics
from schemas.errors import Misconfigured, Unavailable

log = logging.getLogger(__name__)

_STREAM = (
    "Matches as they are proposed, revised and withdrawn. Each event carries its record as JSON; its id is a cursor. "
    "Send the last id as `Last-Event-ID` (browsers do so by themselves) to go on exactly there."
)
_STREAM_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events, until the client leaves.", "content": {"text/event-stream": {}}},
    400: {"description": "The cursor is none."},
    503: {"description": "No seat is free, or the broker does not answer."},
}


class StreamQuery(BaseModel):
    """What to hear of, and from where on."""

    model_config = ConfigDict(extra="forbid")

    industry: list[str] = Field([], description="GB/T 4754 code or prefix, for example C26; repeat for any of several.")
    maturity_min: int | None = Field(None, ge=1, le=9, description="Lowest maturity of the achievement.")
    maturity_max: int | None = Field(None, ge=1, le=9, description="Highest maturity of the achievement.")
    district: str | None = Field(None, description="GB/T 2260 prefix of either side's place, for example 2102.")
    institution: str | None = Field(None, description="Institution of either side, for example dlut.")
    score_min: float | None = Field(None, ge=0, le=1, description="Lowest score; withdrawals always pass.")
    start: str = Field(NOW, alias="from", description="`beginning`, `now` or a cursor; `Last-Event-ID` goes first.")

    @model_validator(mode="after")
    def _codes_exist(self) -> Self:
        problems = self.filter().problems()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def filter(self) -> MatchFilter:
        """The conditions alone."""
        return MatchFilter(
            tuple(self.industry), self.maturity_min, self.maturity_max, self.district, self.institution, self.score_min
        )


class ReasonOut(BaseModel):
    """One contribution to a score; of a term also by the fields of the achievement: title, keywords, abstract."""

    factor: str
    detail: str
    contribution: float
    in_title: int
    in_keywords: int
    fields: dict[str, float]


class MatchOut(BaseModel):
    """A live match."""

    demand_id: str
    achievement_id: str
    score: float
    reasons: list[ReasonOut]
    demand_institution_id: str
    achievement_institution_id: str
    demand_title: str
    achievement_title: str
    demand_version: int
    achievement_version: int
    model_version: str
    caused_at: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What the answers are made of."""

    bootstrap: str
    topic: str
    engine: Engine


def app(sources: Sources, seats: Seats) -> FastAPI:
    """The application; it connects when it is asked something."""
    made = FastAPI(
        title="TechDock",
        version="1",
        description="Live matches of achievements and demands.",
        docs_url=None,
        redoc_url=None,
    )
    made.add_exception_handler(Unavailable, _unavailable)
    made.add_exception_handler(RequestValidationError, _invalid)
    _add_matches(made, sources, seats)
    _add_operations(made, sources)
    return made


def _add_matches(made: FastAPI, sources: Sources, seats: Seats) -> None:
    @made.get("/v1/matches/stream", description=_STREAM, response_class=Response, responses=_STREAM_RESPONSES)
    async def stream_matches(
        asked: Annotated[StreamQuery, Query()], last_event_id: Annotated[str | None, Header()] = None
    ) -> Response:
        def make() -> Subscription:
            return Subscription(sources.bootstrap, sources.topic, asked.filter())

        return MatchStream(seats, make, last_event_id or asked.start)

    @made.get("/v1/matches", description="Live matches, best first.")
    def list_matches(
        demand: str | None = None,
        achievement: str | None = None,
        institution: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[MatchOut]:
        asked = queries.MatchQuestion(demand, achievement, institution, limit)
        with database.answering(), sources.engine.connect() as connection:
            return [MatchOut(**match) for match in queries.live_matches(connection, asked)]


def _add_operations(made: FastAPI, sources: Sources) -> None:
    @made.get("/healthz", description="Whether the database and the broker answer.")
    def health() -> dict[str, bool]:
        with database.answering(), sources.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        if not is_healthy(sources.bootstrap):
            raise Unavailable("no Kafka broker answers")
        return {"ok": True}

    @made.get("/metrics", response_class=Response, description="For Prometheus.")
    def tell_metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _unavailable(_request: Request, error: Exception) -> Response:
    retry_after = error.retry_after if isinstance(error, Unavailable) else 1.0
    return problem(503, "Not available", str(error), retry_after)


async def _invalid(_request: Request, error: Exception) -> Response:
    found: list[Any] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    detail = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in found)
    return problem(422, "Not understood", detail)


class _Server(uvicorn.Server):
    """Tells the streams to end as soon as we are asked to stop, so that nobody has to be cut off."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        metrics.PROCESS_READY.set(1)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping()
        super().handle_exit(sig, frame)


def serve(settings: Settings) -> None:
    """Serves on the loopback interface until SIGTERM or Ctrl-C.

    Raises ``Misconfigured`` where the port is taken or something is not named.
    """
    engine = database.engine(database_url(settings))
    seats = Seats(Limits())
    made = app(Sources(bootstrap(settings), topics.MATCHES.name, engine), seats)
    listening = _listen(settings.web_port)
    metrics.serve(settings.metrics_port)
    log.info("listening on http://127.0.0.1:%d", listening.getsockname()[1])
    config = uvicorn.Config(made, log_level="warning", access_log=False, timeout_graceful_shutdown=1, loop="auto")

    def stopping() -> None:
        seats.closing = True

    # uvicorn sends itself the signal again when it is done; that must not look like a death.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping())
    _Server(config, stopping).run(sockets=[listening])
    engine.dispose()


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=256)
    except OSError as error:
        why = "another process has it" if error.errno == errno.EADDRINUSE else str(error.strerror)
        raise Misconfigured([f"TECHDOCK_WEB_PORT {port}: {why}; name a free one"]) from error
