"""Optimal mixtures of a zero-sum matrix by the simplex method on its dictionary (Dantzig 1951)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

OPTIMAL, RUNNING, TROUBLE = 0, 1, 2
"""How `_pivots` ends: no column gains, its budget is spent, no row limits a column."""

BUDGET = 20_000_000
"""Entries that one call changes at most, about: a tenth of a second."""
PARTING = 1e-7
"""The right sides, which are ones, differ by as much at random, so that no two rows tie."""
SMALL = 1e-9
"""Entries and gains up to which count as zero; those of the matrix lie between 1 and 2."""
RENEWALS = 3
"""How often the dictionary is made anew at most."""
PATIENCE = 20
"""Pivots a strategy after which rounding, or a circle, must be the matter."""


class Square(NamedTuple):
    """The rows and columns, as many each, that an optimal pair of mixtures is solved on.

    `u`, `w` : what u B = 1 and B w = 1 give there, in the order of the rows and of the columns
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    u: NDArray[np.float64]
    w: NDArray[np.float64]


def used_strategies(
    matrix: NDArray[np.float64], check: Callable[[], None]
) -> Iterator[Square]:
    """The square that an optimal pair of mixtures solves.

    max 1·w, B w ≤ 1, w ≥ 0, whose solution over its sum is the column player's mixture. Nothing is
    proved; where what comes first is wrong, another may come after it, with less rounding.

    `matrix` : (m, n), entries between 1 and 2; `check` : called now and then; may raise
    """
    m, n = matrix.shape
    parted = np.ones(m) + PARTING * np.random.default_rng(0).random((m,))
    table = np.zeros((m + 1, n + 1))
    table[:m, :n], table[:m, n], table[m, :n] = matrix, parted, -1.0
    basic, outside = np.arange(n, n + m), np.arange(n)  # w_j is j, the slack of row i is n + i
    kernel, budget = _kernel(), max(BUDGET // table.size, 1)
    for _ in range(PATIENCE * (m + n) // budget + RENEWALS + 1):
        check()
        ended = kernel(table, basic, outside, budget)
        if ended == TROUBLE:
            return
        if ended == OPTIMAL:
            square = _square(matrix, table, basic, outside)
            yield square
            renewed = _renewed(matrix, parted, square.rows, square.columns)
            if renewed is None:
                return
            table, basic, outside = renewed


def _square(
    matrix: NDArray[np.float64],
    table: NDArray[np.float64],
    basic: NDArray[np.int64],
    outside: NDArray[np.int64],
) -> Square:
    """The square of a dictionary, which holds its inverse, with one step of refinement.

    Sums rather than products of matrices: a library's threads cost more than they do here.
    """
    n = matrix.shape[1]
    at_row, at_column = np.flatnonzero(basic < n), np.flatnonzero(outside >= n)
    rows, columns = outside[at_column] - n, basic[at_row]
    inverse, block = table[np.ix_(at_row, at_column)], matrix[np.ix_(rows, columns)]
    w, u = inverse.sum(axis=1), inverse.sum(axis=0)
    w += (inverse * (1 - (block * w).sum(axis=1))).sum(axis=1)
    u += (inverse * (1 - (block.T * u).sum(axis=1))[:, None]).sum(axis=0)
    return Square(rows, columns, u, w)


def _renewed(
    matrix: NDArray[np.float64],
    parted: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]] | None:
    """The dictionary in which these rows are tight and these columns basic, without the rounding
    errors of the pivots that led there; None where rounding leaves no such thing."""
    m, n = matrix.shape
    others, idle = np.setdiff1d(np.arange(n), columns), np.setdiff1d(np.arange(m), rows)
    whole = np.zeros((m + 1, n + 1))
    whole[:m, :n], whole[:m, n], whole[m, :n] = matrix, parted, -1.0
    below, right = np.append(idle, m), np.append(others, n)
    k = len(rows)
    table = np.empty_like(whole)
    try:
        inverse = np.linalg.inv(matrix[np.ix_(rows, columns)])
    except np.linalg.LinAlgError:
        return None
    table[:k, :k] = inverse
    table[:k, k:] = inverse @ whole[np.ix_(rows, right)]
    table[k:, :k] = -whole[np.ix_(below, columns)] @ inverse
    table[k:, k:] = whole[np.ix_(below, right)] - whole[np.ix_(below, columns)] @ table[:k, k:]
    if table[:m, n].min() < -SMALL:
        return None
    table[:m, n] = np.maximum(table[:m, n], 0)
    return table, np.concatenate([columns, n + idle]), np.concatenate([n + rows, others])


def _pivots(table: Any, basic: Any, outside: Any, budget: int) -> int:
    """Pivot on the column that gains most until none gains.

    `table` : the nonbasic variables' entries, then the constants; last the objective
    """
    m, n = table.shape[0] - 1, table.shape[1] - 1
    for _ in range(budget):
        s = 0
        for j in range(1, n):
            if table[m, j] < table[m, s]:
                s = j
        if table[m, s] > -SMALL:
            return OPTIMAL
        r, least = -1, np.inf
        for i in range(m):
            if table[i, s] > SMALL:
                ratio = table[i, n] / table[i, s]
                if ratio < least:
                    r, least = i, ratio
        if r < 0:
            return TROUBLE
        inverse = 1.0 / table[r, s]
        for j in range(n + 1):
            table[r, j] *= inverse
        table[r, s] = inverse
        for i in range(m + 1):
            factor = table[i, s]
            if i != r and factor != 0.0:
                table[i, s] = 0.0
                for j in range(n + 1):
                    table[i, j] -= factor * table[r, j]
        basic[r], outside[s] = outside[s], basic[r]
    return RUNNING


@cache
def _kernel() -> Any:
    from numba import njit

    try:
        return njit(cache=True)(_pivots)
    except RuntimeError:  # no folder to keep the machine code in
        return njit(_pivots)
