"""Chance that repeats: a stream of its own for each purpose, so that none disturbs another."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID
from zlib import crc32
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from numpy.random import Generator

BOGOTA = ZoneInfo("America/Bogota")
T = TypeVar("T")


class Dice(Random):
    """A seeded stream with the few throws that the portfolio needs."""

    def happens(self, probability: float) -> bool:
        """True with this probability."""
        return self.random() < probability

    def weighted(self, weights: "dict[T, float]") -> T:
        """One of the keys, as likely as its weight."""
        return self.choices(list(weights), weights=list(weights.values()))[0]

    def about(self, typical: float) -> float:
        """A positive figure around ``typical``: half below, sometimes twice as much."""
        return typical * self.lognormvariate(0, 0.35)

    def some(self, items: Sequence[T], share: float) -> list[T]:
        """Each item with this probability, in order."""
        return [item for item in items if self.random() < share]

    def key(self) -> UUID:
        """An idempotency key."""
        return UUID(int=self.getrandbits(128), version=4)

    def in_office(self, day: date) -> datetime:
        """A moment of that day at which offices work, in Colombia."""
        opening = datetime.combine(day, time(8), BOGOTA)
        return opening + timedelta(seconds=self.randrange(9 * 3600))


def dice(seed: int, purpose: str) -> Dice:
    """The stream of one purpose."""
    return Dice(f"{seed}/{purpose}")


def numbers(seed: int, purpose: str) -> "Generator":
    """The same for arrays."""
    import numpy as np  # a web page that imports this package must not pay for it

    return np.random.default_rng([seed, crc32(purpose.encode())])
