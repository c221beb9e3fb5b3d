"""What a client is told when it cannot be served: problem details for HTTP (RFC 9457), all faults at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fastapi.responses import JSONResponse

from schemas.faults import fault, shown
from schemas.records import Fault

#: Faults that one answer tells; ``errors_total`` counts those that were found.
MOST_ERRORS = 1_000
MEDIA_TYPE = "application/problem+json"
_STEP = re.compile(r"\.|\[(\d+)\]\.?")


class Kind(NamedTuple):
    """A kind of problem: the status of its answer, and its title."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = {
    "not-understood": Kind(400, "The request is not understood"),
    "not-authenticated": Kind(401, "The token is missing, or worth nothing"),
    "not-allowed": Kind(403, "The token does not allow this"),
    "institution-suspended": Kind(403, "The institution is suspended"),
    "not-found": Kind(404, "There is no such thing"),
    "method-not-allowed": Kind(405, "This cannot be done here"),
    "too-slow": Kind(408, "The body took too long"),
    "in-progress": Kind(409, "The same request is under way"),
    "too-large": Kind(413, "The body is too large"),
    "unsupported-media-type": Kind(415, "The body has another form than is taken here"),
    "not-well-formed": Kind(422, "What was sent is not well formed; nothing of it was taken"),
    "key-reused": Kind(422, "The Idempotency-Key came with something else before"),
    "too-many-requests": Kind(429, "The institution sends more than it may"),
    "damaged": Kind(500, "The annex does not open"),
    "not-available": Kind(503, "Kafka does not take it now; send the same again"),
}


class Error(NamedTuple):
    """One fault, and where it is: ``pointer`` into the body (RFC 6901), or ``parameter``."""

    pointer: str | None
    fault: Fault
    parameter: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As in ``errors``."""
        place = {"pointer": self.pointer} if self.parameter is None else {"parameter": self.parameter}
        told = self.fault
        return {**place, "code": told.rule, "value": told.value, "repair": told.repair}


class Problem(Exception):
    """A request that ends here, and what its client is told."""

    def __init__(
        self, kind: str, detail: str, errors: Sequence[Error] = (), retry_after: float | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after
        self.more = more

    @property
    def status(self) -> int:
        """The status of the answer."""
        return KINDS[self.kind].status

    def response(self) -> JSONResponse:
        """The answer."""
        found = KINDS[self.kind]
        content: dict[str, Any] = {
            "type": f"urn:techdock:problem:{self.kind}", "title": found.title, "status": found.status,
            "detail": self.detail, **self.more,
        }  # fmt: skip
        if self.errors:
            content["errors"] = [error.as_json() for error in self.errors[:MOST_ERRORS]]
            content["errors_total"] = len(self.errors)
        headers = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, round(self.retry_after + 0.5)))
        if found.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="techdock"'
        return JSONResponse(content, found.status, headers, MEDIA_TYPE)


def pointer(start: str, field: str) -> str:
    """The path of a fault, as ``zh.keywords[2]``, as a JSON pointer below ``start``."""
    steps = [step for step in _STEP.split(field) if step]
    return shown(start + "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps))


def no_json(why: str) -> Problem:
    """The body cannot be read at all."""
    told = fault("", "not-json", "", f"{why}; send JSON in UTF-8, each name once, numbers that are numbers")
    return Problem("not-understood", f"The body is no JSON that can be taken: {why}.", [Error("", told)])
