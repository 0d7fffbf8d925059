"""Systems of linear equations over the rationals, solved exactly.

Equations with a single unknown left, and unknowns that a single equation mentions, are taken out
one after the other; what remains splits into blocks, each solved by Dixon's p-adic lifting (1982)
in FLINT.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

Number = int | Fraction
"""Also numpy integers and FLINT's fmpz and fmpq."""
Rows = Sequence[Sequence[Any]] | NDArray[Any]
"""A dense matrix of numbers, row by row."""
SparseRow = Mapping[int, Any]
"""Column → what stands there; columns left out hold zero."""

_DENSE_AT_MOST = 24
"""Unknowns up to which looking for structure costs more than it saves."""


def solve(rows: Rows, rhs: Sequence[Any] | NDArray[Any]) -> list[Fraction] | None:
    """The only solution of as many equations as unknowns; None where they are singular.

    Parameters
    ----------
    rows : (n, n) integers or Fractions
    rhs : (n,) integers or Fractions

    >>> solve([[2, 1], [1, -1]], [1, 0])
    [Fraction(1, 3), Fraction(1, 3)]
    """
    table = _listed(rows)
    if any(len(row) != len(table) for row in table):
        raise ValueError("a square system has as many unknowns as equations.")
    if len(table) <= _DENSE_AT_MOST:
        sparse = [dict(enumerate(row)) for row in table]
        return _fractions(_dense(*_integral(sparse, list(rhs)), range(len(table))))
    return solve_sparse([{j: a for j, a in enumerate(row) if a} for row in table], rhs)


def solve_sparse(
    rows: Sequence[SparseRow], rhs: Sequence[Any] | NDArray[Any]
) -> list[Fraction] | None:
    """The same for rows of which only the entries other than zero are given.

    >>> solve_sparse([{0: 2, 1: 1}, {1: 4}], [1, 2])
    [Fraction(1, 4), Fraction(1, 2)]
    """
    if len(rows) != len(rhs):
        raise ValueError("every equation has one right-hand side.")
    from detente.linear.blocks import solve_integral

    return _fractions(solve_integral(*_integral(rows, list(rhs))))


def rank(rows: Rows) -> int:
    """The rank of a matrix.

    >>> rank([[1, 2], [2, 4], [0, 0]])
    1
    """
    table = _listed(rows)
    return int(_matrix(table).rank()) if table and table[0] else 0


def nullspace(rows: Rows, num_columns: int | None = None) -> list[list[int]]:
    """A basis, in whole numbers without a common divisor, of the x with A x = 0.

    `num_columns` : needed where there are no rows

    >>> nullspace([[1, 2, 3], [2, 4, 7]])
    [[2, -1, 0]]
    """
    table = _listed(rows)
    width = len(table[0]) if table else int(num_columns or 0)
    if not table or not width:
        return [[int(i == j) for j in range(width)] for i in range(width)]
    vectors, nullity = _matrix(table).nullspace()
    columns = vectors.transpose().tolist()[: int(nullity)]
    return [primitive(column) for column in columns]


def primitive(vector: Iterable[Any]) -> list[int]:
    """The shortest whole-number vector in the same direction, its first entry above zero, or in
    the opposite one."""
    entries = [Fraction(int(v.numerator), int(v.denominator)) if _has_parts(v) else Fraction(int(v))
               for v in vector]  # fmt: skip
    unit = lcm(*(v.denominator for v in entries))
    whole = [v.numerator * (unit // v.denominator) for v in entries]
    divisor = gcd(*whole) or 1
    sign = next((1 if v > 0 else -1 for v in whole if v), 1)
    return [sign * v // divisor for v in whole]


def _has_parts(value: Any) -> bool:
    return isinstance(value, Fraction)


def _listed(rows: Rows) -> list[list[Any]]:
    return rows.tolist() if isinstance(rows, np.ndarray) else [list(row) for row in rows]


def _matrix(table: list[list[Any]]) -> Any:
    """FLINT's matrix of the rows, each made integral."""
    from flint import fmpz_mat

    sparse = [dict(enumerate(row)) for row in table]
    whole, _ = _integral(sparse, [0] * len(table))
    width = len(table[0])
    return fmpz_mat(len(table), width, [row[j] for row in whole for j in range(width)])


def _integral(rows: Sequence[SparseRow], rhs: list[Any]) -> tuple[list[dict[int, int]], list[Any]]:
    """The same equations with whole numbers on the left and FLINT rationals on the right."""
    from flint import fmpq

    whole: list[dict[int, int]] = []
    right: list[Any] = []
    for row, b in zip(rows, rhs, strict=True):
        unit = lcm(*(int(a.denominator) for a in row.values()), int(b.denominator))
        if unit == 1:
            whole.append({j: int(a) for j, a in row.items()})
            right.append(fmpq(int(b)))
        else:
            whole.append(
                {j: int(a.numerator) * (unit // int(a.denominator)) for j, a in row.items()}
            )
            right.append(fmpq(int(b.numerator) * (unit // int(b.denominator))))
    return whole, right


def _dense(rows: list[dict[int, int]], rhs: list[Any], columns: Iterable[int]) -> list[Any] | None:
    from detente.linear.blocks import solve_dense

    return solve_dense(rows, rhs, list(columns))


def _fractions(values: list[Any] | None) -> list[Fraction] | None:
    if values is None:
        return None
    return [Fraction(int(v.numerator), int(v.denominator)) for v in values]
