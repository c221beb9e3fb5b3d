"""Deals that stand, kept as the bytes in which they are told: each record is thirty objects, and seldom asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping
from typing import Any

from schemas import codec
from schemas.records import DealAdvanced

#: Deals of a partition that stay records as well, at most: those told last, for they are moved next. 3 kB each.
AT_HAND = 2_000


class Telling:
    """Deals to bytes and back; those that were kept last are at hand, and the last one is not written twice."""

    def __init__(self, at_hand: int = AT_HAND) -> None:
        self._last: tuple[DealAdvanced | None, bytes] = None, b""
        self._most = at_hand
        self._at_hand = OrderedDict[bytes, DealAdvanced]()

    def written(self, deal: DealAdvanced) -> bytes:
        """``deal`` in single-object encoding."""
        if self._last[0] is not deal:
            self._last = deal, codec.encode(deal)
        return self._last[1]

    def kept(self, deal: DealAdvanced, former: bytes | None) -> bytes:
        """``deal`` as bytes, which take the place of ``former``."""
        data = self.written(deal)
        if former is not None:
            self._at_hand.pop(former, None)
        self._at_hand[data] = deal
        if len(self._at_hand) > self._most:
            self._at_hand.popitem(last=False)
        return data

    def read(self, data: bytes) -> DealAdvanced:
        """The deal that was ``written`` so."""
        deal = self._at_hand.get(data)
        if deal is None:
            last, known = self._last
            if last is not None and known is data:
                return last
            deal = codec.decode(data)  # type: ignore[assignment]
            assert isinstance(deal, DealAdvanced)
            self._last = deal, data
        return deal


class PackedDeals(MutableMapping[str, DealAdvanced]):
    """The deals of one achievement by the demand's reference."""

    __slots__ = ("_data", "_telling")

    def __init__(self, telling: Telling) -> None:
        self._data: dict[str, bytes] = {}
        self._telling = telling

    def __getitem__(self, ref: str) -> DealAdvanced:
        return self._telling.read(self._data[ref])

    def get(self, ref: str, default: Any = None) -> Any:
        """The deal, without an error raised on the way: each move asks several times, and often there is none yet."""
        data = self._data.get(ref)
        return default if data is None else self._telling.read(data)

    def __setitem__(self, ref: str, deal: DealAdvanced) -> None:
        self._data[ref] = self._telling.kept(deal, self._data.get(ref))

    def __delitem__(self, ref: str) -> None:
        del self._data[ref]

    def __contains__(self, ref: object) -> bool:
        return ref in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)
