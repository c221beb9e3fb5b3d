"""The headers of a Kafka message, whatever bytes their names are."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Message

#: Called so and not as ``message.headers()``: the interpreter takes shortcuts to methods that it has met often, and
#: then does not look whether an error was left behind, which some later call would raise instead.
_headers = operator.methodcaller("headers")


def headers_of(message: Message) -> Sequence[tuple[str, Any]]:
    """The headers of ``message``; none of them where one has a name that is no UTF-8.

    A client may send any bytes as a name, and nobody checks them before us. The client library cannot give such
    headers: it raises, and asked a second time it may do worse, so that this is the one place that asks.
    """
    try:
        return _headers(message) or ()
    except (SystemError, UnicodeDecodeError):
        return ()
