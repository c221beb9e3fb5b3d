"""How much each institution, and each address without a token, may send: a bucket of tokens for each name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

#: Names whose buckets are remembered; the one that was used longest ago goes first, and then begins with a full one.
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second in the long run, and so many at once."""

    per_second: float
    burst: float


class Rates:
    """The buckets of one rate; ``monotonic`` tells seconds of a steady clock."""

    def __init__(self, rate: Rate, monotonic: Callable[[], float]) -> None:
        self.rate = rate
        self._monotonic = monotonic
        #: What is left in a bucket, and when that was so.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str, cost: float = 1.0) -> float:
        """Takes ``cost`` and returns 0; or takes nothing and returns the seconds after which it will be there.

        More than a whole bucket is taken from a full one, and leaves a debt.
        """
        now = self._monotonic()
        left, at = self._buckets.get(name, (self.rate.burst, now))
        left = min(self.rate.burst, left + (now - at) * self.rate.per_second)
        needed = min(cost, self.rate.burst)
        if left < needed:
            return (needed - left) / self.rate.per_second
        self._buckets[name] = left - cost, now
        self._buckets.move_to_end(name)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0
