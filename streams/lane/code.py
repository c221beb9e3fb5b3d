"""What the present code is known by: what was computed by any other may differ from what this one computes."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import platform
import sys
from pathlib import Path

#: The packages whose code decides.
OWN = ("streams", "schemas")


@functools.cache
def digest() -> str:
    """Hex digits of all files of ``OWN``, every installed package, the Python and the C library below it."""
    found = hashlib.blake2b(f"{sys.version} {platform.machine()} {platform.libc_ver()}".encode(), digest_size=16)
    for one in sorted(f"{each.name} {each.version}" for each in importlib.metadata.distributions()):
        found.update(one.encode())
    for package in OWN:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        for folder in spec.submodule_search_locations:
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    found.update(path.read_bytes())
    return found.hexdigest()
