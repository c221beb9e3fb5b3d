"""Ports of 127.0.0.1 that stay the same from start to start, as long as nobody else takes them."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from schemas.errors import Misconfigured, Unavailable

#: Below the range from which systems pick the near ends of outgoing connections, so that those do not take ours.
_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As the servers do: a port that only waits out old connections is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def chosen(path: Path, names: Sequence[str], fixed: Mapping[str, int] | None = None) -> Mapping[str, int]:
    """A free port for each name: the fixed one, else the one in ``path``, else a new one; kept in ``path``.

    Raises ``Misconfigured`` where a fixed port is taken.
    """
    fixed = {name: port for name, port in (fixed or {}).items() if port}
    taken = [
        f"port {port} ({name}) is taken: free it or choose another" for name, port in fixed.items() if not is_free(port)
    ]
    if taken:
        raise Misconfigured(taken)
    kept = _kept(path)
    ports: dict[str, int] = {}
    for name in names:
        wanted = fixed.get(name) or kept.get(name)
        if wanted is None or wanted in ports.values() or not (name in fixed or is_free(wanted)):
            wanted = _new({*kept.values(), *ports.values(), *fixed.values()})
        ports[name] = wanted
    path.write_text(json.dumps({**kept, **ports}, indent=1), encoding="utf-8")
    return ports


def _new(avoid: set[int]) -> int:
    for port in random.sample(_RANGE, k=200):
        if port not in avoid and is_free(port):
            return port
    raise Unavailable(f"no free port between {_RANGE.start} and {_RANGE.stop} on 127.0.0.1", 5.0)


def _kept(path: Path) -> Mapping[str, int]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return {name: port for name, port in content.items() if isinstance(port, int)} if isinstance(content, dict) else {}
