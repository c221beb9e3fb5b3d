"""What a vault does to the disk, step by step; each step is on the disk when it returns."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from infra.security import secrets
from schemas.errors import Misconfigured


class Disk:
    """The real one. Every method raises ``Misconfigured`` where it is not allowed."""

    def write(self, path: Path, text: str) -> None:
        """All of ``text`` or what was before, for the owner alone."""
        secrets.write(path, text)

    def move(self, source: Path, target: Path) -> None:
        """``source`` takes the place of ``target``."""
        _tried(target, lambda: source.replace(target))

    def blank(self, path: Path) -> None:
        """Zeros over what the file holds, where it is; nothing where there is none."""
        _tried(path, lambda: _zero(path))

    def remove(self, path: Path) -> None:
        """The file is gone; one that is not there is fine."""
        _tried(path, lambda: path.unlink(missing_ok=True))


def read(path: Path) -> str | None:
    """What a file holds; ``None`` where there is none. Raises ``Misconfigured`` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(
            [f"{path} cannot be read ({error}): give this account the right to, or restore it"]
        ) from None


def _zero(path: Path) -> None:
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(b"\x00" * os.fstat(file.fileno()).st_size)
        file.flush()
        os.fsync(file.fileno())


def _tried(path: Path, step: Callable[[], object]) -> None:
    try:
        step()
        secrets.settle(path.parent)
    except OSError as error:
        raise Misconfigured([f"{path} cannot be written ({error.strerror}): give this account the right to"]) from error
