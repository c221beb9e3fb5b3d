"""When a broker has taken a new certificate up."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.security import renewal
from infra.security.certificates import Certificates
from schemas.errors import Unavailable

HERE = ("127.0.0.1", 9092)


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    made = Certificates(tmp_path)
    made.make((), datetime.now(UTC))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return made


def test_a_thread_of_the_broker_that_still_shows_the_former_one_is_waited_for(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, former = certificates.broker_der, b"former"
    # One of two threads is late, and gets every other connection.
    shown: Iterator[bytes] = itertools.chain([former, former, new, former, new, former], itertools.repeat(new, 50))
    monkeypatch.setattr(renewal, "_shown", lambda *_: next(shown))
    renewal._wait_for(HERE, certificates)
    assert former not in shown


def test_a_broker_that_keeps_the_former_one_is_told(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = itertools.count(step=4.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(seconds))
    monkeypatch.setattr(renewal, "_shown", lambda *_: b"former")
    with pytest.raises(Unavailable, match="it shows another certificate"):
        renewal._wait_for(HERE, certificates)
