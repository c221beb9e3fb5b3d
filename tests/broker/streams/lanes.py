"""A lane at work in a thread of a test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from streams.lane.runner import Lane


@contextmanager
def at_work(lane: Lane, failed: list[BaseException]) -> Iterator[None]:
    """``lane`` runs for as long as the block does; what ends it before is noted in ``failed``, and fails the test."""

    def work() -> None:
        try:
            lane.run()
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        lane.stop()
        thread.join(30)
        assert not thread.is_alive()
        assert failed == []
