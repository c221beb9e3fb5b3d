"""What the processes of this package load alike, once for all of them; see ``infra.forkserver``."""

from __future__ import annotations

# Loaded with the first address of a name and the first engine, otherwise.
import encodings.idna  # noqa: F401

import psycopg  # noqa: F401

from consumers import migrations, processes, web  # noqa: F401


def load() -> None:
    """Nothing is left to load."""
