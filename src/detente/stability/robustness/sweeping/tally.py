"""Shares counted over nets of draws, and how far off they may be.

Counts are whole numbers and so are the sums of their squares: in whatever order the nets come in,
from however many machines, the result is the same to the last bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
SURE: Final = 0.95
"""How often the interval covers the share, about."""


@dataclass(frozen=True)
class Share:
    """A share of the draws with its interval.

    `hits`, `of` : how many draws
    `value` : None where there are none
    `low`, `high` : where it lies, with a confidence of 95 %; None with one net only
    """

    hits: int
    of: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(eq=False)
class Tally:
    """Hits and draws over nets, arrays of one shape, with the sums that error bars need.

    `hits`, `of` : int64, sums; `hits2`, `cross`, `of2` : int64, sums of hits², hits·of and of²
    `nets` : how many nets were added
    """

    hits: Counts
    of: Counts
    hits2: Counts
    cross: Counts
    of2: Counts
    nets: int = 0

    @classmethod
    def empty(cls, *shape: int) -> Tally:
        """No net yet."""
        hits, of, hits2, cross, of2 = np.zeros((5, *shape), dtype=np.int64)
        return cls(hits, of, hits2, cross, of2)

    def add(self, hits: Any, of: Any) -> None:
        """Count one net: hits among so many draws, arrays of the shape."""
        hits, of = np.asarray(hits, dtype=np.int64), np.asarray(of, dtype=np.int64)
        self.hits += hits
        self.of += of
        self.hits2 += hits * hits
        self.cross += hits * of
        self.of2 += of * of
        self.nets += 1

    def share(self, *at: int) -> Share:
        """The share at a position.

        Each net is a sample of its own, scrambled anew, so that what their shares differ by tells
        the error (Owen 1997); for a ratio of sums by linearisation (Cochran 1977, section 6.3),
        with Student's t. Never less than one draw, or, where no draw or every draw is a hit, than
        what so many independent draws leave open.
        """
        hits, of = int(self.hits[at]), int(self.of[at])
        if not of:
            return Share(0, 0, None, None, None)
        value = hits / of
        if self.nets < 2:
            return Share(hits, of, value, None, None)
        unseen = 1.0 - (1.0 - SURE) ** (1.0 / of)
        if hits in (0, of):
            ends = (0.0, unseen) if hits == 0 else (1.0 - unseen, 1.0)
            return Share(hits, of, value, *ends)
        half = max(_student(self.nets - 1) * self._error(at, hits, of), 1.0 / of)
        return Share(hits, of, value, max(0.0, value - half), min(1.0, value + half))

    def _error(self, at: tuple[int, ...], hits: int, of: int) -> float:
        """The standard error. Its sum of squares is a whole number over of²; exact up to here."""
        hits2, cross, of2 = (int(a[at]) for a in (self.hits2, self.cross, self.of2))
        squares = hits2 * of * of - 2 * hits * of * cross + hits * hits * of2
        spread = self.nets / (self.nets - 1) * (squares / (of * of))
        return math.sqrt(max(spread, 0.0)) / of


def _student(freedom: int) -> float:
    from scipy.special import stdtrit  # type: ignore[import-untyped]

    return float(stdtrit(freedom, 1.0 - (1.0 - SURE) / 2.0))
