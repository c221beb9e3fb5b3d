"""In which order files of tests go to the processes that run them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

#: By when a floor has begun its last file, as a part of the whole; what has no place here takes all of it. Files of
#: the quick floors are left for the end, so that no process is alone with a long one then.
_BEGUN_BY: Mapping[str, float] = {"e2e": 0.75, "broker": 0.9}
#: What takes minutes, on a machine that others use too; it is the first of its floor.
_LONGEST = frozenset(
    {
        "test_disclosure.py", "test_marketplace.py", "test_model_change.py", "test_policies.py", "test_registry.py",
        "test_replay.py", "test_tasks.py", "test_workers_come_and_go.py",
    }
)  # fmt: skip


def places(files: Sequence[PurePath]) -> dict[PurePath, float]:
    """Where each of ``files``, paths below ``tests``, is in the order, from 0 to 1.

    Every floor is spread evenly: whole systems wait for one another and take memory, and what computes alone meanwhile
    uses the processors. A floor keeps the order in which it comes, but for its longest.
    """
    floors: dict[str, list[PurePath]] = {}
    for file in sorted(files, key=_is_short):
        floors.setdefault(file.parts[0], []).append(file)
    return {
        file: number / len(found) * _BEGUN_BY.get(floor, 1.0)
        for floor, found in floors.items()
        for number, file in enumerate(found)
    }


def _is_short(file: PurePath) -> bool:
    return file.parts[0] != "e2e" or file.name not in _LONGEST
