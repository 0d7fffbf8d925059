"""Linear complementarity problems solved exactly, by floating point where that is faster."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.linear.tableau import Check, Complementarity, Solution, pivot

EXACT_UP_TO = 40
"""Pairs up to which pivoting on whole numbers costs no more than floats and their completion."""
PIVOTS_PER_PAIR = 20
"""Pivots, a pair, after which floating point is taken to be lost."""


def solve(
    problem: Complementarity, exact: bool = False, check: Check | None = None
) -> Solution | None:
    """The solution at the end of Lemke's path; None where the path is a ray.

    Larger problems are pivoted in floating point; what is basic at the end is solved for exactly
    and compared with every condition. Where that fails, and where `exact` asks for it, pivots are
    exact. Either way the solution is.

    >>> problem = Complementarity(np.array([[2, 1], [1, 2]]), np.array([[-1], [-1]]),
    ...                           np.array([1, 1]))
    >>> solve(problem).value
    ([1], [1])
    """
    if not (exact or problem.polynomial or problem.size <= EXACT_UP_TO):
        found = by_floats(problem, check)
        if found is not None:
            return found
    return pivot(problem, check)


def by_floats(problem: Complementarity, check: Check | None = None) -> Solution | None:
    """The exact solution at the basis that floating point ends at; None where that is none."""
    from detente.linear.float_tableau import final_basis

    try:
        with np.errstate(all="ignore"):
            z_basic = final_basis(problem, PIVOTS_PER_PAIR * problem.size + 100, check)
    except OverflowError:  # a whole number beyond all floats
        return None
    return None if z_basic is None else complete(problem, z_basic)


def complete(problem: Complementarity, z_basic: NDArray[np.bool_]) -> Solution | None:
    """The solution in which these z, and the w of all other pairs, are basic.

    None where the basis is singular or a basic variable is negative.
    """
    basic = np.flatnonzero(z_basic)
    columns = _solve(problem, basic)
    if columns is None:
        return None
    values: list[Any] = [None] * problem.size
    for i, *numbers in zip(basic.tolist(), *columns, strict=True):
        values[i] = numbers
    # The rest is whole numbers over one denominator a column: rows of the matrix times them.
    others = np.flatnonzero(~z_basic)
    rest = [_others(problem, others, basic, own, k) for k, own in enumerate(columns)]
    for i, *numbers in zip(others.tolist(), *rest, strict=True):
        values[i] = numbers
    if any(next((v for v in own if v), 0) < 0 for own in values):
        return None
    return Solution(tuple(z_basic.tolist()), tuple(values), (1,) * problem.size)


def _solve(problem: Complementarity, basic: NDArray[np.int64]) -> list[list[Fraction]] | None:
    """The basic z, one list a column of q."""
    from detente.linear.systems import solve_sparse

    inner = problem.matrix[np.ix_(basic, basic)]
    rows = [{j: a for j, a in enumerate(row) if a} for row in inner.tolist()]
    columns = []
    for k in range(problem.rhs.shape[1]):
        right = [-b for b in problem.rhs[basic, k].tolist()]
        if not any(right):
            columns.append([Fraction(0)] * len(basic))
            continue
        solved = solve_sparse(rows, right)
        if solved is None:
            return None
        columns.append(solved)
    return columns


def _others(
    problem: Complementarity,
    others: NDArray[np.int64],
    basic: NDArray[np.int64],
    values: list[Fraction],
    column: int,
) -> list[Fraction]:
    """The basic w, in one column of q."""
    used = [k for k, v in enumerate(values) if v]
    unit = _common(values)
    weights = [values[k].numerator * (unit // values[k].denominator) for k in used]
    block = problem.matrix[np.ix_(others, basic[used])].tolist()
    right = problem.rhs[others, column].tolist()
    return [
        Fraction(q * unit + sum(a * b for a, b in zip(row, weights, strict=True) if a), unit)
        for q, row in zip(right, block, strict=True)
    ]


def _common(values: list[Fraction]) -> int:
    from math import lcm

    return lcm(*{v.denominator for v in values}) if values else 1
