"""QuixStreams: read, decode, write; at least once or exactly once."""

from __future__ import annotations

import os
import sys
from typing import Literal, cast

from quixstreams import Application

from schemas import codec

#: Records in one transaction, as many as admission takes.
_BATCH = 2_000
#: Seconds until a batch that does not fill is committed all the same. By default five: the last, incomplete batch
#: would wait as long, and the wait would count against the peer.
_LINGER = 0.1


def main(bootstrap: str, source: str, output: str, group: str, guarantee: str) -> None:
    """Copy ``source`` to ``output`` until killed."""
    app = Application(
        bootstrap,
        consumer_group=group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        commit_every=_BATCH,
        commit_interval=_LINGER,
        consumer_poll_timeout=_LINGER,
        state_dir=os.environ["BENCH_FOLDER"],
        processing_guarantee=cast(Literal["at-least-once", "exactly-once"], guarantee),
    )
    rows = app.dataframe(app.topic(source, value_deserializer="bytes"))
    rows = rows.apply(_decoded)
    rows.to_topic(app.topic(output, value_serializer="bytes"))
    app.run()


def _decoded(value: bytes) -> bytes:
    codec.decode_fields(value)
    return value


if __name__ == "__main__":
    main(*sys.argv[1:])
