"""What the workers of this package load alike, once for all of them; see ``infra.forkserver``."""

from __future__ import annotations

import mode.loop

mode.loop.use("uvloop")

import faust  # noqa: E402 - the event loop is chosen before Faust is imported
import faust.fixups.django  # noqa: E402
import faust.transport.drivers.aiokafka  # noqa: E402
import mode.debug  # noqa: E402

from infra import registry, schema_ids  # noqa: E402, F401
from schemas import codec  # noqa: E402
from schemas.records import RECORDS  # noqa: E402
from streams import (  # noqa: E402, F401
    admission,
    deals,
    duplicates,
    life_cycle,
    matching,
    model_commands,
    pipeline,
    policies,
    ranking,
)
from streams.domain import dictionary  # noqa: E402
from streams.domain.index.text_index import compile_all  # noqa: E402
from streams.domain.model import default_model  # noqa: E402
from streams.lane import code  # noqa: E402

#: Faust imports what stands behind its names when they are asked for.
_FAUST = (faust.App, faust.Worker, faust.SASLCredentials)


def load() -> None:
    """Loads what is compiled, the dictionaries, the scoring model that ships, and how records are read and written."""
    compile_all()
    dictionary.longest()
    default_model()
    code.digest()
    for name in RECORDS:
        codec.prefix(name)
