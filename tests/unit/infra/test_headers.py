"""Headers of whatever a client sent are taken in, or none of them."""

from __future__ import annotations

from typing import Any

import pytest

from infra.headers import headers_of


class Message:
    """A message of librdkafka, as far as its headers go; asked twice it would do worse than raise."""

    def __init__(self, found: Any) -> None:
        self._found = found
        self._asked = 0

    def headers(self) -> Any:
        self._asked += 1
        assert self._asked == 1
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([("ce_id", b"1"), ("none", None)], [("ce_id", b"1"), ("none", None)]),
        ([], ()),
        (None, ()),
        # What the library does with a name that is no UTF-8.
        (SystemError("returned a result with an exception set"), ()),
    ],
)
def test_headers_are_told_where_they_can_be(found: Any, told: Any) -> None:
    assert headers_of(Message(found)) == told
