"""Lemke and Howson's path (1964) in floating point, at the cost of the supports it visits.

Two polytopes, {y ≥ 0: A y ≤ 1} and {x ≥ 0: Bᵀ x ≤ 1}, have the best replies as tight rows. A vertex
with k positive variables has k tight rows; the inverse of that k × k block is all that is kept, and
a pivot costs rows × k operations instead of rows × columns. On the paths from pure strategies k
stays far below n.

One polytope ("side") is: rows × columns in `by_column`, float64 (columns, rows), the matrix column
by column, entries above zero; `rhs` float64 (rows,), ones, perturbed to part ties; and the state
`cols`, `rows_` int64 (capacity,), the positive variables and the tight rows; `col_at`, `row_at`,
where each stands among these, -1 elsewhere; `inverse` float64 (capacity, capacity); `value`,
`slack`, what the positive variables and all rows have; `scalars` int64: [k, pivots since the
inverse was made anew]. All functions are compiled by Numba and take only arrays.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from detente.game.kernels import Kernel

COMPILE_FROM = 4000
"""Cells of a matrix from which importing Numba costs less than interpreting the path."""

RUNNING, ARRIVED, TROUBLE, FULL = 0, 1, 2, 3
"""How `follow` ends: budget spent, equilibrium, no pivot is large enough, capacity too small."""

SMALL = 1e-11
"""Speeds up to this count as zero in the ratio test; entries lie between 1/4 and 5/4."""

NEGATIVE = -1e-7
"""A value below this after the inverse was made anew shows that rounding led astray."""

RENEW = 100
"""Pivots after which the inverse is made anew, at least; more where k is larger."""


def _renew(
    by_column: Any, rhs: Any, cols: Any, rows_: Any, inverse: Any, value: Any, slack: Any,
    scalars: Any,
) -> bool:  # fmt: skip
    """The inverse, values and slacks from the block itself (Gauss–Jordan with row exchange)."""
    k = scalars[0]
    scalars[1] = 0
    work = np.empty((k, k))
    for a in range(k):
        for b in range(k):
            work[a, b] = by_column[cols[b], rows_[a]]
    inverse[:k, :k] = 0.0
    for a in range(k):
        inverse[a, a] = 1.0
    for step in range(k):
        best = step
        for a in range(step + 1, k):
            if abs(work[a, step]) > abs(work[best, step]):
                best = a
        if abs(work[best, step]) < 1e-13:
            return False
        if best != step:
            for b in range(k):
                work[step, b], work[best, b] = work[best, b], work[step, b]
                inverse[step, b], inverse[best, b] = inverse[best, b], inverse[step, b]
        factor = 1.0 / work[step, step]
        for b in range(k):
            work[step, b] *= factor
            inverse[step, b] *= factor
        for a in range(k):
            if a != step and work[a, step] != 0.0:
                factor = work[a, step]
                for b in range(k):
                    work[a, b] -= factor * work[step, b]
                    inverse[a, b] -= factor * inverse[step, b]
    least = 0.0
    for b in range(k):
        total = 0.0
        for a in range(k):
            total += inverse[b, a] * rhs[rows_[a]]
        value[b] = max(total, 0.0)
        least = min(least, total)
    for i in range(len(rhs)):
        slack[i] = rhs[i]
    for b in range(k):
        column, weight = by_column[cols[b]], value[b]
        for i in range(len(rhs)):
            slack[i] -= column[i] * weight
    for a in range(k):
        slack[rows_[a]] = 0.0
    for i in range(len(rhs)):
        least = min(least, slack[i])
        slack[i] = max(slack[i], 0.0)
    return least > NEGATIVE


def _pivot(
    by_column: Any, rhs: Any, cols: Any, rows_: Any, col_at: Any, row_at: Any, inverse: Any,
    value: Any, slack: Any, scalars: Any, speed: Any, fall: Any, border: Any, entering: int,
) -> int:  # fmt: skip
    """One pivot of a side: `entering` is a column (0 … columns - 1) or a row (columns …).

    Returns what leaves, numbered alike; -1 where no pivot is large enough, -2 where there is no
    room for another positive variable.
    """
    k, num_rows, num_columns = scalars[0], len(rhs), len(by_column)
    is_column = entering < num_columns
    # Along the edge the values fall by `speed` and the slacks by `fall`.
    if is_column:
        own = by_column[entering]
        for b in range(k):
            total = 0.0
            for a in range(k):
                total += inverse[b, a] * own[rows_[a]]
            speed[b] = total
        for i in range(num_rows):
            fall[i] = own[i]
    else:
        at = row_at[entering - num_columns]
        for b in range(k):
            speed[b] = inverse[b, at]
        for i in range(num_rows):
            fall[i] = 0.0
    for b in range(k):
        column, weight = by_column[cols[b]], speed[b]
        for i in range(num_rows):
            fall[i] -= weight * column[i]
    for a in range(k):
        fall[rows_[a]] = 0.0
    step, leaving, size = np.inf, -1, 0.0
    for b in range(k):
        if speed[b] > SMALL and value[b] <= step * speed[b] + 1e-15:
            ratio = value[b] / speed[b]
            if ratio < step * (1 - 1e-13) or speed[b] > size:
                step, leaving, size = ratio, cols[b], speed[b]
    for i in range(num_rows):
        if fall[i] > SMALL and slack[i] <= step * fall[i] + 1e-15:
            ratio = slack[i] / fall[i]
            if ratio < step * (1 - 1e-13) or fall[i] > size:
                step, leaving, size = ratio, num_columns + i, fall[i]
    if leaving < 0:
        return -1
    if is_column and leaving >= num_columns and k == len(cols):
        return -2
    for b in range(k):
        value[b] = max(value[b] - step * speed[b], 0.0)
    for i in range(num_rows):
        slack[i] = max(slack[i] - step * fall[i], 0.0)
    if leaving >= num_columns:
        row = leaving - num_columns
        for a in range(k):
            border[a] = 0.0
        for b in range(k):
            weight = by_column[cols[b], row]
            for a in range(k):
                border[a] += weight * inverse[b, a]
        if is_column:  # the block gains a row and a column
            factor = 1.0 / fall[row]
            for b in range(k):
                part = speed[b] * factor
                for a in range(k):
                    inverse[b, a] += part * border[a]
                inverse[b, k] = -part
            for a in range(k):
                inverse[k, a] = -border[a] * factor
            inverse[k, k] = factor
            cols[k], rows_[k], value[k] = entering, row, step
            col_at[entering], row_at[row] = k, k
            scalars[0] = k + 1
        else:  # one tight row takes the place of another
            at = row_at[entering - num_columns]
            factor = 1.0 / border[at]
            for b in range(k):
                part = inverse[b, at] * factor
                for a in range(k):
                    inverse[b, a] -= part * border[a]
                inverse[b, at] = part
            rows_[at], row_at[row], row_at[entering - num_columns] = row, at, -1
            slack[entering - num_columns] = step
        slack[row] = 0.0
    else:
        gone = col_at[leaving]
        if is_column:  # one positive variable takes the place of another
            factor = 1.0 / speed[gone]
            for a in range(k):
                inverse[gone, a] *= factor
            for b in range(k):
                if b != gone:
                    part = speed[b]
                    for a in range(k):
                        inverse[b, a] -= part * inverse[gone, a]
            cols[gone], col_at[entering], col_at[leaving], value[gone] = entering, gone, -1, step
        else:  # the block loses a row and a column
            at, last = row_at[entering - num_columns], k - 1
            factor = 1.0 / inverse[gone, at]
            for b in range(k):
                if b != gone:
                    part = inverse[b, at] * factor
                    for a in range(k):
                        inverse[b, a] -= part * inverse[gone, a]
            for a in range(k):
                inverse[gone, a] = inverse[last, a]
            for b in range(k):
                inverse[b, at] = inverse[b, last]
            cols[gone], value[gone] = cols[last], value[last]
            rows_[at] = rows_[last]
            col_at[cols[gone]], row_at[rows_[at]] = gone, at
            col_at[leaving], row_at[entering - num_columns] = -1, -1
            slack[entering - num_columns] = step
            scalars[0] = last
    scalars[1] += 1
    return leaving


def _follow(
    first: Any, second: Any, first_rhs: Any, second_rhs: Any,
    cols1: Any, rows1: Any, col_at1: Any, row_at1: Any, inverse1: Any, value1: Any, slack1: Any,
    scalars1: Any,
    cols2: Any, rows2: Any, col_at2: Any, row_at2: Any, inverse2: Any, value2: Any, slack2: Any,
    scalars2: Any,
    path: Any, budget: int,
) -> int:  # fmt: skip
    """Pivots until the dropped label is found again or the budget is spent.

    `first` : the side of x, (m, n): its columns are the rows of the game, its rows the columns
    `second` : the side of y, (n, m)
    `path` : int64 [dropped label, entering label, side on which it enters (0 or 1), pivots]; labels
        are 0 … m - 1 for the rows of the game and m … m + n - 1 for its columns
    """
    m, n = first.shape
    speed = np.empty(max(len(cols1), len(cols2)))
    border = np.empty(max(len(cols1), len(cols2)))
    fall1, fall2 = np.empty(n), np.empty(m)
    for _ in range(budget):
        label = path[1]
        if path[2] == 0:
            # On x's side the columns are labels 0 … m - 1, the rows m …: numbered as labels are.
            out = pivot(
                first, first_rhs, cols1, rows1, col_at1, row_at1, inverse1, value1, slack1,
                scalars1, speed, fall1, border, label,
            )  # fmt: skip
        else:
            # On y's side columns have the labels m …, and rows 0 … m - 1.
            entering = label - m if label >= m else n + label
            out = pivot(
                second, second_rhs, cols2, rows2, col_at2, row_at2, inverse2, value2, slack2,
                scalars2, speed, fall2, border, entering,
            )  # fmt: skip
        if out == -2:
            return FULL
        if out == -1:
            return TROUBLE
        if path[2] == 1:
            out = out + m if out < n else out - n
        path[1], path[2] = out, 1 - path[2]
        path[3] += 1
        if scalars1[1] >= RENEW + scalars1[0] and not renew(
            first, first_rhs, cols1, rows1, inverse1, value1, slack1, scalars1
        ):
            return TROUBLE
        if scalars2[1] >= RENEW + scalars2[0] and not renew(
            second, second_rhs, cols2, rows2, inverse2, value2, slack2, scalars2
        ):
            return TROUBLE
        if out == path[0]:
            return ARRIVED
    return RUNNING


pivot: Kernel = _pivot
renew: Kernel = _renew


def follow_for(cells: int) -> Kernel:
    """`_follow` for matrices of this many cells: compiled, or as it stands."""
    loaded = _compiled.cache_info().currsize > 0
    return _compiled() if cells >= COMPILE_FROM or loaded else _follow


@cache
def _compiled() -> Kernel:
    """`_follow` as machine code; `pivot` and `renew`, which it calls, become that too."""
    global pivot, renew
    renew, pivot = jit(_renew), jit(_pivot)
    return jit(_follow)


def jit(function: Kernel) -> Kernel:
    from numba import njit

    try:
        kernel: Kernel = njit(cache=True, fastmath={"reassoc", "contract", "nsz"})(function)
    except RuntimeError:  # no folder to keep the machine code in
        kernel = njit(fastmath={"reassoc", "contract", "nsz"})(function)
    return kernel
