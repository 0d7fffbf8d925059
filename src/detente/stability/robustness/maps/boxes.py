"""Signs of polynomials in two unknowns over whole rectangles, surely.

A polynomial lies between the least and the greatest of its Bernstein coefficients over a rectangle
(Cargo and Shisha 1966); they are computed in floating point with a bound of their error.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.stability.robustness.maps.surface import Terms

ROUNDING = 64 * 2.0**-53
"""Relative error of a sum of products here, generously: each has fewer than twenty operations a
degree, and coefficients are rounded once."""
DEGREE = 12
"""In each unknown, up to which `ROUNDING` is generous."""

TINY = 2.0**-900
"""Part of the greatest coefficient below which one would lose digits: nothing is sure then."""

Floats = NDArray[np.float64]
Box = tuple[Fraction, Fraction, Fraction, Fraction]
"""From and to in the first unknown, from and to in the second."""


class Signs:
    """The polynomials whose signs are asked for, more of them as they are met.

    `polynomials` : the list that grows; a polynomial is known by its position in it
    """

    def __init__(self, polynomials: Sequence[Terms]) -> None:
        self._polynomials = polynomials
        self._count = 0
        self._groups: dict[tuple[int, int], tuple[list[int], list[Floats]]] = {}

    def _learn(self) -> None:
        for number in range(self._count, len(self._polynomials)):
            terms = self._polynomials[number]
            degrees = (max(i for (i, _), _ in terms), max(j for (_, j), _ in terms))
            rows = np.zeros((degrees[0] + 1, degrees[1] + 1))
            scale = max(abs(c) for _, c in terms)
            for (i, j), c in terms:
                near = float(c / scale)
                rows[i, j] = near if abs(near) > TINY else np.nan
            numbers, tables = self._groups.setdefault(degrees, ([], []))
            numbers.append(number)
            tables.append(rows)
        self._count = len(self._polynomials)

    def over(self, box: Box, first: int = 0) -> list[int]:
        """The signs all over a closed box, from the `first` on; 0 where one is not sure."""
        self._learn()
        found = np.zeros(self._count - first, dtype=np.int8)
        for (m, n), (numbers, tables) in self._groups.items():
            start = bisect_left(numbers, first)
            if max(m, n) > DEGREE or start == len(numbers):
                continue
            left, right = _bernstein(m, *box[:2]), _bernstein(n, *box[2:])
            stacked = np.array(tables[start:])
            values = _transformed(left, stacked, right)
            error = ROUNDING * _transformed(np.abs(left), np.abs(stacked), np.abs(right))
            above = (values > error).all(axis=(1, 2))
            below = (values < -error).all(axis=(1, 2))
            at = np.array(numbers[start:]) - first
            found[at] = above.astype(np.int8) - below.astype(np.int8)
        signs: list[int] = found.tolist()
        return signs


def _transformed(left: Floats, stacked: Floats, right: Floats) -> Floats:
    """`left @ stacked @ right.T`, number by number: to the same bits on all machines."""
    half = np.zeros_like(stacked)
    for i, k in np.ndindex(left.shape):
        half[:, i] += left[i, k] * stacked[:, k]
    whole = np.zeros_like(stacked)
    for j, k in np.ndindex(right.shape):
        whole[:, :, j] += right[j, k] * half[:, :, k]
    return whole


def _bernstein(degree: int, low: Fraction, high: Fraction) -> Floats:
    """Powers as Bernstein coefficients over an interval, each entry rounded once."""
    rows: list[list[Fraction]] = []
    width = high - low
    for k in range(degree + 1):
        row: Sequence[Any] = [
            sum(
                (
                    Fraction(comb(k, p), comb(degree, p)) * comb(i, p) * low ** (i - p) * width**p
                    for p in range(min(i, k) + 1)
                ),
                Fraction(0),
            )
            for i in range(degree + 1)
        ]
        rows.append(list(row))
    return np.array([[float(value) for value in row] for row in rows])
