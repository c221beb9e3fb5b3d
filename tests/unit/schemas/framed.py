"""A registry's ids of our schemas, made up, and the framing that this process adopts for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from schemas import codec, framing
from schemas.editions import PRESENT, releases
from schemas.framing import Framing

_SCHEMAS = [one.schema(name) for one in (*releases(), PRESENT) for name in one.records]
#: By id what records of every release begin with; the latest last, as a registry gives ids.
IDS = dict(enumerate(map(codec.prefix_under, _SCHEMAS), start=101))
#: What others read is written with these ids, or is only read with them.
CONFLUENT, READING = Framing(IDS, writes_confluent=True), Framing(IDS)


@contextmanager
def adopting(one: Framing) -> Iterator[Framing]:
    """This process reads and writes by ``one`` while the block runs."""
    before = framing.adopted()
    framing.adopt(one)
    try:
        yield one
    finally:
        framing.adopt(before)
