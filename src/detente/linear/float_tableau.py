"""Lemke's path in floating point: fast, and trusted for nothing but the basis it ends at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detente.linear.tableau import Check, Complementarity

TIED = 1e-9
"""Numbers nearer than this (of rows scaled to entries of about one) count as equal."""
LOOK = 50
"""Pivots between two looks at what rounding has done."""
TOGETHER = 32
"""Rows that are changed at once: few enough to stay near the processor."""
SMALL = 1e-6
"""A pivot below this makes the table anew first."""
NOISE = 1e-13
"""What a table that is made anew takes for zero."""
DRIFT = 1e-10
"""How far the equations may be missed until the table is made anew from the problem."""


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
    for count in range(1, most + 1):
        if check is not None:
            check()
        if count % LOOK == 0 and tableau.error() > DRIFT:
            tableau.refresh()
        row = tableau.leaving(rows, entering)
        if count > 1 and abs(tableau.table[row, tableau.place[entering]]) < SMALL:
            tableau.refresh()  # what is so small may be nothing but rounding
            rows = tableau.falling(entering)
            if not len(rows):
                return None
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
        self.cover, self.rhs = cover, rhs
        self.matrix = np.column_stack([matrix, cover])
        self.table = np.column_stack([rhs, self.matrix])
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
        if 3 * len(touched) > self.size:
            _add_outer(table, factor, turned)
        else:
            table[touched] += factor[touched, None] * turned
        table[row] = turned
        self.basic[row], self.nonbasic[column - self.columns] = entering, left
        self.place[entering], self.place[left] = row, column
        self.is_basic[entering], self.is_basic[left] = True, False
        return left

    def error(self) -> float:
        """By how much w = q + M z + d z0 is missed in some row, where nothing is basic but w and z
        that are worth what the table says."""
        n = self.size
        value = np.zeros((2 * n + 1, self.columns))
        value[self.basic] = self.table[:, : self.columns]
        missed = value[:n] - self.rhs - self.matrix @ value[n:]
        return float(np.abs(missed).max())

    def refresh(self) -> None:
        """Make the table anew from the problem, for the variables that are basic now."""
        n, columns, matrix = self.size, self.columns, self.matrix
        inner = np.flatnonzero(self.is_basic[n:])
        outer = np.flatnonzero(~self.is_basic[n:])
        tight, loose = np.flatnonzero(~self.is_basic[:n]), np.flatnonzero(self.is_basic[:n])
        # w = q + M z in the tight rows gives the basic z, and these the basic w.
        given = (-self.rhs[tight], -matrix[np.ix_(tight, outer)], np.eye(len(tight)))
        try:
            z = np.linalg.solve(matrix[np.ix_(tight, inner)], np.column_stack(given))
        except np.linalg.LinAlgError:
            return
        w = matrix[np.ix_(loose, inner)] @ z
        w[:, :columns] += self.rhs[loose]
        w[:, columns : columns + len(outer)] += matrix[np.ix_(loose, outer)]
        order = np.concatenate([np.arange(columns), self.place[n + outer], self.place[tight]])
        for rows, values in ((self.place[n + inner], z), (self.place[loose], w)):
            self.table[np.ix_(rows, order)] = np.where(np.abs(values) < NOISE, 0.0, values)

    def z_basic(self) -> NDArray[np.bool_]:
        """Which z are basic now."""
        z_basic: NDArray[np.bool_] = self.is_basic[self.size : 2 * self.size]
        return z_basic


def _add_outer(
    table: NDArray[np.float64], column: NDArray[np.float64], row: NDArray[np.float64]
) -> None:
    """table += column · row, in place."""
    for first in range(0, len(column), TOGETHER):
        part = slice(first, first + TOGETHER)
        table[part] += column[part, None] * row


def _least(
    rows: NDArray[np.int64], value: NDArray[np.float64], speed: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The rows at which value / speed is least, with their speeds."""
    ratio = value / speed
    least = ratio.min()
    near = ratio <= least + TIED * (1 + abs(least))
    return rows[near], speed[near]
