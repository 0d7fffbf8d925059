"""Lemke's path in floating point: fast, and trusted for nothing but the basis it ends at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detente.linear.tableau import Check, Complementarity

TIED = 1e-9
"""Numbers nearer than this (of rows scaled to entries of about one) count as equal."""


def final_basis(
    problem: Complementarity, most: int, check: Check | None = None
) -> NDArray[np.bool_] | None:
    """bool (n,): which z are basic at the end of Lemke's path, if rounding led nowhere else.

    None where the path ends in a ray, meets numbers that are no numbers, or takes more than `most`
    pivots: rounding can make it cycle.
    """
    tableau = FloatTableau(problem)
    rows = np.flatnonzero(tableau.cover > 0)
    if not tableau.starts_negative():
        return tableau.z_basic()
    entering = 2 * problem.size
    for _ in range(most):
        if check is not None:
            check()
        row = tableau.leaving(rows, entering)
        left = tableau.exchange(row, entering)
        if left == 2 * problem.size:
            return tableau.z_basic()
        entering = left + problem.size if left < problem.size else left - problem.size
        rows = tableau.falling(entering)
        if not len(rows):
            return None
    return None


class FloatTableau:
    """The dictionary of `tableau.Tableau` in floating point: one array, updated in place.

    `table` : float64 (n, columns + n + 1), what each basic variable is worth in terms of (the
        powers of ε, then the nonbasic variables)
    """

    def __init__(self, problem: Complementarity) -> None:
        n, self.columns = problem.rhs.shape
        self.size = n
        matrix, rhs, cover = (
            part.astype(np.float64) for part in (problem.matrix, problem.rhs, problem.cover)
        )
        if problem.w_unit is not None and problem.z_unit is not None:
            matrix *= problem.z_unit / problem.w_unit[:, None]
            rhs /= problem.w_unit[:, None]
            cover /= problem.w_unit
        self.cover = cover
        self.table = np.column_stack([rhs, matrix, cover])
        self.basic = np.arange(n)
        self.nonbasic = np.arange(n, 2 * n + 1)
        self.place = np.concatenate([np.arange(n), self.columns + np.arange(n + 1)])
        self.is_basic = np.arange(2 * n + 1) < n

    def starts_negative(self) -> bool:
        """Whether z0 is needed at all."""
        right = self.table[:, : self.columns]
        first = np.argmax(np.abs(right) > TIED, axis=1)
        return bool((right[np.arange(self.size), first] < -TIED).any())

    def falling(self, entering: int) -> NDArray[np.int64]:
        """The rows whose variables fall as the entering one grows."""
        return np.flatnonzero(self.table[:, self.place[entering]] < -TIED)

    def leaving(self, rows: NDArray[np.int64], entering: int) -> int:
        """Of these rows the one whose variable is zero first, lexicographically."""
        speed = np.abs(self.table[rows, self.place[entering]])
        for k in range(self.columns):
            rows, speed = _least(rows, self.table[rows, k], speed)
            if len(rows) == 1:
                return int(rows[0])
        z0 = 2 * self.size
        if self.is_basic[z0] and self.place[z0] in rows:
            return int(self.place[z0])
        for w in range(self.size):
            place = self.place[w]
            if self.is_basic[w]:
                others = rows != place
                rows, speed = rows[others], speed[others]
            else:
                rows, speed = _least(rows, -self.table[rows, place], speed)
            if len(rows) == 1:
                break
        return int(rows[0])

    def exchange(self, row: int, entering: int) -> int:
        """Make a variable basic in place of a row's; returns the one that left."""
        table, column, left = self.table, self.place[entering], int(self.basic[row])
        pivot = table[row, column]
        turned = table[row] / -pivot
        turned[column] = 1 / pivot
        factor = table[:, column].copy()
        factor[row] = 0.0
        table[:, column] = 0.0
        touched = np.flatnonzero(factor)
        if 2 * len(touched) > self.size:
            table += factor[:, None] * turned
        else:
            table[touched] += factor[touched, None] * turned
        table[row] = turned
        self.basic[row], self.nonbasic[column - self.columns] = entering, left
        self.place[entering], self.place[left] = row, column
        self.is_basic[entering], self.is_basic[left] = True, False
        return left

    def z_basic(self) -> NDArray[np.bool_]:
        """Which z are basic now."""
        z_basic: NDArray[np.bool_] = self.is_basic[self.size : 2 * self.size]
        return z_basic


def _least(
    rows: NDArray[np.int64], value: NDArray[np.float64], speed: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The rows at which value / speed is least, with their speeds."""
    ratio = value / speed
    least = ratio.min()
    near = ratio <= least + TIED * (1 + abs(least))
    return rows[near], speed[near]
