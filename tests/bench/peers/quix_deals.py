"""QuixStreams with a state: by achievement the last move of each deal and how often each move was made.

No table, no guard, no order of moves, no refusal, no clock: the least that a stateful loop over deals can do.
"""

from __future__ import annotations

import os
import sys
from typing import Literal, cast

from quixstreams import Application, State

from schemas import codec
from schemas.records import NegotiationUpdated

#: Records in one transaction, and seconds until a batch that does not fill is committed: as the peer of admission.
_BATCH, _LINGER = 2_000, 0.1


def main(bootstrap: str, source: str, output: str, group: str, guarantee: str) -> None:
    """Copy ``source`` to ``output`` and keep the state, until killed."""
    app = Application(
        bootstrap,
        consumer_group=group,
        auto_offset_reset="earliest",
        # The topic that keeps the state is its own to make.
        auto_create_topics=True,
        commit_every=_BATCH,
        commit_interval=_LINGER,
        consumer_poll_timeout=_LINGER,
        state_dir=os.environ["BENCH_FOLDER"],
        processing_guarantee=cast(Literal["at-least-once", "exactly-once"], guarantee),
    )
    rows = app.dataframe(app.topic(source, value_deserializer="bytes"))
    rows = rows.apply(_advanced, stateful=True)
    rows.to_topic(app.topic(output, value_serializer="bytes"))
    app.run()


def _advanced(value: bytes, state: State) -> bytes:
    name, said = codec.decode_fields(value)
    if name == NegotiationUpdated.__name__:
        last, made = state.get("last") or {}, state.get("made") or {}
        last[f"{said['demand_institution_id']}/{said['demand_id']}"] = [said["sequence"], said["move"]]
        made[said["move"]] = made.get(said["move"], 0) + 1
        state.set("last", last)
        state.set("made", made)
    return value


if __name__ == "__main__":
    main(*sys.argv[1:])
