"""The least that an endpoint in FastAPI can do: takes JSON in, and answers 202 with an id. No Kafka, no checks."""

from __future__ import annotations

import sys
import uuid

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

app = FastAPI()


@app.post("/v1/submissions")
async def take(request: Request) -> JSONResponse:
    """An answer, and nothing behind it."""
    await request.json()
    return JSONResponse({"submissions": [{"submission_id": str(uuid.uuid4())}]}, 202)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), http="h11", log_level="warning", access_log=False)
