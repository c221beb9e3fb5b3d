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

    def __reduce__(self) -> tuple[type[Misconfigured], tuple[tuple[str, ...]]]:
        # From another process it comes with its problems, not with their sentence.
        return type(self), (self.problems,)


class Unreadable(TechDockError):
    """These bytes will never parse: quarantine them, count, go on, up to a limit."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str, str]]:
        return type(self), (self.where, self.why)


class Unavailable(TechDockError):
    """Something needed is away for now: back off for ``retry_after`` seconds, then the same again."""

    def __init__(self, what: str, retry_after: float = 1.0) -> None:
        super().__init__(what)
        self.what = what
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type[Unavailable], tuple[str, float]]:
        return type(self), (self.what, self.retry_after)
