"""Runs a command that dies with its parent: ``python leash.py PARENT SIGNAL USER COMMAND…``.

A script of its own instead of a ``preexec_fn``, which may deadlock in a parent that has threads.
It imports as little as it can, for it runs once for every child, and all of it at the start: as another user it may
not be able to read Python's own files any more.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def leashed(argv: Sequence[str], death_signal: int, user: str = "") -> list[str]:
    """``argv`` behind the leash of this process; ``user``: the account to run as, empty for our own.

    Start it from a thread that lives as long as the child may: Linux means the parent *thread*.
    """
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(death_signal), user, *argv]


def die_with_parent(death_signal: int) -> None:
    """Asks Linux to send this process ``death_signal`` when its parent ends; 0 takes it back. Elsewhere: nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)


def adopt_orphans(wanted: bool) -> None:
    """Makes this process, and not the system's first one, the parent of descendants whose parent ends; Linux only."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0)


def _become(user: str) -> None:
    account = pwd.getpwnam(user)
    os.initgroups(user, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.environ["HOME"] = account.pw_dir


def main(parent: str, death_signal: str, user: str, *command: str) -> None:
    """Takes the leash, then becomes the command."""
    if user:
        # Before the leash: a change of account takes the leash off.
        _become(user)
    die_with_parent(int(death_signal))
    if os.getppid() != int(parent):
        # The parent went before the leash was on.
        sys.exit(1)
    os.execvp(command[0], list(command))  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(*sys.argv[1:])
