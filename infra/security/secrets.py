"""Files that nobody but their owner reads: passwords, keys, and what goes with them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from schemas.errors import Misconfigured

_OWNER_ONLY = 0o600


def write(path: Path, text: str) -> None:
    """Writes ``text`` so that nobody else can read it at any time, and readers see all of it or what was before.

    When this returns it is on the disk, power cuts included. Raises ``Misconfigured`` where that is not allowed.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        settle(path.parent)
    except OSError as error:
        raise Misconfigured([f"{path} cannot be written ({error.strerror}): give this account the right to"]) from error


def settle(folder: Path) -> None:
    """What was renamed or removed in a folder is so on the disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> str:
    """What is in the file, without the end of its line. Raises ``Misconfigured`` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured([f"{path} cannot be read ({error}): name the file of a password"]) from error


def new_password() -> str:
    """A password of 256 random bits."""
    return secrets.token_urlsafe(32)
