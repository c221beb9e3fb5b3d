"""Counts requests by how they ended."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra import metrics

_BY_STATUS: Mapping[int, str] = {401: "unauthorised", 403: "unauthorised", 429: "limited", 503: "unavailable"}


class Counted:
    """Middleware that looks at the status of each answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                metrics.INTAKE_REQUESTS.labels(result_of(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, counting)


def result_of(status: int) -> str:
    """A status as a label."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return "answered" if status < 400 else "refused" if status < 500 else "failed"
