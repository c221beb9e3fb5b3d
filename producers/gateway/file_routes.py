"""The routes for files: ``POST /v1/files``, and the workbook that says what became of each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from producers.gateway import bodies, document
from producers.gateway.desk import EVERYWHERE, Gateway
from producers.gateway.files import Order
from schemas.records import TokenScope
from schemas.texts import SLUG

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SLUG = f"^{SLUG.pattern}$"


class FileQuery(BaseModel):
    """How a file is to be imported, as ``techdock import`` is told."""

    model_config = ConfigDict(extra="forbid")

    filename: str = Field(max_length=255, description="Its name; only how it ends counts, for example offers.csv.")
    rows_as: Literal["achievements", "demands", "negotiations"] = Field(alias="as", description="What its rows are.")
    assigned: list[Annotated[str, Field(max_length=500)]] = Field(
        [], alias="map", max_length=50, description="FIELD=COLUMN; repeat. Known names need none."
    )
    on_behalf_of: str | None = Field(
        None, pattern=_SLUG, description="Whose rows they are, where a delegation lets you."
    )
    dry_run: bool = Field(False, description="Check every row, send nothing.")


def add(made: FastAPI, gateway: Callable[[], Gateway]) -> None:
    """Adds the routes."""

    @made.post(
        "/v1/files", openapi_extra=document.file_body(), response_class=JSONResponse,
        responses=document.answers(200, "What became of the rows.", "Imported")
        | document.problems("not-understood", "too-slow", "too-large", "not-well-formed", *EVERYWHERE),
    )  # fmt: skip
    async def take_file(request: Request, asked: Annotated[FileQuery, Query()]) -> Response:
        """Import a file, as `techdock import` does; good rows go in, each other one says why it does not."""
        at = gateway()
        bearer = at.admit(request, TokenScope.SUBMIT)
        order = Order(
            bearer.institution_id, asked.filename, asked.rows_as, asked.assigned, asked.on_behalf_of, asked.dry_run
        )
        name = f"upload{order.suffix()}"
        folder = at.files.begin(bearer.institution_id)
        try:
            with (folder / name).open("wb") as file:
                await bodies.take(request, at.limits.file_bytes, at.limits.file_seconds, file.write)
            return JSONResponse(await at.files.imported(order, folder, folder / name))
        finally:
            at.files.end(bearer.institution_id, folder)

    @made.get(
        "/v1/files/{file_id}/result.xlsx", response_class=FileResponse, openapi_extra=document.BEHIND_A_TOKEN,
        responses={
            200: {"description": "A workbook with a row for each row.", "content": {_WORKBOOK: {}}},
            **document.problems("not-found", *EVERYWHERE),
        },
    )  # fmt: skip
    async def file_result(request: Request, file_id: str) -> Response:
        """What became of each row of a file: accepted, sent, valid or refused, why, and how to repair it."""
        at = gateway()
        bearer = at.admit(request, TokenScope.SUBMIT)
        found = at.files.result(bearer.institution_id, file_id)
        return FileResponse(found, media_type=_WORKBOOK, filename="result.xlsx")
