"""What outcomes bring, exactly, in arrays that sort as the exact numbers do."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, isfinite
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detente.errors import NotSupported
from detente.game.rationals import INT64_MAX, Payoffs

Vector = tuple[Fraction, ...]
"""One exact number a party."""


class Points(Sequence[Vector]):
    """What each outcome brings each party; `points[k]` is a tuple of Fractions.

    `order` : int64 or float64 (num_outcomes, num_parties), each column in the order of the exact
        numbers, equal where they are equal
    `approx` : float64 (num_outcomes, num_parties), the numbers themselves, within a few units of
        the last place; infinite where no float holds one

    >>> points = Points.of([(Fraction(1, 2), Fraction(3)), (Fraction(1, 3), Fraction(4))])
    >>> points[0], points.order.tolist()
    ((Fraction(1, 2), Fraction(3, 1)), [[3, 3], [2, 4]])
    """

    def __init__(
        self,
        order: NDArray[Any],
        approx: NDArray[np.float64],
        exact: Payoffs | NDArray[np.float64],
        steps: Sequence[Sequence[int]] | None = None,
    ) -> None:
        # Column after column in memory: they are looked at one by one.
        self.order = np.asfortranarray(order)
        self.approx = self.order if approx is order else np.asfortranarray(approx)
        self._exact = exact
        self._steps = steps
        self._rows: dict[int, Vector] = {}

    @classmethod
    def of(cls, rows: Sequence[Sequence[Fraction]], num_parties: int | None = None) -> Points:
        """The points with these coordinates; `num_parties` is needed where there are none."""
        width = len(rows[0]) if num_parties is None else num_parties
        return cls._of_payoffs(Payoffs.of(rows, width))

    @classmethod
    def from_array(cls, values: ArrayLike) -> Points:
        """The points of an array (num_outcomes, num_parties) of integers or floats.

        A float stands for the number that it is printed as: 0.1 is one tenth.

        Raises NotSupported where the array is anything else, or a number in it is not finite.
        """
        array = np.asarray(values)
        if array.ndim != 2 or array.dtype.kind not in "iuf":
            raise NotSupported(
                "points are an array of numbers, one row an outcome and one column a party; found "
                f"{array.ndim} axes of {array.dtype}. Give exact numbers as rows of Fractions."
            )
        if array.dtype.kind == "f":
            floats = array.astype(np.float64)
            if not np.isfinite(floats).all():
                raise NotSupported("a number among the points is infinite or not a number.")
            return cls(floats, floats, floats)
        if array.size and (array.max() > INT64_MAX or array.min() < -INT64_MAX):
            raise NotSupported("whole numbers beyond 63 bits are given as rows of Fractions.")
        whole = array.astype(np.int64)
        return cls._of_payoffs(Payoffs(whole, (1,) * whole.shape[1]))

    @classmethod
    def _of_payoffs(cls, payoffs: Payoffs) -> Points:
        if not payoffs.large:
            scale = np.array([nearest(Fraction(d)) for d in payoffs.denominators])
            if np.isfinite(scale).all():
                return cls(payoffs.numerators, payoffs.numerators / scale, payoffs)
        columns = [payoffs.integer_column(i) for i in range(len(payoffs.denominators))]
        steps = [sorted(set(column)) for column in columns]
        order = np.zeros(payoffs.numerators.shape, dtype=np.int64)
        approx = np.zeros(payoffs.numerators.shape)
        for i, (column, values) in enumerate(zip(columns, steps, strict=True)):
            rank = {value: place for place, value in enumerate(values)}
            order[:, i] = [rank[value] for value in column]
            unit = payoffs.denominators[i]
            approx[:, i] = [nearest(Fraction(value, unit)) for value in column]
        return cls(order, approx, payoffs, steps)

    def __len__(self) -> int:
        return len(self.order)

    @property
    def num_parties(self) -> int:
        """How many numbers a point has."""
        return int(self.order.shape[1])

    @overload
    def __getitem__(self, which: int) -> Vector: ...
    @overload
    def __getitem__(self, which: slice) -> Points: ...
    def __getitem__(self, which: int | slice) -> Vector | Points:
        if isinstance(which, slice):
            return self.take(np.arange(len(self))[which])
        at = range(len(self))[which]
        if at not in self._rows:
            self._rows[at] = self._row(at)
        return self._rows[at]

    def _row(self, at: int) -> Vector:
        if isinstance(self._exact, Payoffs):
            return self._exact.row(at)
        return tuple(map(printed, self._exact[at].tolist()))

    def __iter__(self) -> Iterator[Vector]:
        return (self[k] for k in range(len(self)))

    def take(self, rows: NDArray[np.integer] | Sequence[int]) -> Points:
        """The points of these outcomes."""
        at = np.asarray(rows, dtype=np.intp)
        exact = self._exact.take(at) if isinstance(self._exact, Payoffs) else self._exact[at]
        return Points(self.order[at], self.approx[at], exact, self._steps)

    def at_least(self, party: int, value: Fraction) -> NDArray[np.bool_]:
        """bool (num_outcomes,): which outcomes bring a party that much."""
        column = self.order[:, party]
        if not isinstance(self._exact, Payoffs):
            near = nearest(value)
            below = isfinite(near) and printed(near) < value
            return np.asarray(column > near if below else column >= near)
        least = ceil(value * self._exact.denominators[party])
        if self._steps is not None:
            least = bisect_left(self._steps[party], least)
        if abs(least) > INT64_MAX:
            return np.full(len(self), least < 0)
        return np.asarray(column >= least)

    def above(self, party: int, value: Fraction) -> NDArray[np.bool_]:
        """bool (num_outcomes,): which outcomes bring a party more than that."""
        column = self.order[:, party]
        if not isinstance(self._exact, Payoffs):
            near = nearest(value)
            above = isfinite(near) and printed(near) > value
            return np.asarray(column >= near if above else column > near)
        scaled = value * self._exact.denominators[party]
        least = scaled.numerator // scaled.denominator + 1
        if self._steps is not None:
            least = bisect_left(self._steps[party], least)
        if abs(least) > INT64_MAX:
            return np.full(len(self), least < 0)
        return np.asarray(column >= least)


def printed(value: float) -> Fraction:
    """The number that a float is printed as: 0.1 is one tenth."""
    return Fraction(Decimal(repr(value)))


def nearest(value: Fraction) -> float:
    """The float closest to a number, infinite where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
