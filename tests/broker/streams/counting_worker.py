"""A worker of the exactness test: a Faust worker whose only lane counts records per key.

Arguments: bootstrap, prefix of the topics, name of the process, home. A value of ``poison`` makes the decision raise.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from streams.app import Frame, make_app, run, seat_lane
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition


class Counts:
    """Counts by key; every count is an output and a change of state."""

    def __init__(self, prefix: str, worker: str) -> None:
        self._prefix = prefix
        self._worker = worker
        self._counts: dict[bytes, int] = {}

    def load(self, record: Input) -> None:
        assert record.key is not None
        assert record.value is not None
        self._counts[record.key] = json.loads(record.value)

    def restored(self) -> None:
        pass

    def decide(self, record: Input) -> Iterable[Output]:
        assert record.key is not None
        assert record.value is not None
        count = self._counts[record.key] = self._counts.get(record.key, 0) + 1
        if record.value == b"poison":
            raise ValueError("this record cannot be decided")
        output = json.dumps({"i": json.loads(record.value), "n": count, "by": self._worker}).encode()
        state = json.dumps(count).encode()
        yield Output(f"{self._prefix}-out", record.key, output, record.timestamp, record.partition)
        yield Output(f"{self._prefix}-state", record.key, state, record.timestamp, record.partition)

    def settle(self) -> Iterable[Output]:
        return ()


def main() -> None:
    bootstrap, prefix, worker, home = sys.argv[1:]
    plan = LanePlan(
        name=prefix,
        inputs=(f"{prefix}-in",),
        shard_of=by_partition,
        sources=lambda key: [Source(f"{prefix}-state", int(key), Until.END)],
        shard=lambda _key: Counts(prefix, worker),
        tries=3,
        backoff=0.05,
    )
    frame = Frame(bootstrap, Path(home), worker)
    app = make_app(f"{prefix}-frame", frame)
    seat_lane(app, plan, frame)
    run(app)


if __name__ == "__main__":
    main()
