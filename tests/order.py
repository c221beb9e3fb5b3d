"""In which order files of tests go to the processes that run them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

#: By when a floor has begun its last file, as a part of the whole; what has no place here takes all of it. Files of
#: the quick floors are left for the end, so that no process is alone with a long one then.
_BEGUN_BY: Mapping[str, float] = {"e2e": 0.8, "broker": 0.9}


def places(files: Sequence[PurePath]) -> dict[PurePath, float]:
    """Where each of ``files``, paths below ``tests``, is in the order, from 0 to 1.

    Every floor is spread evenly: whole systems wait for one another and take memory, and what computes alone meanwhile
    uses the processors. A floor keeps the order in which it comes.
    """
    floors: dict[str, list[PurePath]] = {}
    for file in files:
        floors.setdefault(file.parts[0], []).append(file)
    return {
        file: number / len(found) * _BEGUN_BY.get(floor, 1.0)
        for floor, found in floors.items()
        for number, file in enumerate(found)
    }
