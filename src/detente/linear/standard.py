"""A linear program in the form that the methods take, and the exact judgement of a basis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.linear.blocks import solve_integral


@dataclass(frozen=True, eq=False)
class Standard:
    """Maximise cost · x where every row · x is at most (or equals) its right side and x ≥ 0.

    All numbers are whole: int64, or Python ints where some do not fit.

    `at_row`, `at_column`, `entry` : whatever is not zero, row by row
    `equal` : which rows are equations
    `free` : which x may be negative
    `powers` : (of rows, of columns) exponents of two that are known to scale the program well, as
        in `highs`; None where it has to look for some
    """

    at_row: NDArray[np.integer]
    at_column: NDArray[np.integer]
    entry: Sequence[int] | NDArray[Any]
    rhs: Sequence[int]
    equal: Sequence[bool]
    cost: Sequence[int]
    free: Sequence[bool]
    powers: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    @classmethod
    def of_rows(
        cls,
        rows: Sequence[dict[int, int]],
        rhs: Sequence[int],
        equal: Sequence[bool],
        cost: Sequence[int],
        free: Sequence[bool],
    ) -> Standard:
        """The program with these rows, each column → entry."""
        at_row = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        at_column = np.array([j for row in rows for j in row], dtype=np.int64)
        entry = [a for row in rows for a in row.values()]
        return cls(at_row, at_column, entry, rhs, equal, cost, free)

    @property
    def num_rows(self) -> int:
        """How many rows."""
        return len(self.rhs)

    @property
    def num_columns(self) -> int:
        """How many x."""
        return len(self.cost)

    @cached_property
    def rows(self) -> list[dict[int, int]]:
        """Column → entry, one a row."""
        rows: list[dict[int, int]] = [{} for _ in range(self.num_rows)]
        for i, j, a in zip(self.at_row.tolist(), self.at_column.tolist(), self._entries,
                           strict=True):  # fmt: skip
            rows[i][j] = a
        return rows

    @cached_property
    def columns(self) -> list[dict[int, int]]:
        """Row → entry, one a column."""
        columns: list[dict[int, int]] = [{} for _ in range(self.num_columns)]
        for i, j, a in zip(self.at_row.tolist(), self.at_column.tolist(), self._entries,
                           strict=True):  # fmt: skip
            columns[j][i] = a
        return columns

    @property
    def _entries(self) -> list[int]:
        return self.entry.tolist() if isinstance(self.entry, np.ndarray) else list(self.entry)


@dataclass(frozen=True)
class Answer:
    """What is known of a program.

    `status` : optimal, infeasible or unbounded
    `x`, `prices` : where it is optimal, an x and the dual value of every row that prove it
    `certificate` : where it is infeasible, weights of the rows whose sum no x ≥ 0 satisfies; where
        it is unbounded, a direction in which every feasible x may go on for ever, and gain
    """

    status: str
    x: list[Fraction] = field(default_factory=list)
    prices: list[Fraction] = field(default_factory=list)
    certificate: list[int] = field(default_factory=list)


def answer_from(
    program: Standard, values: list[tuple[int, int]], prices: list[tuple[int, int]]
) -> Answer:
    """The optimal answer with these numbers, each a numerator and a denominator."""
    return Answer("optimal", [Fraction(*v) for v in values], [Fraction(*v) for v in prices])


def judge(program: Standard, basic: set[int]) -> Answer | None:
    """The optimum at a basis, if that basis is optimal, proved exactly; None if it is not.

    `basic` : variables; those from the number of columns on are the slacks of the rows
    """
    width = program.num_columns
    inside = sorted(j for j in basic if j < width)
    tight = [i for i in range(program.num_rows) if i + width not in basic]
    if len(inside) != len(tight):
        return None
    place = {j: k for k, j in enumerate(inside)}
    square = [{place[j]: a for j, a in program.rows[i].items() if j in place} for i in tight]
    x = _solved(square, [program.rhs[i] for i in tight], inside, width)
    if x is None or not _feasible(program, *x, set(tight)):
        return None
    turned: list[dict[int, int]] = [{} for _ in inside]
    for i, row in enumerate(square):
        for k, a in row.items():
            turned[k][i] = a
    y = _solved(turned, [program.cost[j] for j in inside], tight, program.num_rows)
    if y is None or not _prices_fit(program, *y, set(inside)):
        return None
    return answer_from(program, _pairs(*x), _pairs(*y))


def _solved(
    rows: list[dict[int, int]], rhs: list[int], where: list[int], size: int
) -> tuple[list[int], int] | None:
    """The solution as numerators over one denominator, put at these places among zeros."""
    from flint import fmpq, fmpz

    values = solve_integral(rows, [fmpq(b) for b in rhs])
    if values is None:
        return None
    unit = fmpz(1)
    for value in values:
        if unit % value.denominator:
            unit = unit.lcm(value.denominator)
    spread = [0] * size
    for k, value in zip(where, values, strict=True):
        spread[k] = int(value.numerator * (unit // value.denominator))
    return spread, int(unit)


def _feasible(program: Standard, x: list[int], unit: int, tight: set[int]) -> bool:
    if any(v < 0 and not free for v, free in zip(x, program.free, strict=True)):
        return False
    for i, row in enumerate(program.rows):
        if i not in tight:
            slack = program.rhs[i] * unit - sum(a * x[j] for j, a in row.items() if x[j])
            if slack < 0 or (slack and program.equal[i]):
                return False
    return True


def _prices_fit(program: Standard, y: list[int], unit: int, inside: set[int]) -> bool:
    if any(v < 0 and not equal for v, equal in zip(y, program.equal, strict=True)):
        return False
    for j, column in enumerate(program.columns):
        if j not in inside:
            gain = program.cost[j] * unit - sum(a * y[i] for i, a in column.items() if y[i])
            if gain > 0 or (gain and program.free[j]):
                return False
    return True


def _pairs(values: list[int], unit: int) -> list[tuple[int, int]]:
    return [(v, unit) for v in values]


def proved(program: Standard, answer: Answer) -> bool:
    """Whether the answer proves itself: feasible both ways and of equal value, or a valid
    certificate. Where it is unbounded, only the direction is judged."""
    if answer.status == "infeasible":
        return _contradicts(program, answer.certificate)
    if answer.status == "unbounded":
        return _gains(program, answer.certificate)
    value = sum((c * v for c, v in zip(program.cost, answer.x, strict=True)), Fraction(0))
    bound = sum((b * p for b, p in zip(program.rhs, answer.prices, strict=True)), Fraction(0))
    return (
        value == bound
        and _feasible(program, *_common(answer.x), set())
        and _prices_fit(program, *_common(answer.prices), set())
    )


def _common(values: Sequence[Any]) -> tuple[list[int], int]:
    from math import lcm

    unit = lcm(*(v.denominator for v in values))
    return [v.numerator * (unit // v.denominator) for v in values], unit


def _contradicts(program: Standard, weights: list[int]) -> bool:
    """Whether the weighted sum of the rows says that something not negative is negative."""
    if any(w < 0 and not equal for w, equal in zip(weights, program.equal, strict=True)):
        return False
    for j, column in enumerate(program.columns):
        total = sum(a * weights[i] for i, a in column.items())
        if total < 0 or (total and program.free[j]):
            return False
    return sum(b * w for b, w in zip(program.rhs, weights, strict=True)) < 0


def _gains(program: Standard, direction: list[int]) -> bool:
    if any(v < 0 and not free for v, free in zip(direction, program.free, strict=True)):
        return False
    for i, row in enumerate(program.rows):
        change = sum(a * direction[j] for j, a in row.items())
        if change > 0 or (change and program.equal[i]):
            return False
    return sum(c * v for c, v in zip(program.cost, direction, strict=True)) > 0
