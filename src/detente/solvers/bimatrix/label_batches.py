"""The search of `label_kernel` driven from Python: labels shared out, and then strategies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.linear.systems import solve
from detente.solvers.bimatrix import label_kernel, support_kernel
from detente.solvers.bimatrix.label_search import Pair, Strategy
from detente.solvers.bimatrix.matrices import Bimatrix
from detente.solvers.bimatrix.support_kernel import LONG, NONE, ONE, TIED

Leaves = NDArray[np.int8]
"""(number, m + n), who has each label: 0 the first player's strategy, 1 the second's."""

AT_ONCE = 4096
"""Leaves that are brought to Python together."""

SLICE = 0.05
"""Seconds that the compiled search runs before Python has a look at the clock."""


def leaves(
    bimatrix: Bimatrix, check: Callable[[], None], tell: Callable[[float], None]
) -> Iterator[Leaves]:
    """Batches of shared out labels among which are those of every equilibrium.

    Each label is with a strategy that has it; an extreme equilibrium in which some label is with
    both has leaves for each way to share it out. `tell` is given the fraction that is done.
    """
    m, n = bimatrix.shape
    row, column = bimatrix.floats
    depths = m + n + 2
    sides = (*_side(np.ascontiguousarray(column.T), depths), *_side(row, depths))
    slots, branch = np.zeros((depths, 2), np.int64), np.zeros((depths, 2), np.int64)
    branch[0, 1] = label_kernel.UNDECIDED
    decided = np.full((depths, m + n), label_kernel.UNDECIDED, np.int8)
    state, work = np.zeros(1, np.int64), np.zeros(max(m, n))
    found = np.zeros((AT_ONCE, m + n), np.int8)
    explore, budget = label_kernel.compiled(), max(16, min(1000, 1_000_000 // (m * n)))
    while state[0] >= 0:
        check()
        started = time.perf_counter()
        written = explore(*sides, slots, decided, branch, state, work, found, budget)
        if written < AT_ONCE and time.perf_counter() - started < SLICE / 2:
            budget *= 2
        elif time.perf_counter() - started > SLICE:
            budget = max(1, budget // 2)
        tell(_done(branch, int(state[0])))
        if written:
            yield found[:written].copy()


def _side(matrix: NDArray[np.float64], depths: int) -> tuple[NDArray[Any], ...]:
    """The arrays of one polytope, as `label_kernel` wants them, with its dictionary at 0."""
    num_rows, num_columns = matrix.shape
    table = np.zeros((depths, num_rows, num_columns + 1))
    table[0, :, :num_columns], table[0, :, num_columns] = matrix, 1.0
    of = np.zeros((depths, num_rows + num_columns), np.int64)
    of[0] = np.arange(num_rows + num_columns)
    free = np.zeros(depths, np.int64)
    free[0] = num_columns
    return np.ascontiguousarray(matrix), table, of, of.copy(), free


def _done(branch: NDArray[np.int64], depth: int) -> float:
    """The fraction of the tree that the search has left behind, every branching an even split."""
    if depth < 0:
        return 1.0
    left = np.maximum(branch[: depth + 1, 1] - 1, 0)
    return float(left @ 0.5 ** np.arange(1, depth + 2))


def solutions(bimatrix: Bimatrix, batch: Leaves) -> tuple[list[Pair], list[list[int]]]:
    """The equilibria that leaves come to, and those leaves of which ties leave that open."""
    row, column = bimatrix.positive
    m, n = bimatrix.shape
    kinds = np.full(len(batch), LONG, np.int8)
    x, y = np.zeros((len(batch), m), np.int64), np.zeros((len(batch), n), np.int64)
    if row.dtype != object and column.dtype != object:
        work = np.zeros((min(m, n), min(m, n) + 1), np.int64)
        matrices = np.ascontiguousarray(row), np.ascontiguousarray(column.T)
        support_kernel.compiled()(*matrices, batch, x, y, work, kinds)
    single = kinds == ONE
    pairs = list(zip(map(tuple, x[single].tolist()), map(tuple, y[single].tolist()), strict=True))
    for k in np.flatnonzero(kinds == LONG).tolist():
        kinds[k], own, others = long_solution(row, column, batch[k])
        if kinds[k] == ONE:
            pairs.append((_coprime(own), _coprime(others)))
    return pairs, batch[kinds == TIED].tolist()


def long_solution(row: Any, column: Any, leaf: Leaves) -> tuple[int, list[int], list[int]]:
    """As `support_kernel` has it, in integers of any length: the kind, weights of both players."""
    m, n = row.shape
    rows = [i for i in range(m) if leaf[i] == 1]
    columns = [j for j in range(n) if leaf[m + j] == 0]
    if not rows or not columns:
        return NONE, [], []
    if len(rows) != len(columns):
        return TIED, [], []
    own_kind, own = _long_side(column.T, columns, rows)
    if own_kind == NONE:
        return NONE, [], []
    kind, others = _long_side(row, rows, columns)
    return (NONE if kind == NONE else max(own_kind, kind)), own, others


def _long_side(
    matrix: NDArray[Any], tight: list[int], played: list[int]
) -> tuple[int, list[int]]:
    """The same for one player: the kind, and weights on all strategies."""
    found = solve(matrix[np.ix_(tight, played)].tolist(), [1] * len(tight))
    if found is None:
        return TIED, []
    if min(found) < 0:
        return NONE, []
    worth = lcm(*(weight.denominator for weight in found))
    weights = [0] * matrix.shape[1]
    for strategy, weight in zip(played, found, strict=True):
        weights[strategy] = weight.numerator * (worth // weight.denominator)
    reply = (matrix.astype(object) @ np.array(weights, dtype=object)).tolist()
    others = [value for i, value in enumerate(reply) if i not in tight]
    if others and max(others) > worth:
        return NONE, []
    tied = min(found) == 0 or (bool(others) and max(others) == worth)
    return (TIED if tied else ONE), weights


def _coprime(weights: Sequence[int]) -> Strategy:
    shared = gcd(*weights)
    return tuple([weight // shared for weight in weights])
