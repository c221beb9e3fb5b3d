"""The three answers to "what now?" when something is wrong outside the market's own rules."""

from __future__ import annotations

from collections.abc import Sequence


class TechDockError(Exception):
    """The family; never raised itself."""


class Misconfigured(TechDockError):
    """The set-up cannot work: print every problem, exit with 2."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class Unreadable(TechDockError):
    """These bytes will never parse: quarantine them, count, go on, up to a limit."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class Unavailable(TechDockError):
    """Something needed is away for now: back off for ``retry_after`` seconds, then the same again."""

    def __init__(self, what: str, retry_after: float = 1.0) -> None:
        super().__init__(what)
        self.what = what
        self.retry_after = retry_after
