"""A shelf in memory: what admission would have let in lies on it, in the order in which it came."""

from __future__ import annotations

from schemas import codec
from schemas.annexes import Annexes
from schemas.errors import Unavailable
from schemas.records import AnnexDeposited, AnnexEvent, AnnexRead


class MemoryShelf:
    """The topic of annexes; ``is_away`` while nothing can be written.

    What stands in ``meanwhile`` is registered right before the next reading is told.
    """

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_away = False
        self.meanwhile: list[AnnexEvent] = []

    def put(self, event: AnnexEvent) -> None:
        """What admission registers."""
        self.written.append(codec.encode(event))

    def standing(self, beyond: int = 0) -> Annexes:
        assert beyond <= len(self.written)
        found = Annexes()
        for offset, data in enumerate(self.written):
            found.take(codec.decode(data), offset)
        return found

    def deposit(self, offset: int) -> AnnexDeposited:
        found = codec.decode(self.written[offset])
        assert isinstance(found, AnnexDeposited)
        return found

    def tell(self, event: AnnexRead) -> int:
        if self.is_away:
            raise Unavailable("the reading could not be written down")
        while self.meanwhile:
            self.put(self.meanwhile.pop(0))
        self.put(event)
        return len(self.written) - 1

    def readings(self) -> list[AnnexRead]:
        return [said for data in self.written if isinstance(said := codec.decode(data), AnnexRead)]
