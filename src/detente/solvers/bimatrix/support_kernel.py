"""The mixed strategies that a pair of supports determines, in 64-bit integers, one after another.

Against x the columns J are all best replies, against y the rows I: up to scale, B[I, J]ᵀ x = 1 and
A[I, J] y = 1. Both are solved without fractions (Edmonds 1967; Bareiss 1968). Where a number could
leave 62 bits the pair is left to longer integers.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from detente.game.kernels import Kernel
from detente.solvers.bimatrix.label_kernel import jit

NONE, ONE, TIED, LONG = 0, 1, 2, 3
"""What a pair of supports has: no equilibrium; one, with nothing outside as good; perhaps others
(ties, or equations without a single solution); numbers too long to say."""

ROOM = 4.0e18
"""What a product may come to, a little below 2^62."""


def _eliminate(work: Any, size: int) -> int:
    """Gauss–Jordan elimination without fractions on the first `size` rows and `size` + 1 columns.

    Returns the common denominator of the solutions in the last column; 0 where there is not one
    only, -1 where the numbers become too long (denominators are made positive).
    """
    last = 1
    for c in range(size):
        place = -1
        for i in range(c, size):
            if work[i, c] != 0 and (place < 0 or abs(work[i, c]) < abs(work[place, c])):
                place = i
        if place < 0:
            return 0
        if place != c:
            for j in range(size + 1):
                work[c, j], work[place, j] = work[place, j], work[c, j]
        if work[c, c] < 0:
            for j in range(size + 1):
                work[c, j] = -work[c, j]
        pivot, column, largest = work[c, c], 0, 0
        for i in range(size):
            column = max(column, abs(work[i, c]))
            for j in range(c, size + 1):
                largest = max(largest, abs(work[i, j]))
        if float(column) * float(largest) > ROOM / 2:
            return -1
        for i in range(size):
            if i != c:
                factor = work[i, c]
                for j in range(c, size + 1):
                    work[i, j] = pivot * work[i, j] - factor * work[c, j]
                if last != 1:
                    for j in range(c, size + 1):
                        work[i, j] //= last
        last = pivot
    return int(last)


def _solve_side(
    matrix: Any, tight: Any, played: Any, size: int, work: Any, weights: Any
) -> int:
    """The weights on `played`, without a common divisor, that make all of `tight` best replies.

    `matrix` : int64 (replies, strategies), positive; `tight`, `played` : its rows and columns, the
        first `size` of each array
    `weights` : int64, filled with whole weights on the played strategies, in order

    Returns NONE, ONE, TIED or LONG.
    """
    for a in range(size):
        for b in range(size):
            work[a, b] = matrix[tight[a], played[b]]
        work[a, size] = 1
    worth = eliminate(work, size)
    if worth <= 0:
        return TIED if worth == 0 else LONG
    zero = False
    total = 0.0
    for b in range(size):
        weights[b] = work[b, size]
        if weights[b] < 0:
            return NONE
        zero = zero or weights[b] == 0
        total += float(weights[b])
    for i in range(len(matrix)):
        inside = False
        for a in range(size):
            inside = inside or tight[a] == i
        if inside:
            continue
        gained, largest = 0, 0
        for b in range(size):
            largest = max(largest, matrix[i, played[b]])
        if float(largest) * total > ROOM:
            return LONG
        for b in range(size):
            gained += matrix[i, played[b]] * weights[b]
        if gained > worth:
            return NONE
        zero = zero or gained == worth
    if zero:
        return TIED
    shared = weights[0]
    for b in range(1, size):
        rest = weights[b]
        while rest != 0:
            shared, rest = rest, shared % rest
    for b in range(size):
        weights[b] //= shared
    return ONE


def _settle(
    row: Any, column: Any, leaves: Any, x: Any, y: Any, work: Any, kinds: Any
) -> None:
    """What each shared out set of labels comes to.

    `row` : int64 (m, n), the first player's payoffs, positive; `column` : int64 (n, m), the second
        player's, transposed
    `leaves` : int8 (number, m + n), who has each label: 0 the first, 1 the second
    `x`, `y` : int64 (number, m), (number, n), filled with whole weights where the kind is ONE
    `work` : int64 (k, k + 1) for k = min(m, n)
    `kinds` : int8 (number,), filled with NONE, ONE, TIED or LONG
    """
    m, n = row.shape
    rows, columns = np.empty(m, np.int64), np.empty(n, np.int64)
    weights = np.empty(max(m, n), np.int64)
    for k in range(len(leaves)):
        num_rows = num_columns = 0
        for i in range(m):
            if leaves[k, i] == 1:
                rows[num_rows] = i
                num_rows += 1
        for j in range(n):
            if leaves[k, m + j] == 0:
                columns[num_columns] = j
                num_columns += 1
        if num_rows != num_columns or num_rows == 0:
            kinds[k] = TIED if min(num_rows, num_columns) > 0 else NONE
            continue
        first = solve_side(column, columns, rows, num_rows, work, weights)
        for a in range(num_rows):
            x[k, rows[a]] = weights[a]
        second = solve_side(row, rows, columns, num_rows, work, weights)
        for b in range(num_rows):
            y[k, columns[b]] = weights[b]
        kinds[k] = NONE if first == NONE or second == NONE else max(first, second)


eliminate: Kernel = _eliminate
solve_side: Kernel = _solve_side


@cache
def compiled() -> Kernel:
    """`_settle` as machine code; the functions that it calls become that too."""
    global eliminate, solve_side
    eliminate, solve_side = jit(_eliminate), jit(_solve_side)
    return jit(_settle)
