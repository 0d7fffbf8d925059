"""Signs of polynomials in two unknowns over whole rectangles, surely.

A polynomial lies between the least and the greatest of its Bernstein coefficients over a rectangle
(Cargo and Shisha 1966); they are computed in floating point with a bound of their error.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.stability.robustness.plane import Terms

ROUNDING = 64 * 2.0**-53
"""Relative error of a sum of products here, generously: each has fewer than twenty operations a
degree, and coefficients are rounded once."""
DEGREE = 12
"""In each unknown, up to which `ROUNDING` is generous."""

TINY = 2.0**-900
"""Part of the greatest coefficient below which one would lose digits: nothing is sure then."""

Box = tuple[Fraction, Fraction, Fraction, Fraction]
"""From and to in the first unknown, from and to in the second."""


class Signs:
    """The polynomials whose signs are asked for, more of them as they are met."""

    def __init__(self) -> None:
        self._known: dict[Terms, int] = {}
        self._groups: dict[tuple[int, int], tuple[list[int], list[NDArray[np.float64]]]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def number(self, terms: Terms) -> int:
        """Under which number a polynomial is known from now on."""
        if terms not in self._known:
            self._known[terms] = len(self._known)
            degrees = (max(i for (i, _), _ in terms), max(j for (_, j), _ in terms))
            rows = np.zeros((degrees[0] + 1, degrees[1] + 1))
            scale = max(abs(c) for _, c in terms)
            for (i, j), c in terms:
                near = float(c / scale)
                rows[i, j] = near if abs(near) > TINY else np.nan
            numbers, tables = self._groups.setdefault(degrees, ([], []))
            numbers.append(self._known[terms])
            tables.append(rows)
        return self._known[terms]

    def over(self, box: Box) -> NDArray[np.int8]:
        """int8 (num_polynomials,), the sign all over a closed box; 0 where that is not sure."""
        found = np.zeros(len(self._known), dtype=np.int8)
        for (m, n), (numbers, tables) in self._groups.items():
            if max(m, n) > DEGREE:
                continue
            left, right = _bernstein(m, *box[:2]), _bernstein(n, *box[2:])
            stacked = np.array(tables)
            values = left @ stacked @ right.T
            error = ROUNDING * (np.abs(left) @ np.abs(stacked) @ np.abs(right).T)
            above = (values > error).all(axis=(1, 2))
            below = (values < -error).all(axis=(1, 2))
            found[numbers] = above.astype(np.int8) - below.astype(np.int8)
        return found


def _bernstein(degree: int, low: Fraction, high: Fraction) -> NDArray[np.float64]:
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
