"""A stock Faust agent: read, decode, send; at least once."""

from __future__ import annotations

import os
import sys
from typing import Any

import mode.loop

mode.loop.use("uvloop")

import faust  # noqa: E402 - the event loop is chosen before Faust is imported

from schemas import codec  # noqa: E402


def main(bootstrap: str, source: str, output: str, group: str) -> None:
    """Copy ``source`` to ``output`` until killed."""
    app = faust.App(
        group,
        broker=f"kafka://{bootstrap}",
        datadir=os.environ["BENCH_FOLDER"],
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        key_serializer="raw",
        value_serializer="raw",
    )
    written = app.topic(output)

    @app.agent(app.topic(source))
    async def copy(stream: Any) -> None:
        async for event in stream.events():
            codec.decode_fields(event.value)
            await written.send(key=event.key, value=event.value)

    faust.Worker(app, loglevel="WARNING", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
