"""Deals that stand, kept as the bytes in which they are told: each record is thirty objects, and seldom asked for."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from schemas import codec
from schemas.records import DealAdvanced


class Telling:
    """Deals to bytes and back; the last one is remembered, for a move asks for its deal several times and tells it."""

    def __init__(self) -> None:
        self._last: tuple[DealAdvanced | None, bytes] = None, b""

    def written(self, deal: DealAdvanced) -> bytes:
        """``deal`` in single-object encoding."""
        if self._last[0] is not deal:
            self._last = deal, codec.encode(deal)
        return self._last[1]

    def read(self, data: bytes) -> DealAdvanced:
        """The deal that was ``written`` so."""
        deal, last = self._last
        if deal is None or last is not data:
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

    def __setitem__(self, ref: str, deal: DealAdvanced) -> None:
        self._data[ref] = self._telling.written(deal)

    def __delitem__(self, ref: str) -> None:
        del self._data[ref]

    def __contains__(self, ref: object) -> bool:
        return ref in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)
