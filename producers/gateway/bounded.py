"""``python -m producers.gateway.bounded BYTES import …``: a command of producers that may use so much memory."""

from __future__ import annotations

import os
import resource
import sys

from infra import schema_ids
from infra.settings import Settings
from producers.__main__ import main

#: Below all that serves: who imports can wait.
_NICE = 10


def bounded(most: int) -> None:
    """From here on an allocation beyond ``most`` bytes fails."""
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    os.nice(_NICE)


if __name__ == "__main__":
    bounded(int(sys.argv.pop(1)))
    schema_ids.adopt(Settings.from_env(os.environ))
    main()
