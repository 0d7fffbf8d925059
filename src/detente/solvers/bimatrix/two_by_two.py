"""Equilibria in which each of two players mixes two strategies, screened in floating point.

For two columns, the rows that can be best replies to a mixture of them are the vertices of the
upper hull of the points (a_i1, a_i2), about log n of them in a random game (Bárány, Vempala and
Vetta 2007); two that can be best at once are neighbours there. What remains to be looked at is
whether the columns are best replies to a mixture of those two rows. The search over supports by
size, and dropping those that cannot be best replies, are Porter's, Nudelman's and Shoham's (2008).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.kernels import Kernel
from detente.solvers.bimatrix.pivoting_kernel import COMPILE_FROM, jit

CLOSE = 1e-9
"""How far another column may seem better and the pair still be looked at exactly."""

STRIDE = 100_000_000
"""Operations between two looks at the clock."""


def candidates(
    row: NDArray[np.float64], column: NDArray[np.float64], check: Callable[[], None]
) -> Iterator[tuple[list[int], list[int]]]:
    """(rows, columns) that look like the supports of equilibria; float64 (m, n) matrices.

    `check` is called every tenth of a second or so, and may raise to stop.
    """
    m, n = row.shape
    if min(m, n) < 2:
        return
    by_column = np.ascontiguousarray(row.T)
    best_first = np.argsort(-by_column, axis=1, kind="stable").astype(np.int32)
    highest = by_column.max(axis=1)
    other = np.ascontiguousarray(column)
    kernel = _compiled() if m * n >= COMPILE_FROM else _scan
    at = np.zeros(3, dtype=np.int64)
    at[1] = 1
    hull = np.empty(m, dtype=np.int64)
    while at[0] < n - 1:
        check()
        found = np.empty((64, 4), dtype=np.int64)
        number = kernel(by_column, best_first, highest, other, at, hull, found, STRIDE // m + 1)
        for i1, i2, j1, j2 in found[:number].tolist():
            yield sorted((i1, i2)), [j1, j2]


def _scan(
    by_column: Any, best_first: Any, highest: Any, other: Any, at: Any, hull: Any, found: Any,
    budget: int,
) -> int:  # fmt: skip
    """Go on from the pair of columns in `at`; how many candidates were written to `found`."""
    n, m = by_column.shape
    number = 0
    j1, j2, place = at[0], at[1], at[2]
    for _ in range(budget):
        first, second = by_column[j1], by_column[j2]
        # Rows from the best for the first column down: those better for the second than all
        # before, kept while they turn the same way.
        size, best = 0, -1.0
        for position in range(m):
            i = best_first[j1, position]
            if second[i] <= best:
                continue
            best = second[i]
            while size >= 2:
                a, b = hull[size - 2], hull[size - 1]
                turn = (first[b] - first[a]) * (second[i] - second[a])
                if turn > (second[b] - second[a]) * (first[i] - first[a]):
                    break
                size -= 1
            # Of rows equally good for the first column only the last counts.
            if size == 1 and first[hull[0]] == first[i]:
                size = 0
            hull[size] = i
            size += 1
            if best >= highest[j2]:
                break
        while place < size - 1:
            i1, i2 = hull[place], hull[place + 1]
            place += 1
            if _fits(other[i1], other[i2], j1, j2):
                found[number, 0], found[number, 1] = i1, i2
                found[number, 2], found[number, 3] = j1, j2
                number += 1
                if number == len(found):
                    at[0], at[1], at[2] = j1, j2, place
                    return number
        place = 0
        j2 += 1
        if j2 == n:
            j1 += 1
            j2 = j1 + 1
        at[0], at[1], at[2] = j1, j2, 0
        if j1 == n - 1:
            break
    return number


def _best(upper: Any, lower: Any, j1: int, j2: int) -> bool:
    """Whether some mixture of two rows makes both columns best."""
    d1, d2 = upper[j1] - upper[j2], lower[j2] - lower[j1]
    if d1 * d2 <= 0:
        return False
    p = d2 / (d1 + d2)
    most = p * upper[j1] + (1 - p) * lower[j1] + CLOSE
    for j in range(len(upper)):  # noqa: SIM110 (a loop that Numba compiles)
        if p * upper[j] + (1 - p) * lower[j] > most:
            return False
    return True


_fits: Kernel = _best


@cache
def _compiled() -> Kernel:
    """`_scan` as machine code; what it calls becomes that too."""
    global _fits
    _fits = jit(_best)
    return jit(_scan)
