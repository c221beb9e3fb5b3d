"""What a check found, and all checks that the packages contribute, added up."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from infra import reading, side_by_side
from infra.home import Endpoints
from infra.side_by_side import Others

#: The entry-point group in which a package names its check.
GROUP = "techdock.checks"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How many things were compared, by kind, and every one that differs, with enough to find it."""

    checked: Mapping[str, int]
    differences: Sequence[Mapping[str, object]]

    @property
    def ok(self) -> bool:
        return not self.differences


Check = Callable[[Endpoints], CheckReport]


def contributed() -> tuple[Check, ...]:
    """The checks of all installed packages."""
    return tuple(entry.load() for entry in sorted(importlib.metadata.entry_points(group=GROUP)))


def worth(checks: Sequence[Check], bootstrap: str) -> int:
    """How many processes are of use for ``checks``; raises ``Unavailable``."""
    ours = [name for name in reading.topic_names(bootstrap) if name.startswith("techdock.")]
    records = sum(reading.ends(bootstrap, reading.places(bootstrap, ours)).values())
    return side_by_side.worth(records, len(checks))


def verified(checks: Iterable[Check], endpoints: Endpoints, crew: Others) -> CheckReport:
    """Every check's findings in one report; ``crew`` makes them side by side. Raises what they raise."""
    checked: Counter[str] = Counter()
    differences: list[Mapping[str, object]] = []
    waiting = [crew.ask(_made, check, endpoints) for check in checks]
    for report in (wait() for wait in waiting):
        checked.update(report.checked)
        differences += report.differences
    return CheckReport(dict(checked), tuple(differences))


def _made(check: Check, endpoints: Endpoints) -> CheckReport:
    with reading.one_client():
        return check(endpoints)
