"""Lemke and Howson's path (1964) in whole numbers, by lexicographic pivoting: it never cycles.

Each polytope is a condensed tableau of integers over one denominator, the last pivot (Edmonds
1967), so that every division is exact. Ties of the ratio test are parted by right-hand sides
1 + ε, 1 + ε², … for an infinitesimal ε, whose coefficients stand in the columns of the slacks
(von Stengel 2007, section 3.6).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.solvers.bimatrix.matrices import Bimatrix, Weights


def follow(bimatrix: Bimatrix, label: int, check: Callable[[], None]) -> tuple[Weights, Weights]:
    """The equilibrium at the end of the path that drops this label at the artificial one.

    `label` : 0 … m - 1 for the rows of the game, then its columns; `check` is called before every
    pivot and may raise to stop a long run
    """
    m, n = bimatrix.shape
    row, column = bimatrix.positive
    sides = (
        _Side(column.T, slacks=range(m, m + n), variables=range(m)),
        _Side(row, slacks=range(m), variables=range(m, m + n)),
    )
    entering, side = label, int(label >= m)
    while True:
        check()
        entering = sides[side].pivot(entering)
        side = 1 - side
        if entering == label:
            return sides[0].weights(0), sides[1].weights(m)


class _Side:
    """{z ≥ 0: matrix z ≤ 1} as basic + Σ (entry / den) × nonbasic = (constant / den).

    `table` : object (rows, 1 + columns), the constants first; `basic`, `free` : labels of the basic
    variable of each row and of the nonbasic one of each column
    """

    def __init__(self, matrix: NDArray[Any], slacks: range, variables: range) -> None:
        ones = np.ones((len(matrix), 1), dtype=object)
        self.table: NDArray[Any] = np.concatenate([ones, matrix.astype(object)], axis=1)
        self.den = 1
        self.basic, self.free = list(slacks), list(variables)
        self.slacks, self.variables = slacks, variables

    def pivot(self, entering: int) -> int:
        """Let a variable enter the basis; the label of the one that leaves."""
        column = 1 + self.free.index(entering)
        row = self._leaving(column)
        table, pivot = self.table, self.table[row, column]
        speeds, own = table[:, column].copy(), table[row].copy()
        changed = (table * pivot - np.outer(speeds, own)) // self.den
        changed[:, column] = -speeds
        changed[row] = own
        changed[row, column] = self.den
        self.table, self.den = changed, pivot
        self.basic[row], self.free[column - 1] = entering, self.basic[row]
        return self.free[column - 1]

    def _leaving(self, column: int) -> int:
        """The row of the lexicographically least ratio; the polytope is bounded: there is one."""
        speed: list[int] = self.table[:, column].tolist()
        rows = [i for i, s in enumerate(speed) if s > 0]
        rows = _least(rows, self.table[:, 0].tolist(), speed)
        for slack in self.slacks:
            if len(rows) == 1:
                break
            rows = _least(rows, self._coefficients(slack), speed)
        return rows[0]

    def _coefficients(self, slack: int) -> list[int]:
        """What ε to this slack's power has as coefficients in the constants."""
        if slack in self.free:
            found: list[int] = self.table[:, 1 + self.free.index(slack)].tolist()
            return found
        return [self.den if label == slack else 0 for label in self.basic]

    def weights(self, first: int) -> Weights:
        """The probabilities: the values of the variables over their sum, those above zero."""
        own = {
            label - first: int(constant)
            for label, constant in zip(self.basic, self.table[:, 0], strict=True)
            if label in self.variables and constant
        }
        total = sum(own.values())
        return {k: Fraction(own[k], total) for k in sorted(own)}


def _least(rows: list[int], value: list[int], speed: list[int]) -> list[int]:
    """Those rows of which value / speed is least."""
    best = [rows[0]]
    for i in rows[1:]:
        here, least = value[i] * speed[best[0]], value[best[0]] * speed[i]
        if here < least:
            best = [i]
        elif here == least:
            best.append(i)
    return best
